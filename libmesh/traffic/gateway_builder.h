// Merges the Gateways that select a gateway proxy (pilot/pkg/model/gateway.go mergeGateways).
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/model/proxy.h"
#include "libmesh/traffic/gateway.h"

namespace mesh::traffic {

// A Gateway that names the Services it stands behind in this annotation (hosts, with commas between
// them) serves at their ports only, and its selector says nothing. Gateway API makes such ones.
inline constexpr const char* kGatewayService = "internal.istio.io/gateway-service";

// Service port -> workload port.
using ServicePorts = std::vector<std::pair<uint32_t, uint32_t>>;

// What the merge depends on: proxies with an equal one share the result.
struct GatewaySelection {
  std::vector<uint32_t> gateways;  // those that select the proxy, as places in Mesh::gateways
  ServicePorts ports;              // of the services in front of the proxy, the first of each port
  std::map<uint32_t, ServicePorts> of_services;  // by place: those of the services that it names
  // Ports that the services have for UDP: HTTP/3 is served at these. Empty unless the mesh asks.
  std::vector<uint32_t> udp_ports;
  auto operator<=>(const GatewaySelection&) const = default;
};

// The Gateways of a mesh by what they select: a proxy is held against each selector once.
class GatewayIndex {
 public:
  explicit GatewayIndex(const index::Mesh& mesh);

  GatewaySelection select(const index::Mesh& mesh, const model::Proxy& proxy,
                          const std::vector<model::ServiceTarget>& targets) const;

 private:
  // Those of one selector (of one namespace, where that counts), by their places.
  struct Group {
    const Labels* selector = nullptr;  // of the list
    const std::string* ns = nullptr;   // null: of any
    std::vector<uint32_t> places;
  };

  const index::Shared<std::vector<index::Gateway>> list_;
  std::vector<Group> groups_;
  std::vector<uint32_t> of_services_;  // those that name services
};

// Null when no Gateway is selected.
MergedGatewayPtr merge_gateways(const index::Mesh& mesh, const GatewaySelection& selection);

}  // namespace mesh::traffic
