#include "libmesh/index/tenant_builder.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "libmesh/index/selector.h"
#include "libmesh/schema/kubernetes.h"
#include "libmesh/schema/maistra.h"

namespace mesh::index {
namespace {

using kube::Kind;
using kube::ObjectKey;
using kube::ObjectPtr;
using model::TenantId;

constexpr const char* kOnlyName = "default";  // of member rolls and members

// One control plane's wish for one namespace.
struct Claim {
  size_t tenant = 0;
  ObjectPtr by;     // the roll or the ServiceMeshMember
  std::string via;  // "spec.members[2]", …
  document::Position position;
  bool literal = false;
};

bool older(const ObjectPtr& a, const ObjectPtr& b) {
  return std::tie(a->creation_time, a->key.ns, a->key.name) <
         std::tie(b->creation_time, b->key.ns, b->key.name);
}

Diagnostic diagnostic(Severity severity, Code code, const ObjectPtr& object, std::string field,
                      document::Position position, std::string message, std::string mend = {}) {
  return {
      severity,        code,         to_string(object->key), std::move(field), std::move(message),
      std::move(mend), object->file, position.line,          position.column};
}

const document::Value* at(const document::Value* value, std::string_view key) {
  return value == nullptr ? nullptr : value->find(key);
}

document::Position position_of(const document::Value* value) {
  return value == nullptr ? document::Position() : value->position;
}

// The list element's place in the text.
document::Position element_position(const document::Value* list, size_t i) {
  const document::List* elements = list == nullptr ? nullptr : list->if_list();
  return elements == nullptr || i >= elements->size() ? document::Position()
                                                      : (*elements)[i].position;
}

class Builder {
 public:
  Builder(const Objects& objects, const std::set<std::string>& namespaces)
      : objects_(objects), namespaces_(namespaces) {}

  Tenants build() {
    add_control_planes();
    if (out_.list.empty()) {
      add_implicit_mesh();
    } else {
      for (size_t i = 0; i < out_.list.size(); ++i) add_roll_claims(i);
      add_member_claims();
      for (auto& [ns, claims] : claims_) decide(ns, claims);
      add_cluster_wide();
    }
    finish();
    return std::move(out_);
  }

 private:
  void add_control_planes();
  void add_implicit_mesh();
  void add_roll_claims(size_t tenant);
  void add_literal_members(size_t tenant, const ObjectPtr& roll);
  void add_selected_members(size_t tenant, const ObjectPtr& roll);
  void add_member_claims();
  void add_member_claim(const ObjectPtr& member);
  void decide(const std::string& ns, std::vector<Claim>& claims);
  void refuse(const std::string& ns, const Claim& claim, std::string reason, std::string message,
              TenantId holder);
  void add_cluster_wide();
  void finish();
  const Labels& labels_of(const std::string& ns) const;
  bool is_control_plane_namespace(const std::string& ns) const {
    return tenant_by_namespace_.contains(ns);
  }

