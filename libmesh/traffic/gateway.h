// The Gateway servers that one gateway proxy has, merged by port (pilot/pkg/model/gateway.go).
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
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

// One server of one Gateway.
struct GatewayServer {
  std::shared_ptr<const networking::Server>
      server;  // hosts as "ns/host" or "host", never "./" or "*/"
  index::Gateway gateway;
  std::string gateway_name;            // "ns/name"
  std::vector<std::string> sni_hosts;  // after conflicts were taken out
  std::string route_name;              // RDS name, empty for TCP and passthrough
  size_t place = 0;                    // in the Gateway's spec.servers
};

struct MergedServers {
  std::vector<GatewayServer> servers;
  std::string route_name;  // of plaintext HTTP servers that share a listener
};

struct MergedGateway {
  std::vector<ServerPort> ports;                               // in order
  std::map<ServerPort, MergedServers> servers;                 // by port
  std::map<std::string, std::vector<GatewayServer>> by_route;  // by RDS route name
  // workload port of a plaintext route -> the ports that its servers name
  std::map<uint32_t, std::set<uint32_t>> port_map;
  bool contains_auto_passthrough = false;
  // HTTPS servers that are also served over QUIC (HTTP/3), and the routes that say so to clients.
  std::map<ServerPort, std::vector<GatewayServer>> quic;
  std::set<std::string> http3_routes;
  Diagnostics diagnostics;  // host and port conflicts, who won
};
using MergedGatewayPtr = std::shared_ptr<const MergedGateway>;

}  // namespace mesh::traffic
