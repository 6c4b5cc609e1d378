#include "libmesh/xds/cds/cluster_settings.h"

#include "libmesh/schema/gen/envoy/cares.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/metadata_exchange.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/type.h"
#include "libmesh/schema/gen/envoy/udpa_type.h"
#include "libmesh/xds/cds/cluster_http.h"
#include "libmesh/xds/cds/cluster_lb.h"
#include "libmesh/xds/common.h"
#include "libmesh/xds/dns_family.h"
#include "libmesh/xds/flavour.h"

namespace mesh::xds {
namespace {

namespace cluster = envoy::cluster;

constexpr uint32_t kUnlimited = 0xffffffff;

// ProxyConfig.proxyHeaders.preserveHttp1HeaderCase of the node's own PROXY_CONFIG, else the mesh's.
bool preserves_header_case(const traffic::ProxyView& view) {
  if (const document::Value* own = view.proxy.metadata.find("PROXY_CONFIG"); own != nullptr) {
    const document::Value* headers = own->find("proxyHeaders");
    const document::Value* keep =
        headers == nullptr ? nullptr : headers->find("preserveHttp1HeaderCase");
    const bool* value = keep == nullptr ? nullptr : keep->if_bool();
    return value != nullptr && *value;
  }
  const auto& config = view.mesh().config->default_config;
  return config && config->proxy_headers &&
         config->proxy_headers->preserve_http1_header_case.value_or(false);
}

uint32_t limit(int32_t wanted) { return wanted > 0 ? static_cast<uint32_t>(wanted) : kUnlimited; }

void write_retry_budget(const networking::TrafficPolicy_RetryBudget& budget,
                        cluster::CircuitBreakers_Thresholds& out) {
  out.retry_budget([&](auto& b) {
    b.budget_percent([&](auto& percent) { percent.value(budget.percent.value_or(20.0)); });
    if (budget.budget_interval) b.budget_interval(*budget.budget_interval);
    b.min_retry_concurrency(budget.min_retry_concurrency > 0 ? budget.min_retry_concurrency : 3);
  });
}

void write_breakers(const networking::ConnectionPoolSettings* pool,
                    const networking::TrafficPolicy_RetryBudget* budget, cluster::Cluster& out) {
  const auto* http = pool == nullptr ? nullptr : pool->http.get();
  const auto* tcp = pool == nullptr ? nullptr : pool->tcp.get();
  out.circuit_breakers([&](auto& breakers) {
    breakers.thresholds([&](auto& t) {
      t.max_connections(tcp == nullptr ? kUnlimited : limit(tcp->max_connections));
      t.max_pending_requests(http == nullptr ? kUnlimited
                                             : limit(http->http1_max_pending_requests));
      t.max_requests(http == nullptr ? kUnlimited : limit(http->http2_max_requests));
      t.max_retries(http == nullptr ? kUnlimited : limit(http->max_retries));
      if (budget != nullptr) write_retry_budget(*budget, t);
    });
  });
}

void write_thresholds(const networking::ConnectionPoolSettings* pool,
                      const networking::TrafficPolicy_RetryBudget* budget, cluster::Cluster& out) {
  static const std::string unlimited = [] {
    std::string bytes;
    cluster::Cluster fields(bytes);
    write_breakers(nullptr, nullptr, fields);
    return bytes;
  }();
  if (pool == nullptr && budget == nullptr) {
    out.append_raw(unlimited);
  } else {
    write_breakers(pool, budget, out);
  }
}

// The mesh's keepalive with the rule's over it, attribute by attribute.
void write_keepalive(const networking::ConnectionPoolSettings_TCPSettings_TcpKeepalive* mesh,
                     const networking::ConnectionPoolSettings_TCPSettings_TcpKeepalive* rule,
                     cluster::Cluster& out) {
  if (mesh == nullptr && rule == nullptr) return;
  uint32_t probes = 0;
  std::optional<int64_t> time;
  std::optional<int64_t> interval;
  for (const auto* from : {mesh, rule}) {
    if (from == nullptr) continue;
    if (from->probes > 0) probes = from->probes;
    if (from->time) time = from->time->seconds;
    if (from->interval) interval = from->interval->seconds;
  }
  out.upstream_connection_options([&](auto& options) {
    options.tcp_keepalive([&](auto& keepalive) {
      if (probes > 0) keepalive.keepalive_probes(probes);
      if (time) keepalive.keepalive_time(static_cast<uint32_t>(*time));
      if (interval) keepalive.keepalive_interval(static_cast<uint32_t>(*interval));
    });
  });
}

const std::string& cares_resolver() {
  static const std::string bytes = [] {
    std::string out;
    envoy::core::TypedExtensionConfig config(out);
    config.name("envoy.network.dns_resolver.cares");
    config.typed_config<envoy::cares::CaresDnsResolverConfig>(
        [](auto& cares) { cares.udp_max_queries(100); });
    return out;
  }();
  return bytes;
}

void write_dns(const ClusterContext& context, const ClusterSettings& settings,
               cluster::Cluster& out) {
  using Family = cluster::Cluster_DnsLookupFamily;
  out.dns_lookup_family(settings.race_dns ? Family::ALL : dns_family(context.view));
  out.typed_dns_resolver_config(wire::Raw{cares_resolver()});
  out.dns_jitter(schema::Duration{0, 100'000'000});
  if (context.config.dns_refresh_rate) out.dns_refresh_rate(*context.config.dns_refresh_rate);
  out.respect_dns_ttl(true);
}

}  // namespace

ClusterContext::ClusterContext(const traffic::ProxyView& v)
    : view(v),
      config(v.mesh().config),
      istio(has_istio_extensions(v)),
      sidecar(v.proxy.type == model::ProxyType::kSidecar),
      preserve_case(preserves_header_case(v)),
      auto_mtls(v.mesh().config->enable_auto_mtls.value_or(false)),
      client_certificate(v.proxy.metadata.string_at("TLS_CLIENT_CERT_CHAIN")) {}

std::string_view ClusterContext::client_key() const {
  return view.proxy.metadata.string_at("TLS_CLIENT_KEY");
}

std::string_view ClusterContext::client_root() const {
  return view.proxy.metadata.string_at("TLS_CLIENT_ROOT_CERT");
}

bool ClusterContext::credential_socket() const {
  return view.proxy.metadata.string_at("credential") == "true";
}

bool ClusterContext::file_socket() const {
  return view.proxy.metadata.string_at("file-credential") == "true";
}

void write_connection_pool(const ClusterContext& context,
                           const networking::ConnectionPoolSettings* pool,
                           const networking::TrafficPolicy_RetryBudget* retry_budget,
                           cluster::Cluster& out) {
  const auto* tcp = pool == nullptr ? nullptr : pool->tcp.get();
  if (tcp != nullptr && tcp->connect_timeout) {
    out.connect_timeout(*tcp->connect_timeout);
  } else if (context.config.connect_timeout) {
    out.connect_timeout(*context.config.connect_timeout);
  }
  write_thresholds(pool, retry_budget, out);
  write_keepalive(context.config.tcp_keepalive.get(),
                  tcp == nullptr ? nullptr : tcp->tcp_keepalive.get(), out);
}

void write_metadata_exchange(const ClusterContext& context, cluster::Cluster& out) {
  if (!context.istio) return;
  // Istio sends it as a TypedStruct: its proxies know the message by name only.
  static const std::string filter = [] {
    std::string bytes;
    cluster::Filter f(bytes);
    f.name(kMetadataExchangeFilter);
    f.typed_config<envoy::udpa_type::TypedStruct>([](auto& config) {
      config.type_url(envoy::metadata_exchange::MetadataExchange::kTypeUrl);
      config.value([](auto& value) {
        value.string("protocol", "istio-peer-exchange");
        value.boolean("enable_discovery", true);
      });
    });
    return bytes;
  }();
  out.filters(wire::Raw{filter});
}

void write_settings(const ClusterContext& context, const ClusterSettings& settings,
                    cluster::Cluster& out) {
  const bool outbound = settings.direction == ClusterSettings::Direction::kOutbound;
  if (!settings.dynamic_forward_proxy) out.type(settings.type);
  if (settings.dns) write_dns(context, settings, out);
  write_connection_pool(context, settings.connection_pool, settings.retry_budget, out);
  write_http_options(settings, out);
  if (outbound) {
    if (settings.outlier_detection != nullptr) {
      write_outlier_detection(*settings.outlier_detection, out);
    }
    write_load_balancer(context, settings, out);
    write_metadata_exchange(context, out);
  } else {
    out.common_lb_config();
    if (settings.type == DiscoveryType::ORIGINAL_DST) {
      out.lb_policy(cluster::Cluster_LbPolicy::CLUSTER_PROVIDED);
    }
  }
}

}  // namespace mesh::xds
