// Which services a gateway proxy has clusters of, when the mesh asks for those alone that are in use
// (PILOT_FILTER_GATEWAY_CLUSTER_CONFIG; PushContext.GatewayServices in pilot/pkg/model): the
// destinations of the VirtualServices of its Gateways, the services of extension providers, and those
// that its EnvoyFilters name by annotation.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "libmesh/model/service.h"
#include "libmesh/traffic/traffic.h"

namespace mesh::traffic {

class GatewayServices {
 public:
  // Nothing when all services count: the proxy is no gateway, or the mesh does not ask.
  static std::optional<GatewayServices> of(const ProxyView& view);

  bool contains(const model::Service& service) const;

 private:
  std::set<std::string, std::less<>> hosts_;  // "host", or "ns/host"
};

}  // namespace mesh::traffic
