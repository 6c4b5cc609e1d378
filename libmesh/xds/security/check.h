// What is wrong with the security policies of a mesh: rules that cannot be put into force as they
// are written, authorizers that cannot be asked, policies that another one keeps from counting.
#pragma once

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/traffic/traffic.h"

namespace mesh::xds {

// `traffic` is of a mesh of the snapshot.
void check_security(const index::SnapshotPtr& snapshot, const traffic::Traffic& traffic,
                    Diagnostics& out);

}  // namespace mesh::xds
