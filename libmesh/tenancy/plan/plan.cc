#include "libmesh/tenancy/plan/plan.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "libmesh/tenancy/beyond/objects.h"
#include "libmesh/tenancy/plan/compare.h"
#include "libmesh/tenancy/plan/extras.h"
#include "libmesh/tenancy/plan/member_plan.h"
#include "libmesh/tenancy/plan/mesh_template.h"
#include "libmesh/tenancy/plan/names.h"
#include "libmesh/tenancy/plan/prune.h"
#include "libmesh/tenancy/roll/lists.h"
#include "libmesh/tenancy/roll/records.h"

namespace mesh::tenancy {

using document::Value;
using kube::Kind;
using kube::ObjectPtr;

class Planner::Templates {
 public:
  MeshTemplate& get(const index::Snapshot& snapshot, const index::Tenant& tenant,
                    const PlanOptions& options) {
    std::unique_ptr<MeshTemplate>& kept = by_tenant_[tenant.id];
    if (kept == nullptr || kept->made_from != inputs_of(snapshot, tenant, options)) {
      kept = make_template(snapshot, tenant, options);
    }
    return *kept;
  }
  // Tenants that are gone.
  void forget(const index::Tenants& tenants) {
    std::erase_if(by_tenant_, [&](const auto& e) { return tenants.find(e.first) == nullptr; });
  }

