// What all listeners of one view have in common: the settings that decide about them, and the parts
// of their messages that follow from the mesh and the proxy alone, serialized once per generation.
//
// Settings are those of Istio's ListenerBuilder (pilot/pkg/networking/core/listener_builder.go),
// util.GetProxyHeaders and connection_settings.go.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/schema/gen/envoy/hcm.h"
#include "libmesh/schema/gen/envoy/listener.h"
#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/extensions/filters.h"
#include "libmesh/xds/security/security_filters.h"
#include "libmesh/xds/telemetry/tracing.h"

namespace mesh::xds {

enum class ListenerClass : uint8_t { kOutbound, kInbound, kGateway };

// ProxyConfig.proxyHeaders with its defaults.
struct ProxyHeaders {
  using Hcm = envoy::hcm::HttpConnectionManager;
  std::string server_name;
  bool pass_server_header = false;
  Hcm::ForwardClientCertDetails forwarded_client_cert =
      Hcm::ForwardClientCertDetails::APPEND_FORWARD;
  bool cert_subject = true;  // parts of the certificate that inbound listeners forward
  bool cert_uri = true;
  bool cert_dns = true;
  bool cert_pem = false;
  bool cert_chain = false;
  bool no_request_id = false;
  bool suppress_debug_headers = false;
  bool skip_external_metadata = false;
  bool x_forwarded_port = false;
  bool preserve_http1_case = false;
};

struct ListenerContext {
  ListenerContext(const traffic::ProxyView& view, ListenerClass listener_class);

  const traffic::ProxyView& view;
  const model::Proxy& proxy;
  const meshconfig::MeshConfig& config;
  ListenerClass listener_class;
  bool istio;                 // Istio's own filters are there (flavour.h)
  std::string_view wildcard;  // the main one of wildcard_addresses()
  bool dual_stack;            // proxies of both families use both
  bool http10 = false;
  bool exact_balance = false;
  std::optional<schema::Duration> idle_timeout;
  std::optional<meshconfig::ProxyConfig_ConnectionSettings> connections;
  ProxyHeaders headers;

  SecurityFilters security;  // empty in outbound listeners of sidecars

  // Bytes of AccessLog messages, by what they belong to.
  std::vector<std::string> http_access_logs;
  std::vector<std::string> tcp_access_logs;
  // Fields of a Listener: its access logs.
  std::string listener_access_log;
  // Istio's own metrics: fields of a connection manager, and of a FilterChain before a tcp_proxy.
  std::string http_metrics;
  std::string tcp_metrics;
  std::string_view
      sessions;  // a field of a connection manager: the filter of sticky sessions; empty: none
  Tracing tracing;

  ExtensionFilters extensions;  // WasmPlugins and TrafficExtensions

  const meshconfig::ProxyConfig& proxy_config() const { return *proxy_config_; }
  // The ports of the two listeners that interception redirects to.
  uint32_t outbound_port() const { return static_cast<uint32_t>(config.proxy_listen_port); }
  uint32_t inbound_port() const { return static_cast<uint32_t>(config.proxy_inbound_listen_port); }
  bool intercepts() const { return proxy.interception != model::Interception::kNone; }
  // With dual stack, the wildcard addresses beside the main one; else none.
  std::vector<std::string_view> more_wildcards() const;
  // The proxy runs without the right to bind this port.
  bool is_privileged(uint32_t port) const { return unprivileged_ && port > 0 && port < 1024; }
  // False when a listener may not be bound there: a port below 1024 that an unprivileged proxy
  // would have to bind itself, or one of the proxy's own ports on the wildcard address
  // (CanBindToPort). virtual_ports: the redirection ports count among its own.
  bool can_bind(bool bind_to_port, std::string_view bind, uint32_t port, bool http,
                bool virtual_ports) const;

 private:
  void read_proxy_config();
  void read_headers();
  void read_connections();
  void set_sessions();
  void set_telemetry();

  std::optional<meshconfig::ProxyConfig> own_proxy_config_;  // from the proxy's metadata
  const meshconfig::ProxyConfig* proxy_config_ = nullptr;
  bool unprivileged_ = false;
  std::vector<uint32_t> static_ports_;
};

// Addresses by the proxy's IP families, the first of them the main one (listener_address.go).
std::vector<std::string_view> wildcard_addresses(const model::Proxy& proxy);
std::vector<std::string_view> localhost_addresses(const model::Proxy& proxy);

// Addresses of a listener beside its main one (BuildAdditionalAddresses).
void put_additional_addresses(envoy::listener::Listener& out,
                              const std::vector<std::string_view>& addresses, uint32_t port);

// "true" and what else Go's ParseBool takes, of a metadata entry.
bool metadata_flag(const model::Proxy& proxy, std::string_view key);

// `bind`_`port`: the name of a listener (getListenerName).
std::string listener_name(std::string_view bind, uint32_t port);

}  // namespace mesh::xds
