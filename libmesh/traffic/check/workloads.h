// What is wrong with workloads as a mesh reads them: the labels and annotations of injection, WorkloadEntries,
// WorkloadGroups, ProxyConfigs, the names of namespaces.
#pragma once

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/traffic/check/surroundings.h"

namespace mesh::traffic {

Diagnostics check_workloads(const index::Snapshot& snapshot, const index::Tenant& tenant,
                            const Surroundings& around);

// Objects of Istio's kinds in namespaces that there are not, beside one of nearly that name.
Diagnostics check_namespaces(const index::Snapshot& snapshot);

}  // namespace mesh::traffic
