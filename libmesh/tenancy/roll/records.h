// Records: the ServiceMeshMember and ServiceMeshMemberRoll objects that must exist, and those of
// our own making that must not.
//
// A roll makes a ServiceMeshMember in each namespace that it gets; a member makes the roll of its
// mesh, and a cluster-wide control plane makes one that takes in what is injected. Made objects
// say who made them (maistra.io/created-by) and go when their reason does; objects of users are
// left alone. Upstream: ensureMemberExists in memberroll/controller.go, createMemberRollIfNeeded
// in member/controller.go, createMemberRoll in versions/strategy_v2_5.go. Deliberately different: a
// made roll that somebody gave selectors stays, and none is made in a namespace of the cluster
// itself, even when a roll names it.
#pragma once

#include <string>
#include <vector>

#include "libmesh/index/snapshot.h"
#include "libmesh/tenancy/plan/planned.h"

namespace mesh::tenancy {

// With `ns` only the objects in that namespace. In a part of a cluster (`partial`) the records of
// meshes that it does not have are left alone, and so are namespaces that such a mesh has.
void plan_records(const index::Snapshot& snapshot, const std::string* ns,
                  std::vector<PlannedObject>& out, bool partial = false);

// The ServiceMeshMember that the mesh's roll makes in the member's namespace; false when it has one
// of its own, or is no member by the roll.
bool roll_makes_member(const index::Snapshot& snapshot, const index::Member& member);
// A ServiceMeshMember that a roll made and that has no reason any more.
bool is_obsolete(const index::Snapshot& snapshot, const kube::Object& member);
// There must be a roll in the tenant's namespace, and there is none.
bool makes_roll(const index::Snapshot& snapshot, const index::Tenant& tenant);
// A member made the roll, and its last member is gone.
bool is_obsolete_roll(const index::Snapshot& snapshot, const kube::Object& roll);
// The living control plane that a ServiceMeshMember refers to, or null.
const index::Tenant* referred_tenant(const index::Snapshot& snapshot, const kube::Object& member);

}  // namespace mesh::tenancy
