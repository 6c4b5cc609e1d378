// Statuses as they stand in their objects.
#include <utility>

#include "libmesh/tenancy/roll/status.h"

namespace mesh::tenancy {

using document::Value;

namespace {

Value common(const ObjectStatus& status) {
  Value out{document::Map()};
  if (!status.annotations.empty()) out.set("annotations", to_value(status.annotations));
  out.set("observedGeneration", Value(status.observed_generation));
  out.set("conditions", to_value(status.conditions));
  return out;
}

void add_mesh(Value& out, int64_t generation, const std::string& version) {
  if (generation != 0) out.set("meshGeneration", Value(generation));
  if (!version.empty()) out.set("meshReconciledVersion", Value(version));
}

}  // namespace

Value to_value(const ControlPlaneStatus& status) {
  Value out = common(status);
  if (!status.operator_version.empty()) out.set("operatorVersion", Value(status.operator_version));
  if (!status.chart_version.empty()) out.set("chartVersion", Value(status.chart_version));
  document::List components;
  for (const ComponentStatus& component : status.components) {
    Value each{document::Map()};
    each.set("resource", Value(component.name));
    each.set("conditions", to_value(component.conditions));
    components.push_back(std::move(each));
  }
  out.set("components", Value(std::move(components)));
  Value& readiness = out.set("readiness", Value(document::Map()));
  Value& parts = readiness.set("components", Value(document::Map()));
  parts.set("ready", to_value(status.ready_components));
  parts.set("unready", to_value(status.unready_components));
  parts.set("pending", to_value(status.pending_components));
  if (!status.applied_spec.is_null()) out.set("appliedSpec", status.applied_spec);
  if (!status.applied_values.is_null()) out.set("appliedValues", status.applied_values);
  return out;
}

Value to_value(const RollStatus& status) {
  Value out = common(status);
  add_mesh(out, status.mesh_generation, status.mesh_reconciled_version);
  out.set("members", to_value(status.members));
  out.set("configuredMembers", to_value(status.configured_members));
  out.set("pendingMembers", to_value(status.pending_members));
  out.set("terminatingMembers", to_value(status.terminating_members));
  document::List members;
  for (const MemberSummary& member : status.member_statuses) {
    Value each{document::Map()};
    each.set("namespace", Value(member.ns));
    each.set("conditions", to_value(member.conditions));
    members.push_back(std::move(each));
  }
  out.set("memberStatuses", Value(std::move(members)));
  return out;
}

Value to_value(const MemberStatus& status) {
  Value out = common(status);
  add_mesh(out, status.mesh_generation, status.mesh_reconciled_version);
  return out;
}

}  // namespace mesh::tenancy
