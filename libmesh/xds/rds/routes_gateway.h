// Route configurations of a gateway (buildGatewayHTTPRouteConfig in
// pilot/pkg/networking/core/gateway.go).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/rds/route_builder.h"
#include "libmesh/xds/resource.h"

namespace mesh::xds {

// Makes route configurations by name, one after the other. The routes of a rule are made once for all names, unless they
// depend on the listener. One at a time in a thread.
class GatewayRoutes {
 public:
  struct Tables;

  explicit GatewayRoutes(const traffic::ProxyView& view);

  // name: "http.<port>[.bind]" or "https.<port>.<port name>.<gateway>.<ns>[.bind]". Never null: a
  // name that no server has gives an empty configuration, since Envoy may still ask while a
  // listener drains.
  ResourcePtr build(std::string_view name);

 private:
  using Servers = traffic::GatewayServers;

  static Tables& tables();
  const Servers* servers_of(std::string_view name);

  RouteContext context_;
  Tables& tables_;
  size_t next_ = 0;  // the route behind the last one
};

}  // namespace mesh::xds
