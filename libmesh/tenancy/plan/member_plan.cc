#include "libmesh/tenancy/plan/member_plan.h"

#include <algorithm>
#include <utility>

#include "libmesh/tenancy/plan/body.h"
#include "libmesh/tenancy/plan/names.h"

namespace mesh::tenancy {
namespace {

using document::Value;
using kube::Kind;
using kube::ObjectPtr;

constexpr Kind kCopiedKinds[] = {Kind::kRoleBinding, Kind::kNetworkPolicy,
                                 Kind::kNetworkAttachmentDefinition};
constexpr const char* kChangeNetwork = "pod.network.openshift.io/multitenant.change-network";

// Who made the namespace a member, from the index's own words ("spec.members[2]",
// "ServiceMeshMember shop/default").
BecausePtr because_member(const index::Tenant& tenant, const index::Member& member) {
  if (member.via.starts_with("ServiceMeshMember ")) {
    return because({Kind::kServiceMeshMember, member.ns, "default"}, "spec.controlPlaneRef",
                   "makes the namespace a member");
  }
  if (member.via.starts_with("label ")) {
    return because({Kind::kNamespace, "", member.ns}, "metadata.labels",
                   member.via.substr(6) + " makes the namespace a member");
  }
  return because({Kind::kServiceMeshMemberRoll, tenant.ns, "default"}, member.via,
                 "makes the namespace a member");
}

PlannedObject make(Kind kind, const std::string& ns, const std::string& name,
                   const std::string& api_version, const Body& body, Phase phase,
                   const model::TenantId& owner) {
  PlannedObject out;
  out.key = {kind, ns, name};
  out.api_version = api_version;
  out.body = body;
  out.phase = phase;
  out.owner = owner;
  return out;
}

Phase leave_phase(Kind kind) {
  return kind == Kind::kNetworkPolicy ? Phase::kLeavePolicies : Phase::kLeaveAccess;
}

bool is_wanted(const Plan& plan, size_t first, const kube::ObjectKey& key) {
  return std::any_of(plan.objects.begin() + static_cast<std::ptrdiff_t>(first), plan.objects.end(),
                     [&](const PlannedObject& o) { return o.key == key; });
}

// Copies of sources that are gone, other networks, and what a mesh before this one left: that goes
// before ours comes. What is wanted begins at `first`.
void remove_surplus(const index::Snapshot& snapshot, const index::Tenant& tenant,
                    const std::string& ns, const BecausePtr& why, const PlanOptions& options,
                    size_t first, Plan& out) {
  for (Kind kind : kCopiedKinds) {
    for (const auto& [key, object] : snapshot.objects(kind).in_namespace(ns)) {
      const std::string* mesh = member_label(*object);
      if (mesh == nullptr || is_wanted(out, first, key) || is_deleting(*object)) continue;
      bool own = *mesh == tenant.ns;
      if (own && ns == tenant.ns) continue;
      if (!own && options.partial && tenant_in(snapshot, *mesh) == nullptr) continue;
      PlannedObject gone = absent(key, {}, tenant.id);
      if (!own) gone.phase = leave_phase(kind);
      gone.because = {because({kind, *mesh, key.name}, "", "is not there to be copied (any more)"),
                      why};
      out.objects.push_back(std::move(gone));
    }
  }
}

class MemberPlanner {
 public:
  MemberPlanner(const index::Snapshot& snapshot, MeshTemplate& mesh, const index::Tenant& tenant,
                const index::Member& member, const PlanOptions& options, Plan& out)
      : snapshot_(snapshot),
        mesh_(mesh),
        tenant_(tenant),
        member_(member),
        plan_(options),
        out_(out) {}

