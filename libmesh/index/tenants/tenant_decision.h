// Who gets one namespace: the rule itself, a pure function of what is known.
//
// In this order: its ServiceMeshMember; the mesh that the input shows to have it (the
// ServiceMeshMember that a roll made, the label maistra.io/member-of, a roll's
// status.configuredMembers), as long as it still wants it; the older roll. So a roll that is edited
// later takes nothing from a mesh that has it, and files without such traces still have one answer.
// Upstream: the first ServiceMeshMember wins (memberroll/controller.go, ensureMemberExists).
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "libmesh/index/objects.h"
#include "libmesh/index/tenants/claims.h"
#include "libmesh/index/tenants/tenants.h"

namespace mesh::index {

// The rolls' controller writes this on the ServiceMeshMembers it makes.
inline constexpr const char* kCreatedBy = "maistra.io/created-by";
inline constexpr const char* kMemberRollController = "servicemeshmemberroll-controller";
inline constexpr const char* kMemberController = "servicemeshmember-controller";
inline constexpr const char* kMemberOf = "maistra.io/member-of";

// metadata.deletionTimestamp is set.
bool is_being_deleted(const kube::Object& object);
// Made for a roll, not by somebody who uses the namespace.
bool is_made_by_roll(const kube::Object& member);

// What a decision may look at.
struct TenancyFacts {
  const Objects& objects;
  const std::set<std::string>& existing;  // namespaces
  const std::map<std::string, const Tenant*>&
      planes;  // by their namespace; "" is the implicit mesh
  const RollIndex& rolls;
  const std::string& cluster_wide;  // the plane that has what nobody else has, or empty
};

struct Decision {
  std::vector<std::pair<std::string, Member>> members;  // by the namespace of the control plane
  const Tenant* owner = nullptr;
  Diagnostics found;
};

Decision decide(const TenancyFacts& facts, const std::string& ns);

}  // namespace mesh::index
