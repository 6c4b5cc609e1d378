// Merges the Gateways that select a gateway proxy (pilot/pkg/model/gateway.go mergeGateways).
#pragma once

#include <compare>
#include <cstdint>
#include <utility>
#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/model/proxy.h"
#include "libmesh/traffic/gateway.h"

namespace mesh::traffic {

// What the merge depends on: proxies with an equal one share the result.
struct GatewaySelection {
  std::vector<uint32_t> gateways;  // those that select the proxy, as places in Mesh::gateways
  // Service port -> workload port of the services in front of the proxy.
  std::vector<std::pair<uint32_t, uint32_t>> ports;
  auto operator<=>(const GatewaySelection&) const = default;
};

GatewaySelection select_gateways(const index::Mesh& mesh, const model::Proxy& proxy,
                                 const std::vector<model::ServiceTarget>& targets);

// Null when no Gateway is selected.
MergedGatewayPtr merge_gateways(const index::Mesh& mesh, const GatewaySelection& selection);

}  // namespace mesh::traffic
