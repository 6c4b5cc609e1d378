// Pieces of Envoy's messages that more than one kind of resource carries, and the names Istio gives
// to its own clusters. Everything that does not depend on the input is serialized once.
//
// Follows pilot/pkg/networking/util/util.go and pilot/pkg/xds/filters/filters.go in Istio.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/pb.h"

namespace mesh::xds {

inline constexpr std::string_view kBlackHoleCluster = "BlackHoleCluster";
inline constexpr std::string_view kPassthroughCluster = "PassthroughCluster";
inline constexpr std::string_view kInboundPassthroughCluster = "InboundPassthroughCluster";
inline constexpr std::string_view kAllowAnyDynamicDnsCluster = "AllowAnyDynamicDNSCluster";
inline constexpr std::string_view kAllowAnyDnsCache = "allow_any_dfp_dns_cache";

// Keys of filter metadata.
inline constexpr std::string_view kIstioMetadata = "istio";
inline constexpr std::string_view kTransportSocketMatch = "envoy.transport_socket_match";

// The source addresses that interception lets pass, so that a proxy does not meet itself.
inline constexpr std::string_view kPassthroughBindIpv4 = "127.0.0.6";
inline constexpr std::string_view kPassthroughBindIpv6 = "::6";

// A socket address; the path of a Unix socket ("unix://" is taken off) when the port is 0.
void write_address(envoy::core::Address& out, std::string_view host, uint32_t port);

// Appends the decimal digits.
void append_number(uint32_t number, std::string& out);

// "/apis/networking.istio.io/v1/namespaces/<ns>/<kind>/<name>", kind as in "destination-rule".
std::string config_path(std::string_view kind, std::string_view ns, std::string_view name);
// The same, in place of what `out` holds.
void put_config_path(std::string_view kind, std::string_view ns, std::string_view name,
                     std::string& out);

// The bytes of a core.ConfigSource: ADS, and wait for the first answer without a limit.
const std::string& ads_without_timeout();
// The same with Envoy's own limit, for what may never come (credentials).
const std::string& ads_with_timeout();
// The bytes of a core.TransportSocket: raw_buffer.
const std::string& raw_buffer_socket();

// The clusters that are resolved by the endpoints of their own message get no EDS; this tells which
// DNS family a proxy asks for (SelectDNSLookupFamily without dual stack): IPv6 only for a proxy
// that has nothing else.
bool only_ipv6(const std::vector<std::string>& proxy_addresses);

}  // namespace mesh::xds
