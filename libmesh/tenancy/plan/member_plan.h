// One namespace: what it gets as a member, what goes when it leaves.
#pragma once

#include <string>

#include "libmesh/index/snapshot.h"
#include "libmesh/tenancy/plan/mesh_template.h"
#include "libmesh/tenancy/plan/plan.h"

namespace mesh::tenancy {

// The living mesh that the namespace is in: as its own namespace or as a configured member.
const index::Tenant* mesh_of(const index::Snapshot& snapshot, const std::string& ns);
// The entry of a mesh's list of members, or nullptr.
const index::Member* member_of(const index::Tenant& tenant, const std::string& ns);

// Adds to `out.objects` what a member of the mesh gets.
void plan_member(const index::Snapshot& snapshot, MeshTemplate& mesh, const index::Tenant& tenant,
                 const index::Member& member, const PlanOptions& options, Plan& out);

// Adds what is left of a mesh in a namespace that is in none. Nothing when nothing is left.
void plan_leaving(const index::Snapshot& snapshot, const std::string& ns,
                  const PlanOptions& options, Plan& out);

// Adds what another mesh left in a namespace that now is a mesh's own.
void plan_mesh_leftovers(const index::Snapshot& snapshot, const index::Tenant& tenant,
                         const PlanOptions& options, Plan& out);

// The label member-of of an object, or nullptr.
const std::string* member_label(const kube::Object& object);
// The tenant whose control plane lives in the namespace, deleted ones included, or nullptr.
const index::Tenant* tenant_in(const index::Snapshot& snapshot, const std::string& mesh_ns);

}  // namespace mesh::tenancy
