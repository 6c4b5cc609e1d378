// Dynamic forward proxies: filters that resolve the host of a request or of a TLS connection
// themselves (xds/filters/filters.go, networkfilter.go in Istio).
#include <charconv>

#include "libmesh/schema/gen/envoy/cares.h"
#include "libmesh/schema/gen/envoy/cluster.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/dynamic_forward_proxy.h"
#include "libmesh/schema/gen/envoy/dynamic_forward_proxy_cache.h"
#include "libmesh/xds/common.h"
#include "libmesh/xds/dns_family.h"
#include "libmesh/xds/lds/hcm.h"

namespace mesh::xds {
namespace {

using envoy::dynamic_forward_proxy_cache::DnsCacheConfig;

// PILOT_ALLOW_ANY_DYNAMIC_DNS_MAX_HOSTS
constexpr uint32_t kAllowAnyMaxHosts = 1024;
constexpr std::string_view kAgentDnsHost = "127.0.0.1";
constexpr uint32_t kAgentDnsPort = 15053;

template <typename F>
std::string filter_with_cache(F&& fill_cache) {
  using Config = envoy::dynamic_forward_proxy::FilterConfig;
  std::string out;
  envoy::hcm::HttpConnectionManager(out).http_filters([&](auto& filter) {
    filter.name("envoy.filters.http.dynamic_forward_proxy");
    filter.template typed_config<Config>(
        [&](auto& config) { config.dns_cache_config(fill_cache); });
  });
  return out;
}

// The agent's resolver, from "host:port" of DNS_PROXY_ADDR.
struct Resolver {
  std::string_view host = kAgentDnsHost;
  uint32_t port = kAgentDnsPort;
};

Resolver agent_resolver(std::string_view address) {
  Resolver out;
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return out;
  uint32_t port = 0;
  const auto end = address.data() + address.size();
  if (std::from_chars(address.data() + colon + 1, end, port).ptr == end) out.port = port;
  std::string_view host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  out.host = host == "localhost" ? kAgentDnsHost : host;
  return out;
}

}  // namespace

std::string dynamic_forward_proxy_filter(const traffic::ProxyView& view, std::string_view host) {
  return filter_with_cache([&](DnsCacheConfig cache) {
    cache.name(dns_cache_name(host));
    cache.dns_lookup_family(dns_family(view));
  });
}

std::string allow_any_forward_proxy_filter(const traffic::ProxyView& view) {
  const model::Proxy& proxy = view.proxy;
  return filter_with_cache([&](DnsCacheConfig cache) {
    cache.name(kAllowAnyDnsCache);
    cache.max_hosts(kAllowAnyMaxHosts);
    cache.dns_lookup_family(dns_family(view));
    if (!proxy.dns_capture) return;
    const Resolver agent = agent_resolver(proxy.metadata.string_at("DNS_PROXY_ADDR"));
    cache.typed_dns_resolver_config([&](envoy::core::TypedExtensionConfig resolver) {
      resolver.name("envoy.network.dns_resolver.cares");
      resolver.typed_config<envoy::cares::CaresDnsResolverConfig>([&](auto& cares) {
        cares.resolvers(
            [&](envoy::core::Address address) { write_address(address, agent.host, agent.port); });
      });
    });
  });
}

}  // namespace mesh::xds
