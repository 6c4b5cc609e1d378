// What Istio refuses in a ProxyConfig (ValidateMeshConfigProxyConfig).
#include "libmesh/traffic/check/go_text.h"
#include "libmesh/traffic/check/rules_tls.h"
#include "libmesh/traffic/check/words.h"
#include "libmesh/traffic/meshconfig/rules.h"

namespace mesh::traffic {
namespace {

// The parts of HOST:PORT or [HOST]:PORT, as Go's net.SplitHostPort has them; false when they are not there.
bool split_address(std::string_view address, std::string_view& host, std::string_view& port) {
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return false;
  host = address.substr(0, colon);
  port = address.substr(colon + 1);
  if (!host.starts_with('[')) return host.find_first_of(":[]") == std::string_view::npos;
  if (host.find(']') != host.size() - 1) return false;
  host = host.substr(1, host.size() - 2);
  return true;
}

void check_set(const std::string& text, const std::string& field, const std::string& mend,
               Finder& finder) {
  if (text.empty()) finder.invalid(field, "is empty", mend);
}

void check_names(const meshconfig::ProxyConfig& config, const std::string& path, Finder& finder) {
  check_set(config.config_path, path + "configPath", "leave it out: ./etc/istio/proxy", finder);
  check_set(config.binary_path, path + "binaryPath", "leave it out: /usr/local/bin/envoy", finder);
  if (config.service_cluster) {
    check_set(*config.service_cluster, path + "serviceCluster",
              "name it, or write tracingServiceName", finder);
  } else if (!config.tracing_service_name) {
    finder.invalid(path + "tracingServiceName", "is not set, and serviceCluster is not either",
                   "write one of them");
  }
}

// Envoy is told whole seconds (ValidateDrainDuration).
void check_drain(const meshconfig::ProxyConfig& config, const std::string& path, Finder& finder) {
  constexpr int32_t kMillisecond = 1'000'000;
  const auto drain = config.drain_duration.value_or(schema::Duration());
  const std::string field = path + "drainDuration";
  check_duration(drain, field, finder);
  const bool told =
      drain.seconds < 0 || drain.nanos < 0 || drain.nanos % kMillisecond != 0 || drain.is_zero();
  if (told || drain.nanos == 0) return;
  finder.invalid(field, "has parts of a second", "write whole seconds");
}

void check_addresses(const meshconfig::ProxyConfig& config, const std::string& path,
                     Finder& finder) {
  auto check = [&](const std::string& address, const char* name) {
    if (!address.empty()) check_proxy_address(address, path + name, finder);
  };
  if (config.discovery_address.empty()) {
    finder.invalid(path + "discoveryAddress", "is empty", "write istiod.istio-system.svc:15012");
  }
  check(config.discovery_address, "discoveryAddress");
  check(config.statsd_udp_address, "statsdUdpAddress");
  check(config.envoy_metrics_service_address, "envoyMetricsServiceAddress");
  if (config.envoy_metrics_service) {
    check(config.envoy_metrics_service->address, "envoyMetricsService.address");
  }
  if (config.envoy_access_log_service) {
    check(config.envoy_access_log_service->address, "envoyAccessLogService.address");
  }
}

void check_deprecated(const meshconfig::ProxyConfig& config, const std::string& path,
                      Finder& finder) {
  constexpr const char* kAllocate = "ISTIO_META_DNS_AUTO_ALLOCATE";
  if (!config.envoy_metrics_service_address.empty()) {
    finder.warn(Code::kDeprecated, path + "envoyMetricsServiceAddress", "is deprecated",
                "write envoyMetricsService.address");
  }
  if (config.proxy_metadata.contains(kAllocate)) {
    finder.warn(Code::kDeprecated, path + "proxyMetadata." + kAllocate, "is deprecated",
                "take it away: istiod allocates addresses itself, PILOT_ENABLE_IP_AUTOALLOCATE");
  }
}

}  // namespace

void check_signed_port(int64_t port, const std::string& field, Finder& finder) {
  if (port >= 1 && port <= 65535) return;
  finder.invalid(field, std::to_string(port) + " is no port", "write a number from 1 to 65535");
}

void check_proxy_address(const std::string& address, const std::string& field, Finder& finder) {
  std::string_view host;
  std::string_view port;
  if (!split_address(address, host, port)) {
    finder.invalid(field, quoted(address) + " is not HOST:PORT",
                   "write a name or an IP address, \":\" and a port; IPv6 in brackets");
  } else if (const int64_t number = go_number(port); number < 1 || number > 65535) {
    finder.invalid(field, quoted(address) + " has no port from 1 to 65535",
                   "write HOST:PORT with a number");
  } else if (!is_fqdn(host) && !is_address(host)) {
    finder.invalid(field, quoted(host) + " is no name of a host and no IP address",
                   "write HOST:PORT without scheme and path");
  }
}

void check_proxy_rules(const meshconfig::ProxyConfig& config, const std::string& path,
                       Finder& finder) {
  check_names(config, path, finder);
  check_drain(config, path, finder);
  check_addresses(config, path, finder);
  check_deprecated(config, path, finder);
  if (config.tracing) check_proxy_tracing(*config.tracing, path + "tracing", finder);
  check_signed_port(config.proxy_admin_port, path + "proxyAdminPort", finder);
  check_signed_port(config.status_port, path + "statusPort", finder);
  if (config.control_plane_auth_policy == meshconfig::AuthenticationPolicy::INHERIT) {
    finder.invalid(path + "controlPlaneAuthPolicy", "is INHERIT, and there is nothing to inherit",
                   "write MUTUAL_TLS or NONE");
  }
  if (config.private_key_provider) {
    check_key_provider(*config.private_key_provider, path + "privateKeyProvider", finder);
  }
  if (config.connection_settings) {
    check_connection_settings(*config.connection_settings, path + "connectionSettings", finder);
  }
}

}  // namespace mesh::traffic
