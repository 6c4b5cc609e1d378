// Way: one request on its way through one proxy: what the parts of the walk share.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/testing/walk/exchange.h"
#include "libmesh/testing/walk/http_manager.h"
#include "libmesh/testing/walk/listener.h"
#include "libmesh/testing/walk/outcome.h"
#include "libmesh/testing/walk/readings.h"

namespace mesh::testing {

struct Way {
  Readings& readings;
  const xds::ProxyConfig& config;
  const Request& request;  // with everything filled in
  Connection connection;
  Outcome out;
  // What may have denied the request; counts unless something after it denies it for certain.
  std::vector<std::string> undecided;
  // What leaves open which shadow rule matched, on which ext_authz may depend.
  std::vector<std::string> unknown_shadow;

  void step(std::string what, std::string name, std::string resource, std::string why,
            std::string object = "");
  // Ends the way.
  void end(Verdict verdict, std::string detail);
  void cannot_tell(std::string what);
};

// A filter decided: it denies the request, or it is asked about.
// False when the request goes no further.
bool pass_rbac(Way& way, const Rbac& rbac, Exchange& exchange, const std::string& resource);
void pass_ext_authz(Way& way, const ExtAuthz& filter, const Exchange& exchange,
                    const std::string& resource);

// The rest of the way in an HTTP connection manager.
void walk_http(Way& way, const HttpManager& manager, const std::string& resource);
// What a route makes of a request that its filters let through.
void take_route(Way& way, const RouteTable& table, const VirtualHost& host, const Route& route,
                Exchange& exchange);
// Of envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy; `server_name` when a filter before it routes by that.
void take_tcp_proxy(Way& way, View proxy, bool by_server_name);

// The weight of a destination that is the only one, as VirtualServices count: Envoy has none then.
constexpr uint32_t kWhole = 100;
// Adds a cluster, with its endpoints, to the outcome's destinations.
void add_destination(Way& way, const std::string& cluster, uint32_t weight);
Destination destination_of(Way& way, const std::string& cluster, uint32_t weight);
// The verdict that follows from the destinations.
void end_at_destinations(Way& way);

}  // namespace mesh::testing
