// Check: what is wrong with a snapshot's objects that only decisions about tenancy can see.
//
// Beside Snapshot::diagnostics(), which has what was found while reading and while claiming
// namespaces: options (beyond/options.h), gateways (beyond/objects.h) and NetworkPolicies that the API
// server would refuse (reach/policies.h).
#pragma once

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/snapshot.h"

namespace mesh::tenancy {

// Sorted.
Diagnostics check(const index::Snapshot& snapshot);

}  // namespace mesh::tenancy
