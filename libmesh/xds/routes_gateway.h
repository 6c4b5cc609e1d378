// Route configurations of a gateway (buildGatewayHTTPRouteConfig in
// pilot/pkg/networking/core/gateway.go).
#pragma once

#include <string_view>

#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/resource.h"
#include "libmesh/xds/route_builder.h"

namespace mesh::xds {

// Makes route configurations by name, one after the other.
class GatewayRoutes {
 public:
  explicit GatewayRoutes(const traffic::ProxyView& view);

  // name: "http.<port>[.bind]" or "https.<port>.<port name>.<gateway>.<ns>[.bind]". Never null: a
  // name that no server has gives an empty configuration, since Envoy may still ask while a
  // listener drains.
  ResourcePtr build(std::string_view name);

 private:
  RouteContext context_;
};

}  // namespace mesh::xds
