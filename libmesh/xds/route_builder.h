// VirtualService routes -> Envoy routes (pilot/pkg/networking/core/route/route.go), for sidecars and
// gateways alike.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/traffic/traffic.h"

namespace mesh::xds {

// One Envoy route, serialized, with what its virtual host must know of it.
struct BuiltRoute {
  std::string bytes;       // an envoy.config.route.v3.Route
  bool catch_all = false;  // matches every request
};
using BuiltRoutes = std::vector<BuiltRoute>;

struct RouteContext {
  const traffic::ProxyView& view;
  uint32_t port = 0;         // of the listener; 0: an HTTP proxy or a Unix socket
  bool tls = false;          // the listener ends TLS
  std::string_view gateway;  // "mesh" or "ns/name": the gateway that the routes are for
  // The service that a destination host means here, or null.
  std::function<const model::Service*(const std::string&)> service;
  // The mesh's own retry policy, serialized: for routes that say nothing, by whether they hash.
  std::string default_retry = {};
  std::string default_retry_hashed = {};
};

// A context with the mesh's retry policies filled in.
RouteContext route_context(const traffic::ProxyView& view, uint32_t port, bool tls,
                           std::string_view gateway,
                           std::function<const model::Service*(const std::string&)> service);

// The routes of a rule on this port, up to the first that matches everything. Empty: the rule has none here.
BuiltRoutes build_routes(const RouteContext& context, const traffic::VirtualService& rule);

// "outbound|<port>|<subset>|<host>" of a destination; the port is the destination's own, else that of a service with
// one port, else the listener's.
std::string destination_cluster(const networking::Destination& destination,
                                const model::Service* service, uint32_t port);

// The consistent hash settings that a destination's rule has for it, or null.
const networking::LoadBalancerSettings_ConsistentHashLB* hash_of(
    const traffic::ProxyView& view, const networking::Destination& destination);

// A serialized RetryPolicy; empty when retries are switched off.
std::string retry_policy(const networking::HTTPRetry* policy, bool consistent_hash);

// "host:port", an IPv6 host in brackets.
std::string host_port(std::string_view host, uint32_t port);
// An IPv6 address in brackets, anything else as it is.
std::string bracketed(std::string_view host);

}  // namespace mesh::xds