  void make_plan() {
    const ObjectPtr* ns =
        snapshot_.objects(Kind::kNamespace).get({Kind::kNamespace, "", member_.ns});
    if (ns != nullptr && is_deleting(**ns)) {
      note("NamespaceTerminating", "namespace \"" + member_.ns + "\" is being deleted", "");
      return;
    }
    if (ns != nullptr && belongs_to_another(**ns)) return;
    why_ = because_member(tenant_, member_);
    first_ = out_.objects.size();
    add_label();
    MemberOptions options = member_options(snapshot_, mesh_.options, member_.ns);
    for (const Copy& copy : mesh_.copies) {
      if (copy.kind == Kind::kNetworkPolicy && !options.manage_network_policy) continue;
      if (!copy.expose_route) add_copy(copy, copy.body, nullptr);
    }
    if (options.manage_network_policy) add_exposure(options);
    add_attachment();
    if (mesh_.network.strategy == MemberNetwork::kMultitenant) join_network();
    remove_surplus(snapshot_, tenant_, member_.ns, why_, plan_, first_, out_);
  }

 private:
  void note(std::string reason, std::string message, std::string holder) {
    out_.notes.push_back(
        {tenant_.id, member_.ns, std::move(reason), std::move(message), std::move(holder)});
  }

  // Its label names another mesh, which is there and wants it too: whoever has it keeps it, whatever
  // the index makes of the claims. When the other mesh has let go, the namespace changes hands.
  bool belongs_to_another(const kube::Object& ns) {
    const std::string* label = member_label(ns);
    if (label == nullptr || label->empty() || *label == tenant_.ns) return false;
    const index::Tenant* other = tenant_in(snapshot_, *label);
    bool held = other == nullptr ? plan_.partial : is_refused(*other);
    if (other != nullptr && is_deleting(*other->control_plane)) held = false;
    if (!held) return false;
    note("BelongsToAnotherMesh", "namespace \"" + member_.ns + "\" already belongs to another mesh",
         other == nullptr ? *label : other->id.value);
    return true;
  }

  bool is_refused(const index::Tenant& other) const {
    const index::Member* claim = member_of(other, member_.ns);
    return claim != nullptr && claim->state == index::MemberState::kRefused;
  }

  void add(PlannedObject object, BecausePtr because) {
    object.because.reserve(2);
    if (because != nullptr) object.because.push_back(std::move(because));
    object.because.push_back(why_);
    out_.objects.push_back(std::move(object));
  }

  void add_label() {
    PlannedObject object =
        make(Kind::kNamespace, "", member_.ns, "v1", mesh_.label_body, Phase::kLabels, tenant_.id);
    object.ownership = Ownership::kFields;
    add(std::move(object), nullptr);
  }

  void add_copy(const Copy& copy, const Body& body, BecausePtr because) {
    Phase phase = copy.kind == Kind::kNetworkPolicy ? Phase::kPolicies : Phase::kAccess;
    add(make(copy.kind, member_.ns, copy.name, copy.api_version, body, phase, tenant_.id),
        because == nullptr ? copy.because : std::move(because));
  }

  // Each member may say for itself what the router reaches (docs/options.md).
  void add_exposure(const MemberOptions& options) {
    if (!mesh_.facts.manage_network_policy || mesh_.expose.body == nullptr) return;
    if (options.expose_route == mesh_.options.expose_route) {
      for (const Copy& copy : mesh_.copies) {
        if (copy.expose_route) add_copy(copy, copy.body, nullptr);
      }
    } else if (Body body = exposure_body(mesh_, options.expose_route)) {
      add_copy(mesh_.expose, body, options.exposure_because);
    }
  }

  void add_attachment() {
    if (mesh_.cni_body == nullptr) return;
    add(make(Kind::kNetworkAttachmentDefinition, member_.ns, mesh_.cni_network,
             "k8s.cni.cncf.io/v1", mesh_.cni_body, Phase::kAccess, tenant_.id),
        mesh_.cni_because);
  }

