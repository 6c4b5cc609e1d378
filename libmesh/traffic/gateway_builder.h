// Merges the Gateways that select a gateway proxy (pilot/pkg/model/gateway.go mergeGateways).
#pragma once

#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/model/proxy.h"
#include "libmesh/traffic/gateway.h"

namespace mesh::traffic {

// Null when no Gateway selects the proxy.
MergedGatewayPtr merge_gateways(const index::Mesh& mesh, const model::Proxy& proxy,
                                const std::vector<model::ServiceTarget>& targets);

}  // namespace mesh::traffic
