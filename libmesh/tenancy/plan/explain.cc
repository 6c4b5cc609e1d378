#include "libmesh/tenancy/plan/explain.h"

#include <algorithm>
#include <utility>

#include "libmesh/index/tenants/exclusions.h"
#include "libmesh/index/tenants/membership.h"
#include "libmesh/index/tenants/tenant_builder.h"
#include "libmesh/schema/maistra.h"
#include "libmesh/tenancy/plan/member_plan.h"

namespace mesh::tenancy {
namespace {

using kube::Kind;

std::string_view state_text(index::MemberState state) {
  switch (state) {
    case index::MemberState::kConfigured:
      return "configured";
    case index::MemberState::kPending:
      return "pending";
    case index::MemberState::kRefused:
      return "refused";
  }
  return "";
}

kube::ObjectKey claimant(const index::Tenant& tenant, const std::string& ns,
                         const std::string& via) {
  if (via.starts_with("ServiceMeshMember ")) return {Kind::kServiceMeshMember, ns, "default"};
  if (via.starts_with("label ")) return {Kind::kNamespace, "", ns};
  return {Kind::kServiceMeshMemberRoll, tenant.ns, "default"};
}

// Where the claimant says it.
std::string field_of(const std::string& via) {
  if (via.starts_with("ServiceMeshMember ")) return "spec.controlPlaneRef";
  if (via.starts_with("label ")) {
    return "metadata.labels[" + via.substr(6, via.find('=') - 6) + "]";
  }
  return via;
}

bool is_kept_out(const index::Snapshot& snapshot, const index::Tenant& tenant,
                 const std::string& ns) {
  const auto& patterns =
      index::excluded_namespaces(snapshot.objects(Kind::kMeshOptions), tenant.ns);
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return index::matches_exclusion(pattern, ns);
  });
}

class Explainer {
 public:
  Explainer(const index::Snapshot& snapshot, const std::string& ns, bool all)
      : snapshot_(snapshot), all_(all) {
    out_.ns = ns;
  }

  MemberExplanation explain(const model::TenantId& only) {
    if (all_ || is_known_to(only)) look_at_namespace();
    const index::TenantList& tenants = snapshot_.tenants().list;
    implicit_ = tenants.size() == 1 && tenants.front().implicit;
    for (const index::Tenant& tenant : tenants) {
      if (all_ || tenant.id == only) look_at(tenant);
    }
    if (all_) look_at_member();
    conclude(only);
    return std::move(out_);
  }

 private:
  void add(kube::ObjectKey object, std::string field, std::string reason) {
    out_.chain.push_back({std::move(object), std::move(field), std::move(reason)});
  }

  // Whether there is a namespace that a tenant neither has nor wants is not for it to know.
  bool is_known_to(const model::TenantId& only) const {
    const index::Tenant* tenant = snapshot_.tenants().find(only);
    return tenant->implicit || tenant->ns == out_.ns || member_of(*tenant, out_.ns) != nullptr;
  }

  void look_at_namespace() {
    kube::ObjectKey key{Kind::kNamespace, "", out_.ns};
    kube::ObjectPtr object = snapshot_.find(key);
    out_.exists = object != nullptr;
    if (!out_.exists) {
      add(key, "", "is not there");
      return;
    }
    out_.terminating = is_deleting(*object);
    if (out_.terminating) add(key, "metadata.deletionTimestamp", "is being deleted");
    const std::string* label = member_label(*object);
    // A tenant does not learn from the label who has its namespace.
    if (label != nullptr && all_) {
      out_.label = *label;
      add(key, "metadata.labels[maistra.io/member-of]", "is \"" + *label + "\" now");
    }
    if (index::is_reserved_namespace(out_.ns)) {
      add(key, "metadata.name", "is of the cluster itself: no member roll takes it in");
    }
  }

