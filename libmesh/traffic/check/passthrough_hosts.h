// Wildcard hosts inside the mesh that gateways with AUTO_PASSTHROUGH cannot let in.
//
// Such a gateway has a filter chain for each host and port, chosen by the server name outbound_.PORT_.SUBSET_.HOST. Of a
// wildcard host that is outbound_.80_._.*.example.com, which no client asks for, and Envoy refuses the whole listener for
// it ("partial wildcards are not supported"). Istio sends it (pilot/pkg/networking/core/gateway.go
// builtAutoPassthroughFilterChains); libmesh leaves that chain out.
#pragma once

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/snapshot.h"

namespace mesh::traffic {

Diagnostics passthrough_hosts(const index::Snapshot& snapshot, const index::Mesh& mesh);

}  // namespace mesh::traffic
