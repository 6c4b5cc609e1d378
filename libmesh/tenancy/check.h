// Check: what is wrong with a snapshot's objects that only decisions about tenancy can see.
//
// Beside Snapshot::diagnostics(), which has what was found while reading and while claiming
// namespaces: options (beyond/options.h), gateways (beyond/objects.h), control planes that the operator would
// not render (release/judge.h) and NetworkPolicies that the API server would refuse
// (reach/policies.h).
#pragma once

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/snapshot.h"

namespace mesh::tenancy {

// Sorted.
Diagnostics check(const index::Snapshot& snapshot);

// That and Snapshot::diagnostics(), sorted.
Diagnostics all_diagnostics(const index::Snapshot& snapshot);
// Of these what tells of a tenant's own objects: those in its namespaces, and the namespaces. What
// cannot be said to be anybody's (a text that is no object) is in nobody's.
Diagnostics diagnostics_of(const index::Snapshot& snapshot, const index::Tenant& tenant);

}  // namespace mesh::tenancy
