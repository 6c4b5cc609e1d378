// Pieces of Envoy's messages that more than one kind of resource carries, and the names Istio gives
// to its own clusters. Everything that does not depend on the input is serialized once.
//
// Follows pilot/pkg/networking/util/util.go and pilot/pkg/xds/filters/filters.go in Istio.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
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

// The decimal digits of a number.
class Digits {
 public:
  explicit Digits(uint32_t number)
      : size_(static_cast<size_t>(std::to_chars(text_, text_ + sizeof text_, number).ptr - text_)) {
  }
  std::string_view text() const { return {text_, size_}; }

 private:
  char text_[10];
  size_t size_;
};
void append_number(uint32_t number, std::string& out);

// Appends the texts in one step; none of them may be part of `out`. The length of a literal is known: it is copied
// without a call.
template <size_t kSize>
constexpr size_t text_size(const char (&)[kSize]) {
  return kSize - 1;
}
constexpr size_t text_size(std::string_view text) { return text.size(); }
template <size_t kSize>
char* put_text(char* to, const char (&literal)[kSize]) {
  std::memcpy(to, literal, kSize - 1);
  return to + kSize - 1;
}
inline char* put_text(char* to, std::string_view text) { return to + text.copy(to, text.size()); }

template <typename... Texts>
void append_texts(std::string& out, const Texts&... texts) {
  char* to = wire::extend(out, (text_size(texts) + ...));
  ((to = put_text(to, texts)), ...);
}

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