  // The SDN reads the annotation, does what it says, and takes it away.
  void join_network() {
    const auto& networks = snapshot_.objects(Kind::kNetNamespace);
    const ObjectPtr* own = networks.get({Kind::kNetNamespace, "", member_.ns});
    const ObjectPtr* mesh = networks.get({Kind::kNetNamespace, "", tenant_.ns});
    if (own == nullptr || mesh == nullptr) {
      note("NetNamespaceMissing",
           "there is no NetNamespace " + (own == nullptr ? member_.ns : tenant_.ns), "");
      return;
    }
    auto pending = (*own)->annotations.find(kChangeNetwork);
    const std::string wanted = "join:" + tenant_.ns;
    const Value* id = (*own)->document.find("netid");
    const Value* mesh_id = (*mesh)->document.find("netid");
    bool joined = id != nullptr && mesh_id != nullptr && *id == *mesh_id;
    bool asked = pending != (*own)->annotations.end();
    if (asked ? pending->second == wanted : joined) return;
    Value annotations = body::map({{kChangeNetwork, body::text(wanted)}});
    Value body = body::map({{"metadata", body::map({{"annotations", std::move(annotations)}})}});
    add(planned(Kind::kNetNamespace, "", member_.ns, std::move(body), {}, tenant_.id,
                Ownership::kFields),
        mesh_.network.because);
  }

  const index::Snapshot& snapshot_;
  MeshTemplate& mesh_;
  const index::Tenant& tenant_;
  const index::Member& member_;
  const PlanOptions& plan_;
  Plan& out_;
  BecausePtr why_;
  size_t first_ = 0;
};

// Undoing what a mesh made of a namespace.
class Leaving {
 public:
  Leaving(const index::Snapshot& snapshot, const std::string& ns, const PlanOptions& options,
          Plan& out)
      : snapshot_(snapshot), ns_(ns), plan_(options), out_(out) {}

  void make_plan() {
    const ObjectPtr* ns = snapshot_.objects(Kind::kNamespace).get({Kind::kNamespace, "", ns_});
    if (ns != nullptr && is_deleting(**ns)) return;  // all in it goes with it
    for (Kind kind : kCopiedKinds) {
      for (const auto& [key, object] : snapshot_.objects(kind).in_namespace(ns_)) {
        const std::string* mesh = member_label(*object);
        if (mesh == nullptr || !may_undo(*mesh) || is_deleting(*object)) continue;
        PlannedObject gone = absent(key, {why(*mesh)}, owner(*mesh));
        gone.phase = leave_phase(kind);
        out_.objects.push_back(std::move(gone));
      }
    }
    const std::string* mesh = ns == nullptr ? nullptr : member_label(**ns);
    if (mesh == nullptr || !may_undo(*mesh)) return;
    isolate_network(*mesh);
    remove_label(**ns, *mesh);
  }

 private:
  model::TenantId owner(const std::string& mesh) const {
    const index::Tenant* tenant = tenant_in(snapshot_, mesh);
    return tenant == nullptr ? model::TenantId() : tenant->id;
  }

  // A mesh that the input does not know may be there all the same when the input is a part.
  bool may_undo(const std::string& mesh) const {
    return !plan_.partial || tenant_in(snapshot_, mesh) != nullptr;
  }

  BecausePtr why(const std::string& mesh) const {
    const index::Tenant* tenant = tenant_in(snapshot_, mesh);
    if (tenant == nullptr) {
      return because({Kind::kServiceMeshControlPlane, mesh, ""}, "",
                     "there is no control plane in this namespace (any more)");
    }
    if (is_deleting(*tenant->control_plane)) {
      return because(tenant->control_plane->key, "metadata.deletionTimestamp",
                     "the control plane is being deleted");
    }
    return because({Kind::kServiceMeshMemberRoll, mesh, "default"}, "",
                   "the mesh does not have the namespace as a member (any more)");
  }

