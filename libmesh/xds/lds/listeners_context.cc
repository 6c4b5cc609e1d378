#include "libmesh/xds/lds/listeners_context.h"

#include <algorithm>

#include "libmesh/base/parse_bool.h"
#include "libmesh/model/istiod_variables.h"
#include "libmesh/schema/formats.h"
#include "libmesh/schema/reader.h"
#include "libmesh/traffic/features.h"
#include "libmesh/xds/common.h"
#include "libmesh/xds/flavour.h"
#include "libmesh/xds/lds/filters.h"
#include "libmesh/xds/telemetry/access_log.h"
#include "libmesh/xds/telemetry/stats.h"

namespace mesh::xds {
namespace {

using Hcm = envoy::hcm::HttpConnectionManager;

std::optional<uint32_t> metadata_port(const model::Proxy& proxy, std::string_view key) {
  const document::Value* value = proxy.metadata.find(key);
  if (value == nullptr) return std::nullopt;
  if (const int64_t* number = value->if_int()) return static_cast<uint32_t>(*number);
  return std::nullopt;
}

Hcm::ForwardClientCertDetails forward_details(meshconfig::ForwardClientCertDetails details) {
  using From = meshconfig::ForwardClientCertDetails;
  using To = Hcm::ForwardClientCertDetails;
  switch (details) {
    case From::UNDEFINED:
    case From::SANITIZE_SET:
      return To::SANITIZE_SET;
    case From::SANITIZE:
      return To::SANITIZE;
    case From::FORWARD_ONLY:
      return To::FORWARD_ONLY;
    case From::APPEND_FORWARD:
      return To::APPEND_FORWARD;
    case From::ALWAYS_FORWARD_ONLY:
      return To::ALWAYS_FORWARD_ONLY;
  }
  return To::SANITIZE_SET;
}

const meshconfig::ProxyConfig& empty_proxy_config() {
  static const meshconfig::ProxyConfig config;
  return config;
}

}  // namespace

ListenerContext::ListenerContext(const traffic::ProxyView& v, ListenerClass cls)
    : view(v),
      proxy(v.proxy),
      config(v.mesh().config),
      listener_class(cls),
      istio(has_istio_extensions(v)),
      wildcard(v.proxy.wildcard_address()),
      dual_stack(model::uses_dual_stack(config)),
      extensions(v.extensions, cls == ListenerClass::kInbound ? traffic::TrafficSide::kServer
                                                              : traffic::TrafficSide::kClient) {
  http10 = proxy.http10;
  exact_balance =
      metadata_flag(proxy, cls == ListenerClass::kInbound ? "INBOUND_LISTENER_EXACT_BALANCE"
                                                          : "OUTBOUND_LISTENER_EXACT_BALANCE");
  unprivileged_ = metadata_flag(proxy, "UNPRIVILEGED_POD");
  idle_timeout = schema::parse_duration(proxy.metadata.string_at("IDLE_TIMEOUT"));
  for (std::string_view key : {"ENVOY_STATUS_PORT", "ENVOY_PROMETHEUS_PORT",
                               "ENVOY_SECURE_METRICS_PORT", "ENVOY_SECURE_MERGED_METRICS_PORT"}) {
    if (auto port = metadata_port(proxy, key); port && *port != 0) static_ports_.push_back(*port);
  }
  read_proxy_config();
  read_headers();
  read_connections();
  set_sessions();
  set_telemetry();
  if (cls != ListenerClass::kOutbound) security = security_filters(v);
}

void ListenerContext::read_proxy_config() {
  const document::Value* own = proxy.metadata.find("PROXY_CONFIG");
  if (own != nullptr && own->is_map()) {
    // The agent sends what it runs with: nothing in it is the user's to mend here.
    Diagnostics ignored;
    schema::ReadContext context{ignored, "", "PROXY_CONFIG", ""};
    context.options.protojson = true;
    schema::read(*own, context, own_proxy_config_.emplace());
    proxy_config_ = &*own_proxy_config_;
  } else {
    proxy_config_ = config.default_config ? config.default_config.get() : &empty_proxy_config();
  }
}

void ListenerContext::read_headers() {
  // Outbound listeners leave Envoy's own name; a mistake of long ago that users rely on.
  if (listener_class != ListenerClass::kOutbound) headers.server_name = "istio-envoy";
  if (!proxy_config_->proxy_headers) return;
  const auto& set = *proxy_config_->proxy_headers;
  if (set.forwarded_client_cert != meshconfig::ForwardClientCertDetails::UNDEFINED) {
    headers.forwarded_client_cert = forward_details(set.forwarded_client_cert);
  }
  if (set.server && set.server->disabled.value_or(false)) {
    headers.server_name.clear();
    headers.pass_server_header = true;
  } else if (set.server && !set.server->value.empty()) {
    headers.server_name = set.server->value;
  }
  headers.no_request_id = set.request_id && set.request_id->disabled.value_or(false);
  headers.suppress_debug_headers =
      set.envoy_debug_headers && set.envoy_debug_headers->disabled.value_or(false);
  headers.skip_external_metadata =
      set.metadata_exchange_headers &&
      set.metadata_exchange_headers->mode ==
          meshconfig::ProxyConfig_ProxyHeaders_MetadataExchangeMode::IN_MESH;
  headers.x_forwarded_port = set.x_forwarded_port && set.x_forwarded_port->enabled.value_or(false);
  headers.preserve_http1_case = set.preserve_http1_header_case.value_or(false);
  if (const auto& cert = set.set_current_client_cert_details) {
    headers.cert_subject = cert->subject.value_or(true);
    headers.cert_uri = cert->uri.value_or(true);
    headers.cert_dns = cert->dns.value_or(true);
    headers.cert_pem = cert->cert.value_or(false);
    headers.cert_chain = cert->chain.value_or(false);
  }
}

// The EDGE profile is Envoy's advice for edge proxies; it counts for gateways only
// (applyEdgeProfileDefaults).
void ListenerContext::read_connections() {
  using Settings = meshconfig::ProxyConfig_ConnectionSettings;
  if (proxy_config_->connection_settings) {
    connections = *proxy_config_->connection_settings;
  } else if (config.default_config && config.default_config->connection_settings) {
    connections = *config.default_config->connection_settings;
  }
  if (!connections || proxy.type != model::ProxyType::kGateway ||
      connections->profile != Settings::Profile::EDGE) {
    return;
  }
  const auto fill = [](auto& field, auto value) {
    if (!field) field = value;
  };
  Settings& edge = *connections;
  fill(edge.listener_per_connection_buffer_limit_bytes, 32768);
  fill(edge.http_idle_timeout, schema::Duration{3600, 0});
  fill(edge.http_stream_idle_timeout, schema::Duration{300, 0});
  fill(edge.http_request_timeout, schema::Duration{300, 0});
  fill(edge.http_request_headers_timeout, schema::Duration{60, 0});
  fill(edge.http_max_concurrent_streams, 100);
  fill(edge.http2_initial_stream_window_size, 65536);
  fill(edge.http2_initial_connection_window_size, 1048576);
  fill(edge.http_merge_slashes, true);
  using Underscores = Settings::HeadersWithUnderscoresAction;
  if (edge.http_headers_with_underscores_action ==
      Underscores::HEADERS_WITH_UNDERSCORES_UNSPECIFIED) {
    edge.http_headers_with_underscores_action =
        Underscores::HEADERS_WITH_UNDERSCORES_REJECT_REQUEST;
  }
  using Slashes = Settings::PathWithEscapedSlashesAction;
  if (edge.http_path_with_escaped_slashes_action ==
      Slashes::PATH_WITH_ESCAPED_SLASHES_UNSPECIFIED) {
    edge.http_path_with_escaped_slashes_action = Slashes::UNESCAPE_AND_REDIRECT;
  }
}

void ListenerContext::set_sessions() {
  if (listener_class == ListenerClass::kInbound) return;
  if (traffic::features_of(config).persistent_sessions) sessions = http_filters::stateful_session();
}

void ListenerContext::set_telemetry() {
  const traffic::TelemetrySide& side =
      listener_class == ListenerClass::kInbound ? view.telemetry->server : view.telemetry->client;
  AccessLogs logs = access_logs(view.mesh(), side);
  http_access_logs = std::move(logs.http);
  tcp_access_logs = std::move(logs.tcp);
  envoy::listener::Listener fields(listener_access_log);
  for (const std::string& log : logs.listener) fields.access_log(envoy::Raw{log});
  tracing = make_tracing(*this, side);
  if (!istio) return;
  StatsFilters stats = stats_filters(config, side, listener_class != ListenerClass::kOutbound);
  http_metrics = std::move(stats.http);
  tcp_metrics = std::move(stats.tcp);
}

bool ListenerContext::can_bind(bool bind_to_port, std::string_view bind, uint32_t port, bool http,
                               bool virtual_ports) const {
  if (bind_to_port && is_privileged(port)) return false;
  // Without an address, HTTP ports share the wildcard; others get the service's own.
  const bool everywhere = bind.empty() ? http : bind == wildcard;
  if (!everywhere) return true;
  if (std::find(static_ports_.begin(), static_ports_.end(), port) != static_ports_.end()) {
    return false;
  }
  return !virtual_ports || (port != outbound_port() && port != inbound_port());
}

std::vector<std::string_view> ListenerContext::more_wildcards() const {
  std::vector<std::string_view> out;
  if (!dual_stack) return out;
  out = wildcard_addresses(proxy);
  out.erase(out.begin());
  return out;
}

void put_additional_addresses(envoy::listener::Listener& out,
                              const std::vector<std::string_view>& addresses, uint32_t port) {
  for (std::string_view more : addresses) {
    out.additional_addresses([&](auto& additional) {
      additional.address([&](envoy::core::Address address) { write_address(address, more, port); });
    });
  }
}

std::vector<std::string_view> wildcard_addresses(const model::Proxy& proxy) {
  if (!proxy.supports_ipv4()) return {"::"};
  if (!proxy.supports_ipv6()) return {"0.0.0.0"};
  return {"0.0.0.0", "::"};
}

std::vector<std::string_view> localhost_addresses(const model::Proxy& proxy) {
  if (!proxy.supports_ipv4()) return {"::1"};
  if (!proxy.supports_ipv6()) return {"127.0.0.1"};
  return {"127.0.0.1", "::1"};
}

bool metadata_flag(const model::Proxy& proxy, std::string_view key) {
  const document::Value* value = proxy.metadata.find(key);
  if (value == nullptr) return false;
  if (const bool* flag = value->if_bool()) return *flag;
  const std::string* text = value->if_string();
  return text != nullptr && parse_bool(*text).value_or(false);
}

std::string listener_name(std::string_view bind, uint32_t port) {
  const Digits digits(port);
  std::string out;
  out.reserve(bind.size() + 1 + digits.text().size());
  append_texts(out, bind, "_", digits.text());
  return out;
}

}  // namespace mesh::xds
