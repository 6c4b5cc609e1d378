// Statuses of control planes, member rolls and members, and the events that go with them.
//
//   Statuses now = statuses(snapshot, {});
//
// What Maistra's controllers write once they have done their work: a function of the objects, of
// the workloads that run, and of what whoever applied the plan could not apply. It depends on no
// other status than the object's own, so that writing it and asking again gives the same. Times
// come in as a parameter. A tenant is told that a namespace is taken; by whom stands in `holder`
// alone. Rules: docs/tenancy.md. Upstream: pkg/controller/servicemesh/{controlplane/{reconciler,
// readiness,status,deleter},memberroll/controller,member/controller}.go.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "libmesh/index/snapshot.h"
#include "libmesh/tenancy/members.h"
#include "libmesh/tenancy/plan/facts.h"
#include "libmesh/tenancy/release/releases.h"
#include "libmesh/tenancy/roll/condition.h"

namespace mesh::tenancy {

struct StatusOptions {
  PlanOptions plan;
  ReleaseOptions release;
  std::string now;  // RFC 3339, for transitions; empty: they have no time
  // Objects that could not be written or deleted, with the error; as found when a plan was applied.
  std::map<kube::ObjectKey, std::string> failures;
};

struct Event {
  kube::ObjectKey object;
  std::string type;  // "Normal" or "Warning"
  std::string reason;
  std::string message;
  bool operator==(const Event&) const = default;
};

// What all three kinds have.
struct ObjectStatus {
  kube::ObjectKey key;
  model::TenantId tenant;  // whose it is; empty: of none that is there
  bool exists = true;      // false: the plan makes the object
  Conditions conditions;
  Labels annotations;
  int64_t observed_generation = 0;

  // Ready=True.
  bool ready() const { return condition_of(conditions, "Ready").is_true(); }
};

struct ComponentStatus {
  std::string name;  // of the chart
  Conditions conditions;
};

struct ControlPlaneStatus : ObjectStatus {
  std::string operator_version;
  std::string chart_version;
  std::vector<ComponentStatus> components;
  std::vector<std::string> ready_components;  // each sorted
  std::vector<std::string> unready_components;
  std::vector<std::string> pending_components;
  document::Value applied_spec;  // null when the values could not be made
  document::Value applied_values;

  // "2.5.1-3": the generation that was last applied as a whole; empty before.
  std::string reconciled_version() const;
};

struct MemberSummary {
  std::string ns;
  Conditions conditions;
  std::string holder;  // the mesh that has it; for administrators only
};

struct RollStatus : ObjectStatus {
  int64_t mesh_generation = 0;
  std::string mesh_reconciled_version;
  std::vector<std::string> members;  // each sorted
  std::vector<std::string> configured_members;
  std::vector<std::string> pending_members;
  std::vector<std::string> terminating_members;
  std::vector<MemberSummary> member_statuses;
};

struct MemberStatus : ObjectStatus {
  int64_t mesh_generation = 0;
  std::string mesh_reconciled_version;
};

struct Statuses {
  std::vector<ControlPlaneStatus> control_planes;  // each by namespace and name
  std::vector<RollStatus> rolls;
  std::vector<MemberStatus> members;
  std::vector<Event> events;  // in the order of the objects above

  // True when every object is Ready.
  bool ready() const;
};

Statuses statuses(const index::Snapshot& snapshot, const StatusOptions& options = {});
// Only what belongs to one mesh, as its owner may see it: nobody else's names are in it.
Statuses statuses_of(const index::Snapshot& snapshot, const model::TenantId& tenant,
                     const StatusOptions& options = {});

// What goes under `status` of the object.
document::Value to_value(const ControlPlaneStatus& status);
document::Value to_value(const RollStatus& status);
document::Value to_value(const MemberStatus& status);

// Of one control plane; what is new is added to the events.
ControlPlaneStatus control_plane_status(const index::Snapshot& snapshot,
                                        const kube::Object& control_plane,
                                        const StatusOptions& options, std::vector<Event>& events);

}  // namespace mesh::tenancy
