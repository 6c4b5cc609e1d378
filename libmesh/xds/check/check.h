// Check: what is wrong with a mesh's configuration that only decisions about traffic can see.
//
// Beside Snapshot::diagnostics() (reading, claiming namespaces) and tenancy::check: what the Gateways of
// each gateway proxy contend for, and whatever each decision adds. One tenant's findings are made of its own mesh alone.
#pragma once

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/snapshot.h"

namespace mesh::xds {

// Of all tenants; sorted.
Diagnostics check(const index::SnapshotPtr& snapshot);
// Of one, by its mesh.
Diagnostics check(const index::SnapshotPtr& snapshot, const index::Tenant& tenant);

}  // namespace mesh::xds
