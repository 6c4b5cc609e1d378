// VirtualService routes -> Envoy routes (pilot/pkg/networking/core/route/route.go), for sidecars and
// gateways alike.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "libmesh/traffic/traffic.h"

namespace mesh::xds {

// The routes of one rule, one after the other, as `routes` fields of a VirtualHost in a text that many rules share.
struct BuiltRoutes {
  size_t begin = 0;
  size_t catch_all =
      0;  // where the route that matches every request starts, always the last; else `end`
  size_t end = 0;
  bool of_listener = false;  // would be others with another port of the context, tls or http3

  bool empty() const { return begin == end; }
};

// What the routes of one listener port, or one gateway's server, have in common.
struct RouteContext {
  // The service that a destination host of a rule means here, or null.
  using FindService =
      std::function<const model::Service*(const traffic::VirtualService&, const std::string&)>;
  RouteContext(const traffic::ProxyView& view, FindService service);

  const traffic::ProxyView& view;
  FindService service;
  uint32_t port = 0;                  // of the listener; 0: an HTTP proxy or a Unix socket
  bool tls = false;                   // the listener ends TLS
  bool http3 = false;                 // responses tell that HTTP/3 is served at the port
  bool sessions = false;              // services may ask for sticky sessions (stateful_session.h)
  std::string_view gateway = "mesh";  // or "ns/name": the gateway that the routes are for
  // The mesh's own retry policy, serialized: for routes that say nothing, by whether they hash.
  std::string default_retry;
  std::string default_retry_hashed;
};

// Appends the routes of a rule on this port, up to the first that matches everything. Empty: it has none here.
BuiltRoutes append_routes(const RouteContext& context, const traffic::VirtualService& rule,
                          std::string& out);

// "outbound|<port>|<subset>|<host>" of a destination; the port is the destination's own, else that of a service with
// one port, else the listener's.
// Gives where port and host stand in it, nothing when the destination names no host.
struct ClusterParts {
  std::string_view port;
  std::string_view host;
};
ClusterParts append_destination_cluster(const networking::Destination& destination,
                                        const model::Service* service, uint32_t port,
                                        std::string& out);
std::string destination_cluster(const networking::Destination& destination,
                                const model::Service* service, uint32_t port);

// The consistent hash settings that a destination's rule has for it, or null.
const networking::LoadBalancerSettings_ConsistentHashLB* hash_of(
    const traffic::ProxyView& view, const networking::Destination& destination);

// A serialized RetryPolicy; empty when retries are switched off.
std::string retry_policy(const networking::HTTPRetry* policy, bool consistent_hash);

// "host:port", an IPv6 host in brackets.
void append_host_port(std::string_view host, std::string_view port, std::string& out);
std::string host_port(std::string_view host, uint32_t port);
// An IPv6 address in brackets, anything else as it is.
std::string bracketed(std::string_view host);

}  // namespace mesh::xds
