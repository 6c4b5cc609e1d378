// Filter chains that do not speak HTTP: the TCP proxies that listeners of all kinds share.
//
// All functions append serialized `filters` fields of a FilterChain, in Istio's order
// (buildCompleteNetworkFilters, pilot/pkg/networking/core/networkfilter.go): metadata exchange,
// istio.stats, what the protocol asks for, tcp_proxy.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/xds/lds/listeners_context.h"

namespace mesh::xds {

inline constexpr std::string_view kHttpInspectorAlpns[] = {"http/1.1", "h2c"};
inline constexpr std::string_view kMutualTlsAlpns[] = {
    "istio", "istio-peer-exchange", "istio-http/1.0", "istio-http/1.1", "istio-h2"};
inline constexpr std::string_view kRawBuffer = "raw_buffer";
inline constexpr std::string_view kTls = "tls";

// A TCP proxy to one cluster.
struct TcpTarget {
  std::string_view stat_prefix;
  std::string_view cluster;
  std::string_view subset;                            // of the rule
  const networking::DestinationRule* rule = nullptr;  // idle timeout, hash policy, tunnel
  bool tunnel = true;                                 // false: the rule's tunnel does not count
  model::Protocol protocol = model::Protocol::kTcp;
  bool metadata_exchange = false;
  bool authorize = true;                      // AuthorizationPolicies count, where they do at all
  const SecurityFilters* security = nullptr;  // these instead of the context's
  std::string_view sni_forward_proxy;         // wildcard host that is resolved by SNI, or empty
  uint32_t sni_port = 0;
  uint32_t port = 0;  // of the listener, inbound of the service: extensions may be bound to it
  bool extensions = true;
};
void append_tcp_filters(const ListenerContext& context, const TcpTarget& target, std::string& out);
// The same in two parts: what comes before the TCP proxy and what it asks for is large where there are policies, and
// follows from `metadata_exchange`, `authorize`, `security`, `extensions` and those of the port.
void append_leading_filters(const ListenerContext& context, const TcpTarget& target,
                            std::string& out);
void append_proxy_filters(const ListenerContext& context, const TcpTarget& target,
                          std::string& out);

// The catch-all of outbound listeners: PassthroughCluster, BlackHoleCluster, or the egress proxy.
void append_catch_all_filters(const ListenerContext& context, std::string& out);
std::string catch_all_cluster(const traffic::ProxyView& view);

// The destinations of a VirtualService's tcp or tls route, one or several by weight.
struct TcpRouteSource {
  const std::vector<networking::RouteDestination>* routes = nullptr;
  const traffic::VirtualService* rule = nullptr;
  uint32_t port = 0;  // of the listener
  std::string_view port_name;
  model::Protocol protocol = model::Protocol::kTcp;
  bool metadata_exchange = false;
};
void append_route_filters(const ListenerContext& context, const TcpRouteSource& source,
                          std::string& out);

// A stat prefix by MeshConfig.outboundClusterStatName and inboundClusterStatName: %SERVICE%,
// %SERVICE_NAME%, %SERVICE_FQDN%, %SERVICE_PORT%, %SERVICE_PORT_NAME%, %SUBSET_NAME%
// (pilot/pkg/networking/telemetry/telemetry.go).
struct StatSubject {
  std::string_view host;
  std::string_view name;  // of the Kubernetes service; empty for others
  std::string_view ns;
  std::string_view subset;
  uint32_t port = 0;
  bool inbound = false;  // knows no target port
  std::string_view port_name;
};
std::string listener_stat_name(std::string_view pattern, const StatSubject& subject);
StatSubject listener_stat_subject(const model::Service& service, std::string_view subset,
                                  uint32_t port, std::string_view port_name);

// The metadata of a chain that a configuration object made: where Envoy's users find the object.
void put_config_metadata(envoy::core::Metadata& metadata, std::string_view kind,
                         std::string_view ns, std::string_view name);

}  // namespace mesh::xds
