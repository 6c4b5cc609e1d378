// Conflicts: objects that say something about the same thing, where one wins and the others count for nothing.
//
// The rules of winning are those of generation: VirtualServices of one host for sidecars (nearest visibility, then the
// oldest), and kinds of which one counts for the same workloads (Sidecar, PeerAuthentication, Telemetry: the oldest).
// Those of DestinationRules are in destination_conflicts.h, of VirtualServices at gateways in gateway_routes.h, of services
// in service_conflicts.h.
#pragma once

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/mesh.h"

namespace mesh::traffic {

Diagnostics conflicts(const index::Mesh& mesh);

}  // namespace mesh::traffic