  // Only when it is on the mesh's network, or about to be.
  void isolate_network(const std::string& mesh) {
    if (choose_member_network(snapshot_).strategy != MemberNetwork::kMultitenant || mesh == ns_)
      return;
    const auto& networks = snapshot_.objects(Kind::kNetNamespace);
    const ObjectPtr* own = networks.get({Kind::kNetNamespace, "", ns_});
    if (own == nullptr) return;
    const ObjectPtr* other = networks.get({Kind::kNetNamespace, "", mesh});
    auto pending = (*own)->annotations.find(kChangeNetwork);
    const Value* id = (*own)->document.find("netid");
    const Value* mesh_id = other == nullptr ? nullptr : (*other)->document.find("netid");
    bool joined = id != nullptr && mesh_id != nullptr && *id == *mesh_id;
    bool asked = pending != (*own)->annotations.end();
    if (asked ? pending->second != "join:" + mesh : !joined) return;
    Value annotations = body::map({{kChangeNetwork, body::text("isolate")}});
    PlannedObject object =
        planned(Kind::kNetNamespace, "", ns_,
                body::map({{"metadata", body::map({{"annotations", std::move(annotations)}})}}),
                {why(mesh)}, owner(mesh), Ownership::kFields);
    object.phase = Phase::kLeavePolicies;
    out_.objects.push_back(std::move(object));
  }

  void remove_label(const kube::Object& ns, const std::string& mesh) {
    Value labels = body::map({{names::kMemberOf, Value()}});
    if (ns.labels.contains(names::kIgnoreNamespace)) labels.set(names::kIgnoreNamespace, Value());
    PlannedObject object = planned(Kind::kNamespace, "", ns_,
                                   body::map({{"metadata", body::map({{"labels", labels}})}}),
                                   {why(mesh)}, owner(mesh), Ownership::kFields);
    object.phase = Phase::kLeaveLabel;
    out_.objects.push_back(std::move(object));
  }

  const index::Snapshot& snapshot_;
  const std::string& ns_;
  const PlanOptions& plan_;
  Plan& out_;
};

}  // namespace

const std::string* member_label(const kube::Object& object) {
  auto at = object.labels.find(names::kMemberOf);
  return at == object.labels.end() ? nullptr : &at->second;
}

const index::Tenant* tenant_in(const index::Snapshot& snapshot, const std::string& mesh_ns) {
  const index::Tenant* tenant = snapshot.tenants().of_namespace(mesh_ns);
  return tenant == nullptr || tenant->implicit || tenant->ns != mesh_ns ? nullptr : tenant;
}

const index::Member* member_of(const index::Tenant& tenant, const std::string& ns) {
  return tenant.members.get(ns);
}

const index::Tenant* mesh_of(const index::Snapshot& snapshot, const std::string& ns) {
  const index::Tenant* tenant = snapshot.tenants().of_namespace(ns);
  if (tenant == nullptr || tenant->implicit || is_deleting(*tenant->control_plane)) return nullptr;
  if (tenant->ns == ns) return tenant;
  const index::Member* member = member_of(*tenant, ns);
  bool configured = member != nullptr && member->state == index::MemberState::kConfigured;
  return configured ? tenant : nullptr;
}

void plan_member(const index::Snapshot& snapshot, MeshTemplate& mesh, const index::Tenant& tenant,
                 const index::Member& member, const PlanOptions& options, Plan& out) {
  MemberPlanner(snapshot, mesh, tenant, member, options, out).make_plan();
}

void plan_mesh_leftovers(const index::Snapshot& snapshot, const index::Tenant& tenant,
                         const PlanOptions& options, Plan& out) {
  BecausePtr why = because(tenant.control_plane->key, "", "the namespace is a mesh of its own");
  remove_surplus(snapshot, tenant, tenant.ns, why, options, 0, out);
}

void plan_leaving(const index::Snapshot& snapshot, const std::string& ns,
                  const PlanOptions& options, Plan& out) {
  Leaving(snapshot, ns, options, out).make_plan();
}

}  // namespace mesh::tenancy