  void look_at(const index::Tenant& tenant) {
    if (tenant.implicit) return;
    if (tenant.ns == out_.ns) {
      out_.claims.push_back({tenant.id, "control plane", "", "", "", ""});
      out_.mesh = tenant.id;
      add(tenant.control_plane->key, "metadata.namespace", "is the mesh's own namespace");
      return;
    }
    const index::Member* member = member_of(tenant, out_.ns);
    if (member == nullptr) {
      if ((out_.exists || !all_) && is_kept_out(snapshot_, tenant, out_.ns)) {
        add({Kind::kMeshOptions, tenant.ns, "default"}, "spec.excludedNamespaces",
            "keeps it out of " + tenant.id.value);
        kept_out_ = tenant.id;
      }
      return;
    }
    out_.claims.push_back({tenant.id, std::string(state_text(member->state)), member->via,
                           member->reason, member->message, all_ ? member->holder.value : ""});
    const bool has = member->state == index::MemberState::kConfigured;
    if (has) out_.mesh = tenant.id;
    add(claimant(tenant, out_.ns, member->via), field_of(member->via),
        has ? "makes it a member of " + tenant.id.value
            : "wants it for " + tenant.id.value + ", but " +
                  (out_.terminating ? "it is being deleted" : member->message));
    if (all_ && !member->holder.value.empty()) {
      const index::Tenant* holder = snapshot_.tenants().find(member->holder);
      if (holder != nullptr) add(holder->control_plane->key, "", "has it");
    }
  }

  // A member of the namespace that names what is not there keeps every roll away.
  void look_at_member() {
    kube::ObjectPtr member = snapshot_.find({Kind::kServiceMeshMember, out_.ns, "default"});
    if (member == nullptr) return;
    const auto& ref = member->as<maistra::MemberSpec>().control_plane_ref;
    if (!ref || snapshot_.tenants().find({ref->namespace_ + "/" + ref->name}) != nullptr) return;
    missing_ = ref->namespace_ + "/" + ref->name;
    add(member->key, "spec.controlPlaneRef", "names " + missing_ + ", which is not there");
  }

  // Why nobody wants it.
  std::string unclaimed(const model::TenantId& only) const {
    if (index::is_reserved_namespace(out_.ns)) return "is of the cluster itself and in no mesh";
    if (!kept_out_.value.empty()) {
      return "is not in " + kept_out_.value + ": the MeshOptions of the mesh exclude it";
    }
    if (!all_) {
      return "is not in " + only.value +
             ": its member roll does not take it in, and no ServiceMeshMember there names it";
    }
    if (!missing_.empty()) {
      return "is in no mesh: its ServiceMeshMember names " + missing_ + ", which is not there";
    }
    return "is in no mesh: no member roll names it, no selector matches it, "
           "and it has no ServiceMeshMember";
  }

  void conclude(const model::TenantId& only) {
    const std::string name = "namespace \"" + out_.ns + "\"";
    if (implicit_) {
      out_.conclusion = name + " is in the one mesh there is: there is no control plane";
    } else if (!out_.mesh.value.empty()) {
      bool own = std::any_of(out_.claims.begin(), out_.claims.end(), [](const MemberClaim& claim) {
        return claim.state == "control plane";
      });
      out_.conclusion =
          name + (own ? " is the own namespace of " : " is a member of ") + out_.mesh.value;
    } else if (const index::Tenant* owner = snapshot_.tenants().of_namespace(out_.ns);
               all_ && owner != nullptr) {
      out_.mesh = owner->id;
      out_.conclusion = name + " is seen by the cluster-wide " + owner->id.value +
                        ", but is no member of it: nothing is injected there";
    } else if (out_.claims.empty()) {
      out_.conclusion = name + " " + unclaimed(only);
    } else {
      out_.conclusion = name + " is not in " + out_.claims.front().tenant.value + ": " +
                        (out_.terminating ? "it is being deleted" : out_.claims.front().message);
    }
  }

  const index::Snapshot& snapshot_;
  const bool all_;
  bool implicit_ = false;
  model::TenantId kept_out_;
  std::string missing_;  // the control plane that its ServiceMeshMember names
  MemberExplanation out_;
};

}  // namespace

Result<MemberExplanation> explain_member(const index::Snapshot& snapshot, const std::string& ns,
                                         const model::TenantId& tenant) {
  if (!index::is_namespace_name(ns)) {
    return Error{ErrorCode::kInvalidArgument,
                 "\"" + ns + "\" is no name that a namespace can have"};
  }
  bool all = tenant.value.empty();
  if (!all && snapshot.tenants().find(tenant) == nullptr) {
    return Error{ErrorCode::kNotFound, "there is no control plane " + tenant.value};
  }
  return Explainer(snapshot, ns, all).explain(tenant);
}

}  // namespace mesh::tenancy
