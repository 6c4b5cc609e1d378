#include "libmesh/xds/cds/cluster_special.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "libmesh/schema/gen/envoy/cares.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/dynamic_forward_proxy_cache.h"
#include "libmesh/schema/gen/envoy/dynamic_forward_proxy_cluster.h"
#include "libmesh/schema/gen/envoy/endpoint.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/upstream_http.h"
#include "libmesh/xds/cds/cluster_builder.h"
#include "libmesh/xds/cds/cluster_http.h"
#include "libmesh/xds/common.h"
#include "libmesh/xds/dns_family.h"

namespace mesh::xds {
namespace {

namespace cluster = envoy::cluster;
namespace core = envoy::core;
using DnsCache = envoy::dynamic_forward_proxy_cache::DnsCacheConfig;
using ForwardProxy = envoy::dynamic_forward_proxy_cluster::ClusterConfig;
using LbPolicy = cluster::Cluster_LbPolicy;

constexpr std::string_view kForwardProxyCluster = "envoy.clusters.dynamic_forward_proxy";
constexpr std::string_view kCredentialSocket = "./var/run/secrets/credential-uds/socket";
constexpr std::string_view kCredentialCluster = "sds-external";

void write_name(std::string_view name, cluster::Cluster& out) {
  thread_local std::string stat_name;
  stat_name.clear();
  append_texts(stat_name, name, ";");
  out.name(name);
  out.alt_stat_name(stat_name);
}

void write_connect_timeout(const ClusterContext& context, cluster::Cluster& out) {
  if (context.config.connect_timeout) out.connect_timeout(*context.config.connect_timeout);
}

// The mesh's default pool bounds what goes to the outside as well.
const networking::ConnectionPoolSettings* default_pool(const ClusterContext& context) {
  const auto& policy = context.config.default_traffic_policy;
  return policy ? policy->connection_pool.get() : nullptr;
}

// "host:port" of the node metadata DNS_PROXY_ADDR.
void read_dns_proxy_address(const document::Value& metadata, std::string& host, uint32_t& port) {
  const document::Value* value = metadata.find("DNS_PROXY_ADDR");
  const std::string* text = value == nullptr ? nullptr : value->if_string();
  const size_t at = text == nullptr ? std::string::npos : text->rfind(':');
  if (at == std::string::npos) return;
  uint32_t number = 0;
  const char* end = text->data() + text->size();
  auto [last, error] = std::from_chars(text->data() + at + 1, end, number);
  if (error != std::errc() || last != end || number == 0) return;
  host = text->substr(0, at);
  if (host == "localhost") host = "127.0.0.1";
  port = number;
}

void write_passthrough(const ClusterContext& context, cluster::Cluster& out) {
  out.type(DiscoveryType::ORIGINAL_DST);
  out.lb_policy(LbPolicy::CLUSTER_PROVIDED);
  write_passthrough_http_options(context.preserve_case, out);
  write_connection_pool(context, default_pool(context), nullptr, out);
}

}  // namespace

bool races_dns(const model::Service& service) {
  static const std::string annotation = "istio.io/connect-strategy";
  constexpr std::string_view kRace = "RACE_FIRST_TCP_CONNECT";
  auto it = service.annotations.find(annotation);
  if (it == service.annotations.end()) return false;
  return std::equal(it->second.begin(), it->second.end(), kRace.begin(), kRace.end(),
                    [](unsigned char a, char b) { return std::toupper(a) == b; });
}

bool forwards(model::Protocol protocol) {
  using model::Protocol;
  return protocol == Protocol::kHttp || protocol == Protocol::kTls || protocol == Protocol::kGrpc ||
         protocol == Protocol::kHttp2;
}

void write_forward_proxy_type(const ClusterContext& context, const model::Service& service,
                              bool insecure, cluster::Cluster& out) {
  out.cluster_type([&](auto& type) {
    type.name(kForwardProxyCluster);
    type.template typed_config<ForwardProxy>([&](auto& proxy) {
      proxy.dns_cache_config([&](auto& cache) {
        cache.name(service.hostname + "_dfp_dns_cache");
        cache.dns_lookup_family(dns_family(context.view));
      });
      proxy.allow_insecure_cluster_options(insecure);
    });
  });
}

void write_allow_any_dns_cache(const traffic::ProxyView& view, DnsCache& out) {
  out.name(kAllowAnyDnsCache);
  out.max_hosts(1024);
  out.dns_lookup_family(dns_family(view));
  if (!view.proxy.dns_capture) return;
  std::string host = "127.0.0.1";
  uint32_t port = 15053;
  read_dns_proxy_address(view.proxy.metadata, host, port);
  out.typed_dns_resolver_config([&](auto& resolver) {
    resolver.name("envoy.network.dns_resolver.cares");
    resolver.template typed_config<envoy::cares::CaresDnsResolverConfig>([&](auto& cares) {
      cares.resolvers([&](auto& address) { write_address(address, host, port); });
    });
  });
}

void write_port_override(const model::Service& service, uint32_t port, cluster::Cluster& out) {
  auto it = service.passthrough_target_ports.find(port);
  if (it == service.passthrough_target_ports.end()) return;
  out.original_dst_lb_config([&](auto& lb) { lb.upstream_port_override(it->second); });
}

std::string_view source_fields(bool ipv4, bool ipv6) {
  const auto make = [](std::string_view main, bool extra) {
    std::string out;
    cluster::Cluster(out).upstream_bind_config([&](auto& config) {
      config.source_address([&](auto& source) {
        source.address(main);
        source.port_value(0);
      });
      if (!extra) return;
      config.extra_source_addresses([](auto& more) {
        more.address([](auto& address) {
          address.address(kPassthroughBindIpv6);
          address.port_value(0);
        });
      });
    });
    return out;
  };
  static const std::string only_ipv6 = make(kPassthroughBindIpv6, false);
  static const std::string only_ipv4 = make(kPassthroughBindIpv4, false);
  static const std::string both = make(kPassthroughBindIpv4, true);
  if (!ipv4) return only_ipv6;
  return ipv6 ? both : only_ipv4;
}

void ClusterBuilder::add_black_hole(Resources& out) {
  bytes_.clear();
  cluster::Cluster c(bytes_);
  write_name(kBlackHoleCluster, c);
  c.type(DiscoveryType::STATIC);
  write_connect_timeout(context_, c);
  finish(kBlackHoleCluster, out);
}

void ClusterBuilder::add_passthrough(Resources& out) {
  bytes_.clear();
  cluster::Cluster c(bytes_);
  write_name(kPassthroughCluster, c);
  write_passthrough(context_, c);
  write_metadata_exchange(context_, c);
  finish(kPassthroughCluster, out);
}

void ClusterBuilder::add_inbound_passthrough(Resources& out) {
  bytes_.clear();
  cluster::Cluster c(bytes_);
  // It keeps the statistics name of the cluster it is a copy of, as in Istio.
  c.name(kInboundPassthroughCluster);
  static const std::string stat_name = std::string(kPassthroughCluster) + ";";
  c.alt_stat_name(stat_name);
  write_passthrough(context_, c);
  const model::Proxy& proxy = context_.view.proxy;
  c.append_raw(source_fields(proxy.supports_ipv4(), proxy.supports_ipv6()));
  finish(kInboundPassthroughCluster, out);
}

void ClusterBuilder::add_allow_any_dynamic_dns(Resources& out) {
  const auto& policy = context_.config.outbound_traffic_policy;
  const networking::ClientTLSSettings* rule = policy ? policy->tls.get() : nullptr;
  using Mode = ClientTls::Mode;
  const bool encrypted = rule != nullptr && rule->mode != Mode::DISABLE;
  TlsRequest request;
  request.dynamic_forward_proxy = true;
  ClusterSettings settings;
  settings.dynamic_forward_proxy = true;
  std::optional<ClientTls> tls;
  if (encrypted) {
    tls = tls_of_rule(*rule);
    apply_tls_to_settings(context_, *tls, request, settings);
  }
  bytes_.clear();
  cluster::Cluster c(bytes_);
  write_name(kAllowAnyDynamicDnsCluster, c);
  c.lb_policy(LbPolicy::CLUSTER_PROVIDED);
  c.cluster_type([&](auto& type) {
    type.name(kForwardProxyCluster);
    type.template typed_config<ForwardProxy>([&](auto& proxy) {
      proxy.dns_cache_config([&](auto& cache) { write_allow_any_dns_cache(context_.view, cache); });
      // Envoy otherwise insists on SNI and names that are checked by themselves.
      proxy.allow_insecure_cluster_options(!encrypted || settings.insecure_options);
    });
  });
  write_connection_pool(context_, nullptr, nullptr, c);
  if (settings.auto_sni || settings.auto_san) {
    write_http_options(settings, c);  // replaces the others, as in Istio
  } else {
    write_passthrough_http_options(context_.preserve_case, c);
  }
  tls_.write(tls, request, settings, nullptr, kAllowAnyDynamicDnsCluster, c);
  write_metadata_exchange(context_, c);
  finish(kAllowAnyDynamicDnsCluster, out);
}

void ClusterBuilder::add_credential_socket(Resources& out) {
  bytes_.clear();
  cluster::Cluster c(bytes_);
  write_name(kCredentialCluster, c);
  c.type(DiscoveryType::STATIC);
  write_connect_timeout(context_, c);
  c.load_assignment([](auto& assignment) {
    assignment.cluster_name(kCredentialCluster);
    assignment.endpoints([](auto& locality) {
      locality.lb_endpoints([](auto& e) {
        e.endpoint([](auto& host) {
          host.address([](auto& a) { write_address(a, kCredentialSocket, 0); });
        });
      });
    });
  });
  using Options = envoy::upstream_http::HttpProtocolOptions;
  c.typed_extension_protocol_options<Options>(Options::kFullName, [](auto& options) {
    options.explicit_http_config([](auto& version) { version.http2_protocol_options(); });
  });
  finish(kCredentialCluster, out);
}

}  // namespace mesh::xds
