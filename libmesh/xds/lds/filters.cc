#include "libmesh/xds/lds/filters.h"

#include <string>

#include "libmesh/schema/gen/envoy/cors.h"
#include "libmesh/schema/gen/envoy/grpc_stats.h"
#include "libmesh/schema/gen/envoy/grpc_web.h"
#include "libmesh/schema/gen/envoy/hcm.h"
#include "libmesh/schema/gen/envoy/http_fault.h"
#include "libmesh/schema/gen/envoy/http_inspector.h"
#include "libmesh/schema/gen/envoy/istio_alpn.h"
#include "libmesh/schema/gen/envoy/istio_stats.h"
#include "libmesh/schema/gen/envoy/listener.h"
#include "libmesh/schema/gen/envoy/listener_proxy_protocol.h"
#include "libmesh/schema/gen/envoy/original_dst.h"
#include "libmesh/schema/gen/envoy/original_src.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/router.h"
#include "libmesh/schema/gen/envoy/tcp_proxy.h"
#include "libmesh/schema/gen/envoy/tls_inspector.h"
#include "libmesh/schema/gen/envoy/udpa_type.h"
#include "libmesh/xds/stateful_session.h"

namespace mesh::xds {
namespace {

// The mark that Istio's iptables rules for TPROXY let pass.
constexpr uint32_t kOriginalSourceMark = 1337;
// Envoy's default would be 64 KiB for each connection.
constexpr uint32_t kTlsInspectorBuffer = 512;

template <typename Config, typename F>
std::string http_filter(std::string_view name, F&& fill) {
  std::string out;
  envoy::hcm::HttpConnectionManager(out).http_filters([&](auto& filter) {
    filter.name(name);
    filter.template typed_config<Config>(fill);
  });
  return out;
}

template <typename Config>
std::string http_filter(std::string_view name) {
  return http_filter<Config>(name, [](auto&) {});
}

template <typename Config, typename F>
std::string network_filter(std::string_view name, F&& fill) {
  std::string out;
  envoy::listener::FilterChain(out).filters([&](auto& filter) {
    filter.name(name);
    filter.template typed_config<Config>(fill);
  });
  return out;
}

template <typename Config, typename F>
std::string listener_filter_message(std::string_view name, F&& fill) {
  std::string out;
  envoy::listener::ListenerFilter filter(out);
  filter.name(name);
  filter.typed_config<Config>(fill);
  return out;
}

std::string listener_filter(std::string_view message) {
  std::string out;
  envoy::listener::Listener(out).listener_filters(envoy::Raw{message});
  return out;
}

// Istio's peer_metadata filter has no message in Envoy's API: a TypedStruct stands for it.
template <typename F>
std::string peer_metadata(F&& fill) {
  return http_filter<envoy::udpa_type::TypedStruct>("istio.metadata_exchange", [&](auto& config) {
    config.type_url("type.googleapis.com/io.istio.http.peer_metadata.Config");
    config.value(fill);
  });
}

std::string make_metadata_exchange_inbound() {
  return peer_metadata([](auto& value) {
    value.list("downstream_discovery", [](auto& list) {
      list.structure([](auto& s) { s.structure("istio_headers", [](auto&) {}); });
      list.structure([](auto& s) { s.structure("workload_discovery", [](auto&) {}); });
    });
    value.list("downstream_propagation", [](auto& list) {
      list.structure([](auto& s) { s.structure("istio_headers", [](auto&) {}); });
    });
  });
}

std::string make_metadata_exchange_outbound(bool skip_external) {
  return peer_metadata([&](auto& value) {
    value.list("upstream_discovery", [](auto& list) {
      list.structure([](auto& s) { s.structure("istio_headers", [](auto&) {}); });
      list.structure([](auto& s) { s.structure("workload_discovery", [](auto&) {}); });
    });
    value.list("upstream_propagation", [&](auto& list) {
      list.structure([&](auto& s) {
        s.structure("istio_headers", [&](auto& headers) {
          if (skip_external) headers.boolean("skip_external_clusters", true);
        });
      });
    });
  });
}

// "istio" and the plain protocol stand beside each name so that old proxies and servers out of the
// mesh agree on one as well.
std::string make_alpn() {
  using Config = envoy::istio_alpn::FilterConfig;
  return http_filter<Config>("istio.alpn", [](auto& config) {
    const auto override_with = [&](Config::Protocol protocol, std::string_view mesh_name,
                                   std::string_view plain_name) {
      config.alpn_override([&](auto& entry) {
        entry.upstream_protocol(protocol);
        entry.alpn_override(mesh_name);
        entry.alpn_override("istio");
        entry.alpn_override(plain_name);
      });
    };
    override_with(Config::Protocol::HTTP10, "istio-http/1.0", "http/1.0");
    override_with(Config::Protocol::HTTP11, "istio-http/1.1", "http/1.1");
    override_with(Config::Protocol::HTTP2, "istio-h2", "h2");
  });
}

constexpr std::string_view kStats = "istio.stats";

auto stats_config(bool disable_host_header_fallback) {
  return [=](auto& config) { config.disable_host_header_fallback(disable_host_header_fallback); };
}

}  // namespace

namespace http_filters {

std::string_view metadata_exchange_inbound() {
  static const std::string filter = make_metadata_exchange_inbound();
  return filter;
}

std::string_view metadata_exchange_outbound(bool skip_external) {
  static const std::string everywhere = make_metadata_exchange_outbound(false);
  static const std::string in_mesh = make_metadata_exchange_outbound(true);
  return skip_external ? in_mesh : everywhere;
}

std::string_view grpc_web() {
  static const std::string filter =
      http_filter<envoy::grpc_web::GrpcWeb>("envoy.filters.http.grpc_web");
  return filter;
}

std::string_view grpc_stats() {
  static const std::string filter = http_filter<envoy::grpc_stats::FilterConfig>(
      "envoy.filters.http.grpc_stats", [](auto& config) {
        config.emit_filter_state(true);
        config.stats_for_all_methods(false);
      });
  return filter;
}

std::string_view alpn() {
  static const std::string filter = make_alpn();
  return filter;
}

std::string_view fault() {
  static const std::string filter =
      http_filter<envoy::http_fault::HTTPFault>("envoy.filters.http.fault");
  return filter;
}

std::string_view cors() {
  static const std::string filter = http_filter<envoy::cors::Cors>("envoy.filters.http.cors");
  return filter;
}

std::string_view stats(bool disable_host_header_fallback) {
  using Config = envoy::istio_stats::PluginConfig;
  static const std::string with_fallback = http_filter<Config>(kStats, stats_config(false));
  static const std::string without = http_filter<Config>(kStats, stats_config(true));
  return disable_host_header_fallback ? without : with_fallback;
}

std::string_view router(bool suppress_debug_headers) {
  using Config = envoy::router::Router;
  static const std::string plain = http_filter<Config>("envoy.filters.http.router");
  static const std::string quiet = http_filter<Config>(
      "envoy.filters.http.router", [](auto& config) { config.suppress_envoy_headers(true); });
  return suppress_debug_headers ? quiet : plain;
}

// What a service's routes say goes before this nothing.
std::string_view stateful_session() {
  static const std::string filter =
      http_filter<envoy::stateful_session::StatefulSession>(kSessionFilter);
  return filter;
}

}  // namespace http_filters

namespace network_filters {

std::string_view metadata_exchange() {
  static const std::string filter =
      network_filter<envoy::udpa_type::TypedStruct>("istio.metadata_exchange", [](auto& config) {
        config.type_url("type.googleapis.com/envoy.tcp.metadataexchange.config.MetadataExchange");
        config.value([](auto& value) {
          value.boolean("enable_discovery", true);
          value.string("protocol", "istio-peer-exchange");
        });
      });
  return filter;
}

std::string_view stats(bool disable_host_header_fallback) {
  using Config = envoy::istio_stats::PluginConfig;
  static const std::string with_fallback = network_filter<Config>(kStats, stats_config(false));
  static const std::string without = network_filter<Config>(kStats, stats_config(true));
  return disable_host_header_fallback ? without : with_fallback;
}

std::string_view black_hole() {
  static const std::string filter = network_filter<envoy::tcp_proxy::TcpProxy>(
      "envoy.filters.network.tcp_proxy", [](auto& config) {
        config.stat_prefix("BlackHoleCluster");
        config.cluster("BlackHoleCluster");
      });
  return filter;
}

}  // namespace network_filters

namespace listener_filters {

std::string_view original_destination() {
  static const std::string filter =
      listener_filter(listener_filter_message<envoy::original_dst::OriginalDst>(
          "envoy.filters.listener.original_dst", [](auto&) {}));
  return filter;
}

std::string_view original_source() {
  static const std::string filter =
      listener_filter(listener_filter_message<envoy::original_src::OriginalSrc>(
          "envoy.filters.listener.original_src",
          [](auto& config) { config.mark(kOriginalSourceMark); }));
  return filter;
}

std::string_view proxy_protocol() {
  static const std::string filter =
      listener_filter(listener_filter_message<envoy::listener_proxy_protocol::ProxyProtocol>(
          "envoy.filters.listener.proxy_protocol", [](auto&) {}));
  return filter;
}

std::string_view tls_inspector_message() {
  static const std::string message = listener_filter_message<envoy::tls_inspector::TlsInspector>(
      "envoy.filters.listener.tls_inspector",
      [](auto& config) { config.initial_read_buffer_size(kTlsInspectorBuffer); });
  return message;
}

std::string_view http_inspector_message() {
  static const std::string message = listener_filter_message<envoy::http_inspector::HttpInspector>(
      "envoy.filters.listener.http_inspector", [](auto&) {});
  return message;
}

std::string_view tls_inspector() {
  static const std::string filter = listener_filter(tls_inspector_message());
  return filter;
}

std::string_view http_inspector() {
  static const std::string filter = listener_filter(http_inspector_message());
  return filter;
}

}  // namespace listener_filters

}  // namespace mesh::xds