 private:
  std::map<model::TenantId, std::unique_ptr<MeshTemplate>> by_tenant_;
};

namespace {

constexpr std::array kPhases = {Phase::kLeavePolicies, Phase::kLeaveAccess, Phase::kLeaveLabel,
                                Phase::kRecords,       Phase::kLabels,      Phase::kAccess,
                                Phase::kPolicies,      Phase::kReleases,    Phase::kLists,
                                Phase::kPods,          Phase::kPrune};

// Objects of different rules for the same key are one: the first counts, and knows both reasons.
void merge_duplicates(Plan& plan) {
  std::unordered_map<kube::ObjectKey, size_t, KeyHash> first;
  first.reserve(plan.objects.size());
  std::vector<PlannedObject> kept;
  kept.reserve(plan.objects.size());
  for (PlannedObject& object : plan.objects) {
    auto [at, fresh] = first.try_emplace(object.key, kept.size());
    if (fresh) {
      kept.push_back(std::move(object));
      continue;
    }
    PlannedObject& before = kept[at->second];
    bool absent_before = before.ownership == Ownership::kAbsent;
    if (absent_before && object.ownership != Ownership::kAbsent) {
      before = std::move(object);
    }
  }
  plan.objects = std::move(kept);
}

const kube::Object* there(const index::Snapshot& snapshot, const kube::ObjectKey& key,
                          ObjectPtr& out) {
  const ObjectPtr* found = snapshot.objects(key.kind).get(key);
  if (found == nullptr || (*found)->synthesized) return nullptr;
  out = *found;
  return out.get();
}

void add_steps(const index::Snapshot& snapshot, const PlannedObject& object, size_t index,
               std::vector<Step>& out) {
  ObjectPtr existing;
  const kube::Object* is = there(snapshot, object.key, existing);
  if (object.ownership == Ownership::kAbsent) {
    if (is != nullptr) out.push_back({Action::kDelete, object.phase, index, existing, {}});
    return;
  }
  if (is == nullptr) {
    out.push_back({Action::kCreate, object.phase, index, nullptr, {}});
    return;
  }
  if (is_as_planned(*is, object)) return;
  std::vector<Difference> found = differences(*is, object);
  if (!must_be_recreated(object.key.kind, found)) {
    out.push_back({Action::kUpdate, object.phase, index, existing, std::move(found)});
    return;
  }
  out.push_back({Action::kDelete, object.phase, index, existing, std::move(found)});
  out.push_back({Action::kCreate, object.phase, index, existing, {}});
}

// Phase by phase; within one in the order of the objects.
void settle(const index::Snapshot& snapshot, Plan& plan) {
  std::array<std::vector<Step>, kPhases.size()> by_phase;
  auto slot = [&](Phase phase) -> std::vector<Step>& {
    return by_phase[static_cast<size_t>(phase) / 10 - 1];
  };
  for (size_t i = 0; i < plan.objects.size(); ++i) {
    add_steps(snapshot, plan.objects[i], i, slot(plan.objects[i].phase));
  }
  size_t count = 0;
  for (const std::vector<Step>& steps : by_phase) count += steps.size();
  plan.steps.reserve(count);
  for (std::vector<Step>& steps : by_phase) {
    std::move(steps.begin(), steps.end(), std::back_inserter(plan.steps));
  }
}

KeySet keys_of(const Plan& plan) {
  KeySet out;
  out.reserve(plan.objects.size());
  for (const PlannedObject& object : plan.objects) out.insert(object.key);
  return out;
}

// Gateways of a namespace that is not in the mesh are refused before anything is made for them.
void add_own_objects(const index::Snapshot& snapshot, MeshTemplate& mesh,
                     const index::Tenant& tenant, const std::string* ns, const PlanOptions& options,
                     Plan& out) {
  std::set<std::string> refused;
  for (const PlannedObject& object : mesh.objects) {
    bool elsewhere = !object.key.ns.empty() && object.key.ns != tenant.ns;
    if (elsewhere && mesh_of(snapshot, object.key.ns) != &tenant) {
      if (refused.insert(object.key.ns).second) {
        out.notes.push_back(
            {tenant.id, object.key.ns, "NamespaceNotInMesh",
             "namespace of manifest " + object.key.ns + "/" + object.key.name + " not in mesh",
             ""});
      }
      continue;
    }
    bool here =
        ns == nullptr || object.key.ns == *ns || (*ns == tenant.ns && object.key.ns.empty());
    if (here) out.objects.push_back(object);
  }
  if (ns != nullptr && *ns != tenant.ns) return;
  update_releases(snapshot, tenant, options, mesh);
  out.objects.insert(out.objects.end(), mesh.releases.begin(), mesh.releases.end());
  plan_mesh_leftovers(snapshot, tenant, options, out);
}

// The mesh's own objects and their problems; false when nothing can be planned for it.
bool begin_mesh(const MeshTemplate& mesh, const index::Tenant& tenant, Plan& out) {
  if (mesh.dying) return false;
  if (!mesh.refusal.reason.empty()) {
    out.notes.push_back({tenant.id, "", mesh.refusal.reason, mesh.refusal.cause, ""});
    return false;
  }
  if (mesh.network.strategy == MemberNetwork::kUnsupported) {
    out.notes.push_back({tenant.id, "", "UnsupportedNetwork", mesh.network.problem, ""});
  }
  return true;
}

// What the mesh wants and does not have. Namespaces that wait are said by name as well, so that a
// namespace that is asked for is never passed over in silence.
void note_claim(const index::Tenant& tenant, const index::Member& member, Plan& out) {
  if (member.state == index::MemberState::kConfigured) return;
  out.notes.push_back({tenant.id, member.ns, member.reason, member.message, member.holder.value});
}

bool is_there(const index::Snapshot& snapshot, const std::string& ns) {
  if (snapshot.objects(Kind::kNamespace).get({Kind::kNamespace, "", ns}) != nullptr) return true;
  for (int i = 0; i < kube::kKindCount; ++i) {
    const auto& objects = snapshot.objects(static_cast<Kind>(i)).in_namespace(ns);
    if (objects.begin() != objects.end()) return true;
  }
  return false;
}

// Why there is nothing to plan for a namespace that no mesh has.
void note_namespace(const index::Snapshot& snapshot, const std::string& ns,
                    const PlanOptions& options, Plan& out) {
  size_t before = out.notes.size();
  for (const index::Tenant& tenant : snapshot.tenants().list) {
    if (!options.tenant.value.empty() && tenant.id != options.tenant) continue;
    if (const index::Member* member = member_of(tenant, ns)) note_claim(tenant, *member, out);
  }
  if (out.notes.size() > before || mesh_of(snapshot, ns) != nullptr) return;
  const std::string name = "namespace \"" + ns + "\"";
  if (!options.tenant.value.empty()) {
    out.notes.push_back({options.tenant, ns, "NotInMesh", name + " is not in this mesh", ""});
  } else if (!is_there(snapshot, ns)) {
    out.notes.push_back({{}, ns, "NamespaceNotExists", name + " does not exist", ""});
  } else if (snapshot.tenants().of_namespace(ns) == nullptr) {
    out.notes.push_back({{}, ns, "NotInMesh", name + " is in no mesh", ""});
  }
}

void add_all(std::vector<PlannedObject> objects, Plan& out) {
  std::move(objects.begin(), objects.end(), std::back_inserter(out.objects));
}

// Namespaces that carry a trace of a mesh and are in none.
std::set<std::string> leaving_namespaces(const index::Snapshot& snapshot) {
  std::set<std::string> out;
  for (const auto& [key, ns] : snapshot.objects(Kind::kNamespace)) {
    if (member_label(*ns) != nullptr && mesh_of(snapshot, key.name) == nullptr)
      out.insert(key.name);
  }
  for (Kind kind : {Kind::kRoleBinding, Kind::kNetworkPolicy, Kind::kNetworkAttachmentDefinition}) {
    const std::string* last = nullptr;
    bool leaves = false;
    for (const auto& [key, object] : snapshot.objects(kind)) {
      if (member_label(*object) == nullptr) continue;
      if (last == nullptr || *last != key.ns) {
        leaves = mesh_of(snapshot, key.ns) == nullptr;
        last = &key.ns;
        if (leaves) out.insert(key.ns);
      }
    }
  }
  return out;
}

void keep_tenant(const model::TenantId& tenant, Plan& plan) {
  if (tenant.value.empty()) return;
  std::erase_if(plan.objects, [&](const PlannedObject& o) { return o.owner != tenant; });
  std::erase_if(plan.notes, [&](const Note& n) { return n.tenant != tenant; });
  for (Note& note : plan.notes) note.holder.clear();
}

}  // namespace

Value Plan::document_of(const Step& step) const {
  const PlannedObject& object = object_of(step);
  if (step.action == Action::kDelete) return Value();
  if (step.existing == nullptr) return object.document();
  Value out = merged(step.existing->document, object);
  if (step.action == Action::kCreate) {
    Value& metadata = *out.find("metadata");
    for (const char* field : {"uid", "resourceVersion", "creationTimestamp", "generation",
                              "managedFields", "selfLink"}) {
      metadata.erase(field);
    }
  }
  return out;
}

Planner::Planner(PlanOptions options)
    : options_(std::move(options)), templates_(std::make_unique<Templates>()) {}
Planner::~Planner() = default;
Planner::Planner(Planner&&) noexcept = default;
Planner& Planner::operator=(Planner&&) noexcept = default;

Plan Planner::plan(const index::Snapshot& snapshot) {
  Plan out;
  templates_->forget(snapshot.tenants());
  for (const index::Tenant& tenant : snapshot.tenants().list) {
    if (tenant.implicit) continue;
    MeshTemplate& mesh = templates_->get(snapshot, tenant, options_);
    if (!begin_mesh(mesh, tenant, out)) continue;
    add_own_objects(snapshot, mesh, tenant, nullptr, options_, out);
    plan_lists(snapshot, tenant, mesh.facts, options_, out.objects);
    plan_localities(snapshot, tenant, tenant.ns, out);
    for (const index::Member& member : tenant.members) {
      note_claim(tenant, member, out);
      if (member.state != index::MemberState::kConfigured) continue;
      plan_member(snapshot, mesh, tenant, member, options_, out);
      plan_localities(snapshot, tenant, member.ns, out);
    }
  }
  plan_records(snapshot, nullptr, out.objects, options_.partial);
  for (const std::string& ns : leaving_namespaces(snapshot)) {
    plan_leaving(snapshot, ns, options_, out);
  }
  plan_ca_bundles(snapshot, options_, out);
  add_all(beyond_objects(snapshot, options_, nullptr), out);
  plan_pruning(snapshot, options_, keys_of(out), nullptr, out);
  plan_finalizers(snapshot, nullptr, out);
  keep_tenant(options_.tenant, out);
  merge_duplicates(out);
  settle(snapshot, out);
  return out;
}

Plan Planner::plan_namespace(const index::Snapshot& snapshot, const std::string& ns) {
  Plan out;
  const index::Tenant* tenant = mesh_of(snapshot, ns);
  if (tenant == nullptr) {
    plan_leaving(snapshot, ns, options_, out);
  } else {
    MeshTemplate& mesh = templates_->get(snapshot, *tenant, options_);
    if (begin_mesh(mesh, *tenant, out)) {
      add_own_objects(snapshot, mesh, *tenant, &ns, options_, out);
      if (ns == tenant->ns) plan_lists(snapshot, *tenant, mesh.facts, options_, out.objects);
      const index::Member* member = member_of(*tenant, ns);
      if (ns != tenant->ns && member != nullptr) {
        plan_member(snapshot, mesh, *tenant, *member, options_, out);
      }
      plan_localities(snapshot, *tenant, ns, out);
    }
  }
  add_all(beyond_objects(snapshot, options_, &ns), out);
  plan_records(snapshot, &ns, out.objects, options_.partial);
  plan_pruning(snapshot, options_, keys_of(out), &ns, out);
  note_namespace(snapshot, ns, options_, out);
  keep_tenant(options_.tenant, out);
  merge_duplicates(out);
  settle(snapshot, out);
  return out;
}

Plan plan(const index::Snapshot& snapshot, const PlanOptions& options) {
  return Planner(options).plan(snapshot);
}

Plan plan_namespace(const index::Snapshot& snapshot, const std::string& ns,
                    const PlanOptions& options) {
  return Planner(options).plan_namespace(snapshot, ns);
}

}  // namespace mesh::tenancy
