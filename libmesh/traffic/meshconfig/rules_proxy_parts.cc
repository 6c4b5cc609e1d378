// What Istio refuses in the messages of a ProxyConfig: tracers, key providers (validatePrivateKeyProvider), settings of
// connections (validateConnectionSettings).
#include "libmesh/traffic/check/rules_tls.h"
#include "libmesh/traffic/meshconfig/rules.h"

namespace mesh::traffic {
namespace {

using Settings = meshconfig::ProxyConfig_ConnectionSettings;

// On nodes, tracers are reached at the node's own address.
std::string with_host_ip(std::string address) {
  constexpr std::string_view kHostIp = "$(HOST_IP)";
  const size_t found = address.find(kHostIp);
  if (found != std::string::npos) address.replace(found, kHostIp.size(), "127.0.0.1");
  return address;
}

struct NumberRule {
  const char* name;
  std::optional<int32_t> Settings::* value;
  int32_t least;
};
constexpr NumberRule kNumbers[] = {
    {"listenerPerConnectionBufferLimitBytes", &Settings::listener_per_connection_buffer_limit_bytes,
     0},
    {"clusterPerConnectionBufferLimitBytes", &Settings::cluster_per_connection_buffer_limit_bytes,
     0},
    {"httpMaxConcurrentStreams", &Settings::http_max_concurrent_streams, 1},
    {"http2InitialStreamWindowSize", &Settings::http2_initial_stream_window_size, 65535},
    {"http2InitialConnectionWindowSize", &Settings::http2_initial_connection_window_size, 65535},
    {"listenerConnectionLimit", &Settings::listener_connection_limit, 1},
    {"globalDownstreamConnectionLimit", &Settings::global_downstream_connection_limit, 1},
};

struct TimeRule {
  const char* name;
  std::optional<schema::Duration> Settings::* value;
};
constexpr TimeRule kTimes[] = {
    {"httpIdleTimeout", &Settings::http_idle_timeout},
    {"httpMaxConnectionDuration", &Settings::http_max_connection_duration},
    {"httpDrainTimeout", &Settings::http_drain_timeout},
    {"httpRequestTimeout", &Settings::http_request_timeout},
    {"httpRequestHeadersTimeout", &Settings::http_request_headers_timeout},
    {"httpStreamIdleTimeout", &Settings::http_stream_idle_timeout},
    {"httpMaxStreamDuration", &Settings::http_max_stream_duration},
};

}  // namespace

void check_proxy_tracing(const meshconfig::Tracing& tracing, const std::string& path,
                         Finder& finder) {
  if (tracing.lightstep) {
    check_proxy_address(tracing.lightstep->address, path + ".lightstep.address", finder);
    if (tracing.lightstep->access_token.empty()) {
      finder.invalid(path + ".lightstep.accessToken", "is not set", "write the token");
    }
  }
  if (tracing.zipkin) {
    check_proxy_address(with_host_ip(tracing.zipkin->address), path + ".zipkin.address", finder);
  }
  if (tracing.datadog) {
    check_proxy_address(with_host_ip(tracing.datadog->address), path + ".datadog.address", finder);
  }
  if (tracing.tls_settings) {
    check_client_tls(*tracing.tls_settings, path + ".tlsSettings", finder);
  }
}

void check_key_provider(const meshconfig::PrivateKeyProvider& provider, const std::string& path,
                        Finder& finder) {
  auto check_delay = [&](const auto& settings, const char* name) {
    const std::string field = path + name + ".pollDelay";
    if (!settings.poll_delay) {
      finder.invalid(field, "is not set", "write how long to wait for more requests: 0.02s");
    } else if (settings.poll_delay->is_zero()) {
      finder.invalid(field, "is 0", "write more than 0: 0.02s");
    }
  };
  if (provider.cryptomb) {
    check_delay(*provider.cryptomb, ".cryptomb");
  } else if (provider.qat) {
    check_delay(*provider.qat, ".qat");
  } else {
    finder.invalid(path, "does not say which", "write cryptomb or qat, or take it away");
  }
}

void check_connection_settings(const Settings& settings, const std::string& path, Finder& finder) {
  for (const NumberRule& rule : kNumbers) {
    const std::optional<int32_t>& value = settings.*rule.value;
    if (!value || *value >= rule.least) continue;
    finder.invalid(path + "." + rule.name,
                   std::to_string(*value) + " is less than " + std::to_string(rule.least),
                   "write " + std::to_string(rule.least) + " or more");
  }
  for (const TimeRule& rule : kTimes) {
    const schema::Duration value = (settings.*rule.value).value_or(schema::Duration());
    if (value.seconds >= 0 && value.nanos >= 0) continue;
    finder.invalid(path + "." + rule.name, "is negative", "write 0s, which is no end, or more");
  }
}

}  // namespace mesh::traffic
