// The plan: which objects a snapshot's meshes need, and the steps from what is there to them.
//
//   Plan plan = tenancy::plan(snapshot);
//   for (const Step& step : plan.steps) … plan.object_of(step) … plan.document_of(step)
//
// Everything that Maistra's operator does to namespaces, as a value: labels, copies of RoleBindings
// and NetworkPolicies, NetworkAttachmentDefinitions, joined networks, what a control plane needs in
// its own namespace, and the undoing of all that. Property: a plan that was applied, whole or in
// part, and planned again leads to the same objects; applied whole, the next plan is empty. A
// namespace of another mesh is never touched. docs/plan.md has the table of objects.
// Upstream: pkg/controller/servicemesh/{member,controlplane,webhookca}, pkg/controller/podlocality.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libmesh/index/snapshot.h"
#include "libmesh/tenancy/plan/facts.h"
#include "libmesh/tenancy/plan/planned.h"

namespace mesh::tenancy {

// What keeps a namespace or a mesh from being planned for. What a tenant may not know stands in
// `holder` alone.
struct Note {
  model::TenantId tenant;
  std::string ns;       // empty: the mesh as a whole
  std::string reason;   // "BelongsToAnotherMesh", "NamespaceTerminating", …
  std::string message;  // for people
  std::string holder;   // the mesh that has it, for administrators
  bool operator==(const Note&) const = default;
};

struct Plan {
  std::vector<PlannedObject> objects;  // all that must be there, and (kAbsent) must not
  std::vector<Step> steps;             // in the order in which they are safe; empty: nothing to do
  std::vector<Note> notes;

  const PlannedObject& object_of(const Step& step) const { return objects[step.object]; }
  // What the step writes: the whole object after it. Null for a delete.
  document::Value document_of(const Step& step) const;
};

// Plans again and again for one store: what was derived from a control plane is kept as long as
// nothing that it was derived from changes. Not to be used by two threads at once.
class Planner {
 public:
  explicit Planner(PlanOptions options = {});
  ~Planner();
  Planner(Planner&&) noexcept;
  Planner& operator=(Planner&&) noexcept;

  Plan plan(const index::Snapshot& snapshot);
  // Only one namespace, with the cluster-scoped objects that belong to it. The cost does not depend on
  // the size of the cluster.
  Plan plan_namespace(const index::Snapshot& snapshot, const std::string& ns);

 private:
  class Templates;
  PlanOptions options_;
  std::unique_ptr<Templates> templates_;
};

Plan plan(const index::Snapshot& snapshot, const PlanOptions& options = {});
Plan plan_namespace(const index::Snapshot& snapshot, const std::string& ns,
                    const PlanOptions& options = {});

}  // namespace mesh::tenancy
