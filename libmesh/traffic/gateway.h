// The Gateway servers that one gateway proxy has, merged by port (pilot/pkg/model/gateway.go).
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <memory_resource>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/mesh.h"
#include "libmesh/model/proxy.h"
#include "libmesh/traffic/config.h"

namespace mesh::traffic {

struct ServerPort {
  uint32_t number = 0;  // resolved to the workload's port
  model::Protocol protocol = model::Protocol::kUnsupported;
  std::string bind;  // empty: the wildcard address
  auto operator<=>(const ServerPort&) const = default;
};

// One server of one Gateway. Its texts stand in the server and in the MergedGateway.
struct GatewayServer {
  std::shared_ptr<const networking::Server>
      server;  // hosts as "ns/host" or "host", never "./" or "*/"
  index::Gateway gateway;
  std::string_view gateway_name;                // "ns/name"
  uint32_t gateway_number = 0;                  // among the Gateways of the proxy, from 0
  std::span<const std::string_view> sni_hosts;  // in order, after conflicts were taken out
  std::string_view route_name;                  // RDS name, empty for TCP and passthrough
  size_t place = 0;                             // in the Gateway's spec.servers
};

using GatewayServers = std::pmr::vector<const GatewayServer*>;

// The servers of one RDS route, those of one Gateway together.
struct GatewayRoute {
  std::string_view name;
  GatewayServers servers;
};

struct MergedServers {
  std::vector<const GatewayServer*> servers;
  std::string_view route_name;  // of plaintext HTTP servers that share a listener
};

// Stays where it is made: it holds what its parts point to.
struct MergedGateway {
  MergedGateway() = default;
  MergedGateway(const MergedGateway&) = delete;
  MergedGateway& operator=(const MergedGateway&) = delete;

  std::pmr::monotonic_buffer_resource arena;    // one for many small pieces
  std::pmr::deque<GatewayServer> all{&arena};   // what the others point to, and what was refused
  uint32_t gateways = 0;                        // how many there are
  std::vector<ServerPort> ports;                // in order
  std::map<ServerPort, MergedServers> servers;  // by port
  std::vector<GatewayRoute> routes;             // in order of their names
  bool contains_auto_passthrough = false;
  // HTTPS servers that are also served over QUIC (HTTP/3), and the routes that say so to clients.
  std::map<ServerPort, std::vector<const GatewayServer*>> quic;
  std::set<std::string_view> http3_routes;
  Diagnostics diagnostics;  // host and port conflicts, who won

  // Null when none has that name.
  const GatewayRoute* route(std::string_view name) const {
    const auto at = std::ranges::lower_bound(routes, name, {}, &GatewayRoute::name);
    return at == routes.end() || at->name != name ? nullptr : &*at;
  }
};
using MergedGatewayPtr = std::shared_ptr<const MergedGateway>;

}  // namespace mesh::traffic
