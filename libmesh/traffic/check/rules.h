// Rules: what Istio's validating webhook refuses in traffic rules and policies (pkg/config/validation/validation.go), said
// of every field at once and not of the first one only. An object that is refused never comes to be; one that was written to
// a file is found here before.
#pragma once

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/mesh.h"

namespace mesh::traffic {

// Of VirtualServices (rules_routes.cc).
Diagnostics check_route_rules(const index::Mesh& mesh);
// Of all kinds that a mesh lists but VirtualServices (rules_kinds.h); those of ServiceEntries are in services.h, those of
// WorkloadEntries, WorkloadGroups and ProxyConfigs in workloads.h.
Diagnostics check_rules(const index::Mesh& mesh);

}  // namespace mesh::traffic
