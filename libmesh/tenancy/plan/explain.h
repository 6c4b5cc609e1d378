// Explanations: why a namespace is, or is not, in a mesh.
#pragma once

#include <string>
#include <vector>

#include "libmesh/base/result.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/tenancy/members.h"
#include "libmesh/tenancy/plan/planned.h"

namespace mesh::tenancy {

// What one mesh makes of the namespace.
struct MemberClaim {
  model::TenantId tenant;
  std::string state;    // "control plane", "configured", "pending", "refused"
  std::string via;      // "spec.members[2]", "ServiceMeshMember shop/default"
  std::string reason;   // of pending and refused ones
  std::string message;  // for people
  std::string holder;   // of a refused one, for administrators
};

struct MemberExplanation {
  std::string ns;
  bool exists = false;  // there is a Namespace object
  bool terminating = false;
  model::TenantId mesh;             // that it belongs to; empty: to none
  std::string label;                // maistra.io/member-of as it is now
  std::vector<MemberClaim> claims;  // by mesh
  std::vector<Because> chain;       // what led to it, step by step
  std::string conclusion;           // one sentence
};

// For administrators, or (with a tenant) as that tenant may know it. kNotFound when there is no such
// tenant.
Result<MemberExplanation> explain_member(const index::Snapshot& snapshot, const std::string& ns,
                                         const model::TenantId& tenant = {});

}  // namespace mesh::tenancy
