#include "libmesh/tenancy/plan/prune.h"

#include <algorithm>
#include <map>
#include <utility>

#include "libmesh/tenancy/plan/body.h"
#include "libmesh/tenancy/plan/member_plan.h"
#include "libmesh/tenancy/plan/names.h"
#include "libmesh/tenancy/release/judge.h"

namespace mesh::tenancy {
namespace {

using document::List;
using document::Value;
using kube::Kind;

// Kinds of which we plan every object that a control plane has.
bool is_planned_whole(Kind kind) {
  switch (kind) {
    case Kind::kRole:
    case Kind::kRoleBinding:
    case Kind::kClusterRole:
    case Kind::kClusterRoleBinding:
    case Kind::kNetworkPolicy:
    case Kind::kHelmRelease:
      return true;
    default:
      return false;
  }
}

// Kinds that nobody makes directly, or that are not a control plane's to delete.
bool is_never_pruned(Kind kind) {
  switch (kind) {
    case Kind::kNamespace:
    case Kind::kNode:
    case Kind::kPod:
    case Kind::kEndpoints:
    case Kind::kEndpointSlice:
    case Kind::kReplicaSet:
    case Kind::kServiceMeshControlPlane:
    case Kind::kServiceMeshMemberRoll:
    case Kind::kServiceMeshMember:
    case Kind::kCustomResourceDefinition:
    case Kind::kMeshConfig:
      return true;
    default:
      return false;
  }
}

const std::string* label(const kube::Object& object, const std::string& key) {
  auto at = object.labels.find(key);
  return at == object.labels.end() ? nullptr : &at->second;
}

class Pruner {
 public:
  Pruner(const index::Snapshot& snapshot, const PlanOptions& options, const KeySet& wanted,
         Plan& out)
      : snapshot_(snapshot), plan_(options), wanted_(wanted), out_(out) {}

  void one(const kube::ObjectPtr& object) {
    if (object->labels.empty()) return;
    const std::string* manager = label(*object, names::kAppManagedBy);
    if (manager == nullptr || *manager != names::kManager) return;
    const std::string* ns = label(*object, names::kOwner);
    const std::string* name = label(*object, names::kOwnerName);
    if (ns == nullptr || name == nullptr || object->synthesized || is_deleting(*object)) return;
    const index::Tenant* tenant = tenant_in(snapshot_, *ns);
    bool known = tenant != nullptr && tenant->name == *name;
    if (known && !is_deleting(*tenant->control_plane)) {
      living(*object, *tenant);
    } else if (known) {
      gone(*object, tenant->id,
           because(tenant->control_plane->key, "metadata.deletionTimestamp",
                   "the control plane is being deleted"));
    } else if (!plan_.partial) {
      gone(*object, {},
           because({Kind::kServiceMeshControlPlane, *ns, *name}, "",
                   "the control plane that this was made for is not there (any more)"));
    }
  }

 private:
  void living(const kube::Object& object, const index::Tenant& tenant) {
    if (!is_planned_whole(object.key.kind) || wanted_.contains(object.key)) return;
    const std::string* version = label(object, names::kAppVersion);
    if (version == nullptr) return;
    const Judgement& judged = judgement(tenant);
    if (!judged.rendering) return;  // what cannot be rendered is left as it is
    // Older charts make accounts of their own (the wasm cacher's): those go with their generation.
    bool all = smcp::at_least(judged.rendering->effective.version, smcp::Version::kV2_3);
    if (!all && *version == generation_of(*tenant.control_plane, plan_)) return;
    gone(object, tenant.id,
         because(tenant.control_plane->key, "metadata.generation",
                 "does not want it (any more); it is of generation " + *version));
  }

  const Judgement& judgement(const index::Tenant& tenant) {
    auto [at, fresh] = judged_.try_emplace(tenant.id);
    if (fresh) at->second = judge(snapshot_, tenant, release_options(plan_));
    return at->second;
  }

  void gone(const kube::Object& object, model::TenantId owner, BecausePtr why) {
    out_.objects.push_back(absent(object.key, {std::move(why)}, std::move(owner)));
  }

  const index::Snapshot& snapshot_;
  const PlanOptions& plan_;
  const KeySet& wanted_;
  Plan& out_;
  std::map<model::TenantId, Judgement> judged_;  // of the meshes asked about
};

bool is_left(const Plan& plan, const model::TenantId& tenant) {
  return std::any_of(plan.objects.begin(), plan.objects.end(),
                     [&](const PlannedObject& o) { return o.owner == tenant; });
}

}  // namespace

void plan_pruning(const index::Snapshot& snapshot, const PlanOptions& options, const KeySet& wanted,
                  const std::string* ns, Plan& out) {
  Pruner pruner(snapshot, options, wanted, out);
  for (int i = 0; i < kube::kKindCount; ++i) {
    auto kind = static_cast<Kind>(i);
    if (is_never_pruned(kind)) continue;
    const index::ObjectMap& objects = snapshot.objects(kind);
    if (ns == nullptr) {
      for (const auto& [key, object] : objects) pruner.one(object);
    } else {
      for (const auto& [key, object] : objects.in_namespace(*ns)) pruner.one(object);
    }
  }
}

void plan_finalizers(const index::Snapshot& snapshot, const std::string* ns, Plan& out) {
  for (const index::Tenant& tenant : snapshot.tenants().list) {
    if (tenant.implicit || (ns != nullptr && tenant.ns != *ns)) continue;
    if (!is_deleting(*tenant.control_plane) || is_left(out, tenant.id)) continue;
    const Value* there = tenant.control_plane->document.find("metadata")->find("finalizers");
    const List* list = there == nullptr ? nullptr : there->if_list();
    if (list == nullptr) continue;
    List kept;
    for (const Value& each : *list) {
      const std::string* text = each.if_string();
      if (text == nullptr || *text != names::kFinalizer) kept.push_back(each);
    }
    if (kept.size() == list->size()) continue;
    Value metadata = body::map({{"finalizers", Value(std::move(kept))}});
    PlannedObject object = planned(Kind::kServiceMeshControlPlane, tenant.ns, tenant.name,
                                   body::map({{"metadata", std::move(metadata)}}),
                                   {because(tenant.control_plane->key, "metadata.deletionTimestamp",
                                            "everything that was made for it is undone")},
                                   tenant.id, Ownership::kFields);
    object.api_version = tenant.control_plane->api_version;
    object.phase = Phase::kPrune;
    out.objects.push_back(std::move(object));
  }
}

}  // namespace mesh::tenancy