  const Objects& objects_;
  const std::set<std::string>& namespaces_;
  Tenants out_;
  std::map<std::string, size_t> tenant_by_namespace_;  // of the control plane
  std::map<std::string, std::vector<Claim>> claims_;   // by the wanted namespace
  std::map<std::string, ObjectPtr> locks_;             // ServiceMeshMembers that speak of no tenant
};

const Labels& Builder::labels_of(const std::string& ns) const {
  static const Labels kNone;
  const ObjectPtr* object = objects_.get({Kind::kNamespace, "", ns});
  return object == nullptr ? kNone : (*object)->labels;
}

void Builder::add_control_planes() {
  // One control plane per namespace: the oldest. (Maistra's webhook refuses the second one; one
  // that is there all the same makes the roll stop, which would let a tenant switch itself off.)
  std::map<std::string, std::vector<ObjectPtr>> by_namespace;
  for (const auto& [key, object] : objects_.of(Kind::kServiceMeshControlPlane)) {
    by_namespace[key.ns].push_back(object);
  }
  for (auto& [ns, planes] : by_namespace) {
    std::sort(planes.begin(), planes.end(), older);
    const ObjectPtr& first = planes.front();
    const auto& spec = first->as<maistra::ControlPlaneSpec>();
    Tenant tenant;
    tenant.id.value = ns + "/" + first->key.name;
    tenant.ns = ns;
    tenant.name = first->key.name;
    tenant.version = spec.version.value_or("");
    tenant.cluster_wide = spec.mode.value_or("") == "ClusterWide";
    tenant.control_plane = first;
    tenant_by_namespace_[ns] = out_.list.size();
    out_.list.push_back(std::move(tenant));
    for (size_t i = 1; i < planes.size(); ++i) {
      out_.diagnostics.push_back(
          diagnostic(Severity::kError, Code::kSecondControlPlane, planes[i], "", {},
                     "namespace \"" + ns + "\" already has the control plane \"" + first->key.name +
                         "\"; this one does nothing",
                     "give every control plane a namespace of its own"));
    }
  }
}

void Builder::add_implicit_mesh() {
  Tenant tenant;
  tenant.implicit = true;
  tenant.namespaces.assign(namespaces_.begin(), namespaces_.end());
  out_.list.push_back(std::move(tenant));
}

void Builder::add_roll_claims(size_t tenant) {
  const std::string& ns = out_.list[tenant].ns;
  for (const auto& [key, roll] : objects_.of(Kind::kServiceMeshMemberRoll).in_namespace(ns)) {
    if (key.name != kOnlyName) continue;
    add_literal_members(tenant, roll);
    add_selected_members(tenant, roll);
    return;
  }
  // Maistra makes a roll for a cluster-wide control plane, with this selector.
  if (!out_.list[tenant].cluster_wide) return;
  for (const std::string& candidate : namespaces_) {
    const Labels& labels = labels_of(candidate);
    auto injection = labels.find("istio-injection");
    if (injection == labels.end() || injection->second != "enabled") continue;
    if (candidate == ns || is_reserved_namespace(candidate)) continue;
    claims_[candidate].push_back(
        {tenant, out_.list[tenant].control_plane, "label istio-injection=enabled", {}, false});
  }
}

void Builder::add_literal_members(size_t tenant, const ObjectPtr& roll) {
  const auto& spec = roll->as<maistra::MemberRollSpec>();
  const document::Value* members = at(roll->document.find("spec"), "members");
  auto problem = [&](Severity severity, size_t i, std::string message, std::string mend = {}) {
    out_.diagnostics.push_back(diagnostic(
        severity, Code::kMemberRollInvalid, roll, "spec.members[" + std::to_string(i) + "]",
        element_position(members, i), std::move(message), std::move(mend)));
  };
  if (!spec.members.empty() && !spec.member_selectors.empty()) {
    out_.diagnostics.push_back(
        diagnostic(Severity::kError, Code::kMemberRollInvalid, roll, "spec.memberSelectors",
                   position_of(at(roll->document.find("spec"), "memberSelectors")),
                   "members and memberSelectors are both set", "set one of them"));
  }
  std::set<std::string> seen;
  for (size_t i = 0; i < spec.members.size(); ++i) {
    const std::string& ns = spec.members[i];
    std::string via = "spec.members[" + std::to_string(i) + "]";
    document::Position position = element_position(members, i);
    if (ns == "*") {
      if (spec.members.size() != 1) {
        problem(Severity::kError, i, "\"*\" stands beside other entries and counts for nothing",
                "write members: [\"*\"] alone");
        continue;
      }
      for (const std::string& candidate : namespaces_) {
        if (candidate == roll->key.ns || is_reserved_namespace(candidate)) continue;
        if (is_control_plane_namespace(candidate)) continue;
        claims_[candidate].push_back({tenant, roll, via + " \"*\"", position, false});
      }
    } else if (ns == roll->key.ns) {
      problem(Severity::kWarning, i, "the mesh's own namespace is no member", "leave it out");
    } else if (!seen.insert(ns).second) {
      problem(Severity::kError, i, "namespace \"" + ns + "\" is listed twice", "list it once");
    } else {
      claims_[ns].push_back({tenant, roll, via, position, true});
    }
  }
}

void Builder::add_selected_members(size_t tenant, const ObjectPtr& roll) {
  const auto& spec = roll->as<maistra::MemberRollSpec>();
  const document::Value* selectors = at(roll->document.find("spec"), "memberSelectors");
  std::set<std::string> literal(spec.members.begin(), spec.members.end());
  std::set<std::string> selected;
  for (size_t i = 0; i < spec.member_selectors.size(); ++i) {
    const auto& selector = spec.member_selectors[i];
    std::string via = "spec.memberSelectors[" + std::to_string(i) + "]";
    document::Position position = element_position(selectors, i);
    for (const auto& requirement : selector.match_expressions) {
      if (is_selector_operator(requirement.operator_)) continue;
      out_.diagnostics.push_back(diagnostic(
          Severity::kError, Code::kWrongEnum, roll, via + ".matchExpressions", position,
          "\"" + requirement.operator_ + "\" is no operator; the selector selects nothing",
          "use In, NotIn, Exists or DoesNotExist"));
    }
    for (const auto& [key, object] : objects_.of(Kind::kNamespace)) {
      const std::string& ns = key.name;
      if (ns == roll->key.ns || is_reserved_namespace(ns) || is_control_plane_namespace(ns))
        continue;
      if (literal.contains(ns) || !selector_matches(selector, object->labels)) continue;
      if (selected.insert(ns).second) claims_[ns].push_back({tenant, roll, via, position, false});
    }
  }
}

void Builder::add_member_claims() {
  for (const auto& [key, member] : objects_.of(Kind::kServiceMeshMember)) add_member_claim(member);
  for (const auto& [key, roll] : objects_.of(Kind::kServiceMeshMemberRoll)) {
    if (key.name != kOnlyName) {
      out_.diagnostics.push_back(diagnostic(
          Severity::kError, Code::kReservedName, roll, "metadata.name", roll->document.position,
          "a ServiceMeshMemberRoll must be named \"default\"; this "
          "one does nothing"));
    } else if (!is_control_plane_namespace(key.ns)) {
      out_.diagnostics.push_back(
          diagnostic(Severity::kWarning, Code::kNoControlPlane, roll, "", roll->document.position,
                     "there is no ServiceMeshControlPlane in namespace \"" + key.ns + "\""));
    }
  }
}

void Builder::add_member_claim(const ObjectPtr& member) {
  const auto& spec = member->as<maistra::MemberSpec>();
  const document::Value* ref = at(member->document.find("spec"), "controlPlaneRef");
  document::Position position = position_of(ref);
  if (member->key.name != kOnlyName) {
    out_.diagnostics.push_back(diagnostic(Severity::kError, Code::kReservedName, member,
                                          "metadata.name", member->document.position,
                                          "a ServiceMeshMember must be named \"default\"; this one "
                                          "does nothing"));
    return;
  }
  if (!spec.control_plane_ref) {
    out_.diagnostics.push_back(diagnostic(Severity::kError, Code::kMissingField, member,
                                          "spec.controlPlaneRef", position,
                                          "the member names no control plane"));
    return;
  }
  auto tenant = tenant_by_namespace_.find(spec.control_plane_ref->namespace_);
  if (tenant == tenant_by_namespace_.end() ||
      out_.list[tenant->second].name != spec.control_plane_ref->name) {
    out_.diagnostics.push_back(diagnostic(
        Severity::kError, Code::kNoControlPlane, member, "spec.controlPlaneRef", position,
        "there is no ServiceMeshControlPlane " + spec.control_plane_ref->namespace_ + "/" +
            spec.control_plane_ref->name));
    // Maistra's rolls stop at any ServiceMeshMember that speaks of another control plane, be it
    // there or not: the namespace's own word counts.
    locks_[member->key.ns] = member;
    return;
  }
  if (is_control_plane_namespace(member->key.ns)) return;  // Maistra ignores these
  // Before all rolls: a namespace has one ServiceMeshMember, and that is what rolls fight over.
  auto& claims = claims_[member->key.ns];
  claims.insert(claims.begin(),
                {tenant->second, member, "ServiceMeshMember " + member->key.ns + "/" + kOnlyName,
                 position, true});
}

void Builder::refuse(const std::string& ns, const Claim& claim, std::string reason,
                     std::string message, TenantId holder) {
  out_.diagnostics.push_back(diagnostic(Severity::kWarning, Code::kMemberRefused, claim.by,
                                        claim.via.substr(0, claim.via.find(' ')), claim.position,
                                        message));
  Member member{ns,        MemberState::kRefused, std::move(reason), std::move(message),
                claim.via, std::move(holder)};
  out_.list[claim.tenant].members.push_back(std::move(member));
}

void Builder::decide(const std::string& ns, std::vector<Claim>& claims) {
  // The same tenant may name it twice, by its roll and by a ServiceMeshMember: the first counts.
  std::stable_sort(claims.begin(), claims.end(), [&](const Claim& a, const Claim& b) {
    bool a_member = a.by->key.kind == Kind::kServiceMeshMember;
    bool b_member = b.by->key.kind == Kind::kServiceMeshMember;
    if (a_member != b_member) return a_member;
    return a.by != b.by && older(a.by, b.by);
  });
  std::set<size_t> spoken;
  const Claim* winner = nullptr;
  for (const Claim& claim : claims) {
    if (!spoken.insert(claim.tenant).second) continue;
    bool by_roll = claim.by->key.kind != Kind::kServiceMeshMember;
    Tenant& tenant = out_.list[claim.tenant];
    if (is_control_plane_namespace(ns)) {
      refuse(ns, claim, "ControlPlaneNamespace",
             "namespace \"" + ns + "\" holds a control plane and cannot be a member", {});
    } else if (by_roll && is_reserved_namespace(ns)) {
      refuse(ns, claim, "Excluded",
             "namespace \"" + ns + "\" is of the cluster itself and cannot be a member", {});
    } else if (by_roll && locks_.contains(ns)) {
      refuse(ns, claim, "ReferencesDifferentControlPlane",
             "ServiceMeshMember " + ns + "/default references another control plane", {});
    } else if (!namespaces_.contains(ns)) {
      tenant.members.push_back({ns,
                                MemberState::kPending,
                                "NamespaceNotExists",
                                "namespace \"" + ns + "\" does not exist",
                                claim.via,
                                {}});
      out_.diagnostics.push_back(diagnostic(Severity::kInfo, Code::kMemberPending, claim.by,
                                            claim.via, claim.position,
                                            "namespace \"" + ns + "\" does not exist"));
    } else if (winner != nullptr) {
      refuse(ns, claim, "BelongsToAnotherMesh",
             "namespace \"" + ns + "\" already belongs to another mesh",
             out_.list[winner->tenant].id);
    } else {
      winner = &claim;
      tenant.members.push_back({ns, MemberState::kConfigured, "", "", claim.via, {}});
      tenant.namespaces.push_back(ns);
    }
  }
}

// A cluster-wide control plane does not read its roll: it looks at everything that nobody else has.
void Builder::add_cluster_wide() {
  std::vector<size_t> wide;
  for (size_t i = 0; i < out_.list.size(); ++i) {
    if (out_.list[i].cluster_wide) wide.push_back(i);
  }
  if (wide.empty()) return;
  size_t first = *std::min_element(wide.begin(), wide.end(), [&](size_t a, size_t b) {
    return older(out_.list[a].control_plane, out_.list[b].control_plane);
  });
  std::set<std::string> taken;
  for (const Tenant& tenant : out_.list) {
    taken.insert(tenant.namespaces.begin(), tenant.namespaces.end());
    taken.insert(tenant.ns);
  }
  for (const std::string& ns : namespaces_) {
    if (!taken.contains(ns)) out_.list[first].namespaces.push_back(ns);
  }
}

void Builder::finish() {
  for (Tenant& tenant : out_.list) {
    if (!tenant.implicit) tenant.namespaces.push_back(tenant.ns);
    std::sort(tenant.namespaces.begin(), tenant.namespaces.end());
    std::sort(tenant.members.begin(), tenant.members.end(),
              [](const Member& a, const Member& b) { return a.ns < b.ns; });
    for (const std::string& ns : tenant.namespaces) out_.by_namespace[ns] = tenant.id;
  }
  std::sort(out_.list.begin(), out_.list.end(),
            [](const Tenant& a, const Tenant& b) { return a.id < b.id; });
  sort_and_dedupe(out_.diagnostics);
}

}  // namespace

bool is_reserved_namespace(std::string_view ns) {
  return ns == "kube" || ns == "openshift" || ns.starts_with("kube-") ||
         ns.starts_with("openshift-") || ns.starts_with("ibm-");
}

Tenants build_tenants(const Objects& objects, const std::set<std::string>& namespaces) {
  return Builder(objects, namespaces).build();
}

const Tenant* Tenants::find(const TenantId& id) const {
  auto at = std::lower_bound(list.begin(), list.end(), id,
                             [](const Tenant& t, const TenantId& i) { return t.id < i; });
  return at != list.end() && at->id == id ? &*at : nullptr;
}

const Tenant* Tenants::of_namespace(const std::string& ns) const {
  if (list.size() == 1 && list.front().implicit)
    return &list.front();  // every namespace there is or may be
  auto owner = by_namespace.find(ns);
  return owner == by_namespace.end() ? nullptr : find(owner->second);
}

}  // namespace mesh::index
