// Members: for each control plane, who belongs to it, who is waited for, who was refused and why.
//
// The decision itself is made in index/tenants/tenants.h; this is the report of it, in two versions. A
// tenant learns that a namespace is taken, because it must know why its member does not come; by
// whom is told to administrators only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libmesh/base/result.h"
#include "libmesh/index/snapshot.h"

namespace mesh::tenancy {

enum class Audience : uint8_t { kAdministrator, kTenant };

struct MemberReport {
  std::string ns;
  std::string via;      // what named it: "spec.members[2]", "ServiceMeshMember shop/default"
  std::string reason;   // "BelongsToAnotherMesh", …; empty for configured members
  std::string message;  // for people
  std::string holder;   // "ns/name" of the mesh that has it; only for administrators
  bool operator==(const MemberReport&) const = default;
};

struct ControlPlaneReport {
  std::string id;  // "ns/name"; empty for the implicit mesh
  std::string ns;
  std::string name;
  std::string version;
  bool implicit = false;
  bool cluster_wide = false;
  std::vector<MemberReport> configured;  // each list by namespace
  std::vector<MemberReport> pending;
  std::vector<MemberReport> refused;
  std::vector<std::string> namespaces;  // all it owns, its own included
};

// All control planes by id, for administrators.
std::vector<ControlPlaneReport> members(const index::Snapshot& snapshot);
// One control plane; kNotFound when there is none of that id.
Result<ControlPlaneReport> members_of(const index::Snapshot& snapshot,
                                      const model::TenantId& tenant, Audience audience);

}  // namespace mesh::tenancy
