#include "libmesh/xds/telemetry/stats.h"

#include <array>
#include <string_view>
#include <utility>

#include "libmesh/schema/gen/envoy/hcm.h"
#include "libmesh/schema/gen/envoy/istio_stats.h"
#include "libmesh/schema/gen/envoy/listener.h"
#include "libmesh/xds/lds/filters.h"

namespace mesh::xds {
namespace {

using envoy::istio_stats::MetricConfig;
using envoy::istio_stats::PluginConfig;

constexpr std::string_view kStats = "istio.stats";

// What Prometheus calls a metric; custom ones are what they are.
std::string_view prometheus_name(std::string_view metric) {
  using Entry = std::pair<std::string_view, std::string_view>;
  static constexpr std::array<Entry, 10> kNames = {{
      {"REQUEST_COUNT", "requests_total"},
      {"REQUEST_DURATION", "request_duration_milliseconds"},
      {"REQUEST_SIZE", "request_bytes"},
      {"RESPONSE_SIZE", "response_bytes"},
      {"TCP_OPENED_CONNECTIONS", "tcp_connections_opened_total"},
      {"TCP_CLOSED_CONNECTIONS", "tcp_connections_closed_total"},
      {"TCP_SENT_BYTES", "tcp_sent_bytes_total"},
      {"TCP_RECEIVED_BYTES", "tcp_received_bytes_total"},
      {"GRPC_REQUEST_MESSAGES", "request_messages_total"},
      {"GRPC_RESPONSE_MESSAGES", "response_messages_total"},
  }};
  for (const auto& [name, prometheus] : kNames) {
    if (name == metric) return prometheus;
  }
  return metric;
}

void put_metric(MetricConfig& out, std::string_view name, const traffic::MetricOverride& change) {
  out.name(prometheus_name(name));
  out.drop(change.disabled);
  for (const auto& [tag, value] : change.tags) {
    if (value) out.dimensions(tag, *value);
  }
  for (const auto& [tag, value] : change.tags) {
    if (!value) out.tags_to_remove(tag);
  }
}

// The bytes of a PluginConfig.
std::string plugin_config(const traffic::MetricsSettings& settings, bool disable_fallback) {
  std::string out;
  PluginConfig config(out);
  config.disable_host_header_fallback(disable_fallback);
  if (settings.interval) config.tcp_reporting_duration(*settings.interval);
  for (const auto& [name, change] : settings.overrides) {
    const traffic::MetricOverride& override = change;
    config.metrics([&, &metric = name](MetricConfig c) { put_metric(c, metric, override); });
  }
  return out;
}

void add(const traffic::MetricsSettings& settings, bool disable_fallback, StatsFilters& out) {
  if (!settings.interval && settings.overrides.empty()) {
    out.http.append(http_filters::stats(disable_fallback));
    out.tcp.append(network_filters::stats(disable_fallback));
    return;
  }
  const std::string config = plugin_config(settings, disable_fallback);
  const auto put = [&](auto& filter) {
    filter.name(kStats);
    filter.template typed_config<PluginConfig>(envoy::Raw{config});
  };
  envoy::hcm::HttpConnectionManager(out.http).http_filters(put);
  envoy::listener::FilterChain(out.tcp).filters(put);
}

}  // namespace

StatsFilters stats_filters(const meshconfig::MeshConfig& config, const traffic::TelemetrySide& side,
                           bool disable_host_header_fallback) {
  StatsFilters out;
  for (const traffic::MetricsSettings& settings : side.metrics) {
    if (!config.extension_providers[settings.provider].prometheus) continue;
    add(settings, disable_host_header_fallback, out);
  }
  return out;
}

}  // namespace mesh::xds
