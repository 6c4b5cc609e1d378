#include "libmesh/xds/telemetry/access_log.h"

#include <optional>
#include <string_view>
#include <utility>

#include "libmesh/schema/gen/envoy/accesslog.h"
#include "libmesh/schema/gen/envoy/cel_access_log_filter.h"
#include "libmesh/xds/telemetry/access_log_providers.h"

namespace mesh::xds {
namespace {

using envoy::accesslog::AccessLogFilter;

// The connection met no filter chain.
constexpr auto kNoChain = [](AccessLogFilter filter) {
  filter.response_flag_filter([](auto& flags) { flags.flags("NR"); });
};

void put_expression(AccessLogFilter filter, const std::string& expression) {
  filter.extension_filter([&](envoy::accesslog::ExtensionFilter extension) {
    extension.name("envoy.access_loggers.extension_filters.cel");
    extension.typed_config<envoy::cel_access_log_filter::ExpressionFilter>(
        [&](auto& config) { config.expression(expression); });
  });
}

// A log without filter becomes one of a listener, or one with an expression.
std::string with_filters(std::string_view log, bool listener,
                         const telemetry::AccessLogging_Filter* chosen) {
  std::string out(log);
  envoy::accesslog::AccessLog message(out);
  if (listener && chosen != nullptr) {
    message.filter([&](AccessLogFilter filter) {
      filter.and_filter([&](auto& both) {
        both.filters(kNoChain);
        both.filters([&](AccessLogFilter second) { put_expression(second, chosen->expression); });
      });
    });
  } else if (listener) {
    message.filter(kNoChain);
  } else if (chosen != nullptr) {
    message.filter([&](AccessLogFilter filter) { put_expression(filter, chosen->expression); });
  }
  return out;
}

void add(std::string_view log, const telemetry::AccessLogging_Filter* filter, bool listener,
         AccessLogs& out) {
  out.http.push_back(with_filters(log, false, filter));
  out.tcp.push_back(out.http.back());
  if (listener) out.listener.push_back(with_filters(log, true, filter));
}

}  // namespace

AccessLogs access_logs(const index::Mesh& mesh, const traffic::TelemetrySide& side) {
  const meshconfig::MeshConfig& config = mesh.config;
  const bool listener = !config.disable_envoy_listener_log;
  AccessLogs out;
  bool decided = false;  // a provider that logs nothing decides as well
  for (const traffic::AccessLogSettings& settings : side.access_logs) {
    const auto log = provider_log(mesh, config.extension_providers[settings.provider]);
    if (!log) continue;
    decided = true;
    if (!settings.disabled) add(*log, settings.filter, listener, out);
  }
  if (decided) return out;
  if (!config.access_log_file.empty()) {
    add(mesh_file_log(config, config.access_log_file), nullptr, listener, out);
  }
  if (config.enable_envoy_access_log_service) {
    out.http.push_back(service_http_log());
    out.tcp.push_back(service_tcp_log("tcp_envoy_accesslog"));
    if (listener) {
      out.listener.push_back(
          with_filters(service_tcp_log("listener_envoy_accesslog"), true, nullptr));
    }
  }
  return out;
}

}  // namespace mesh::xds
