#include "libmesh/injection/forms/validate_proxy_config.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "libmesh/base/net.h"
#include "libmesh/document/value.h"
#include "libmesh/injection/forms/go_errors.h"
#include "libmesh/injection/proxy_config.h"
#include "libmesh/injection/settings.h"
#include "libmesh/schema/formats.h"

namespace mesh::injection::forms {
namespace {

using document::Value;
using Errors = std::vector<std::string>;

int64_t number_at(const Value& message, std::string_view field) {
  const Value* found = message.find(field);
  const int64_t* number = found == nullptr ? nullptr : found->if_int();
  return number == nullptr ? 0 : *number;
}

std::optional<schema::Duration> duration_at(const Value& message, std::string_view field) {
  const std::string_view text = message.string_at(field);
  return text.empty() ? std::nullopt : schema::parse_duration(text);
}

std::string port_fault(int64_t port) {
  if (port >= 1 && port <= 65535) return {};
  return "port number " + std::to_string(port) + " must be in the range 1..65535";
}

bool is_label(std::string_view label) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !label.empty() && label.size() <= 63 && plain(label.front()) && plain(label.back()) &&
         std::all_of(label.begin(), label.end(), [&](char c) { return plain(c) || c == '-'; });
}

bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > 255) return false;
  if (name.ends_with('.')) name.remove_suffix(1);
  for (;;) {
    const size_t dot = name.find('.');
    if (!is_label(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

// net.SplitHostPort's complaint, or empty with both parts set.
std::string split_fault(std::string_view address, std::string_view& host, std::string_view& port) {
  const auto fault = [&](std::string_view why) {
    return "unable to split " + go_quoted(address) + ": address " + std::string(address) + ": " +
           std::string(why);
  };
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return fault("missing port in address");
  port = address.substr(colon + 1);
  if (address.front() == '[') {
    const size_t bracket = address.find(']');
    if (bracket == std::string_view::npos) return fault("missing ']' in address");
    if (bracket + 1 != colon) {
      return fault(bracket + 1 == address.size() ? "missing port in address"
                                                 : "too many colons in address");
    }
    host = address.substr(1, bracket - 1);
    return {};
  }
  host = address.substr(0, colon);
  if (host.find(':') != std::string_view::npos) return fault("too many colons in address");
  return {};
}

std::string address_fault(std::string_view address) {
  std::string_view host;
  std::string_view port;
  if (address.empty()) return "unable to split \"\": missing port in address";
  std::string split = split_fault(address, host, port);
  if (!split.empty()) return split;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size()) {
    return "port (" + std::string(port) + ") is not a number: strconv.Atoi: parsing " +
           go_quoted(port) + ": invalid syntax";
  }
  std::string range = port_fault(number);
  if (!range.empty()) return range;
  if (is_host_name(host) || is_ip_address(host)) return {};
  return go_quoted(host) + " is not a valid hostname or an IP address";
}

void add(Errors& errors, std::string_view prefix, std::string fault) {
  if (!fault.empty()) errors.push_back(std::string(prefix) + std::move(fault));
}

void check_drain_duration(const Value& config, Errors& errors) {
  const schema::Duration drain = duration_at(config, "drainDuration").value_or(schema::Duration());
  if (drain.seconds < 0 || drain.nanos < 0 || (drain.seconds == 0 && drain.nanos < 1'000'000)) {
    errors.emplace_back("invalid drain duration: duration must be greater than 1ms");
  } else if (drain.nanos % 1'000'000 != 0) {
    errors.emplace_back("invalid drain duration: only durations to ms precision are supported");
  } else if (drain.nanos != 0) {
    errors.emplace_back("drain time only supports durations to seconds precision");
  }
}

std::string with_host_ip(std::string_view address) {
  constexpr std::string_view kHostIp = "$(HOST_IP)";
  std::string out(address);
  const size_t at = out.find(kHostIp);
  if (at != std::string::npos) out.replace(at, kHostIp.size(), "127.0.0.1");
  return out;
}

void check_lightstep(const Value& tracer, Errors& errors) {
  constexpr std::string_view kPrefix = "invalid lightstep config: ";
  const std::string_view address = tracer.string_at("address");
  if (address.empty()) add(errors, kPrefix, "address is required");
  add(errors, std::string(kPrefix) + "invalid lightstep address: ", address_fault(address));
  if (tracer.string_at("accessToken").empty()) add(errors, kPrefix, "access token is required");
}

void check_tls(const Value& tls, Errors& errors) {
  const std::string_view mode = tls.string_at("mode");
  const auto has = [&](std::string_view field) { return tls.find(field) != nullptr; };
  const auto fault = [&](std::string_view why) {
    add(errors, "invalid tracing TLS config: ", std::string(why));
  };
  const bool credential = has("credentialName");
  const Value* skip = tls.find("insecureSkipVerify");
  if (skip != nullptr && skip->if_bool() != nullptr && *skip->if_bool()) {
    const bool names = has("caCertificates") || has("subjectAltNames");
    if (mode == "SIMPLE" && (names || credential)) {
      fault(
          "cannot specify CaCertificates or CredentialName or SubjectAltNames when "
          "InsecureSkipVerify is set true");
    } else if (mode == "MUTUAL" && names) {
      fault("cannot specify CaCertificates or SubjectAltNames when InsecureSkipVerify is set true");
    }
  }
  if ((mode == "SIMPLE" || mode == "MUTUAL") && credential) {
    if (has("clientCertificate") || has("caCertificates") || has("privateKey") || has("caCrl")) {
      fault(
          "cannot specify client certificates or CA certificate or CA CRL If credentialName is "
          "set");
    }
    return;
  }
  if (mode != "MUTUAL") return;
  if (!has("clientCertificate")) fault("client certificate required for mutual tls");
  if (!has("privateKey")) fault("private key required for mutual tls");
}

void check_tracing(const Value& config, Errors& errors) {
  const Value* tracing = config.find("tracing");
  if (tracing == nullptr) return;
  if (const Value* tracer = tracing->find("lightstep")) check_lightstep(*tracer, errors);
  if (const Value* tracer = tracing->find("zipkin")) {
    add(errors,
        "invalid zipkin config: ", address_fault(with_host_ip(tracer->string_at("address"))));
  }
  if (const Value* tracer = tracing->find("datadog")) {
    add(errors,
        "invalid datadog config: ", address_fault(with_host_ip(tracer->string_at("address"))));
  }
  if (const Value* tls = tracing->find("tlsSettings")) check_tls(*tls, errors);
}

void check_addresses(const Value& config, Errors& errors) {
  const auto check = [&](std::string_view address, std::string_view what) {
    if (address.empty()) return;
    add(errors, "invalid " + std::string(what) + " address " + go_quoted(address) + ": ",
        address_fault(address));
  };
  check(config.string_at("statsdUdpAddress"), "statsd udp");
  check(config.string_at("envoyMetricsServiceAddress"), "envoy metrics service");
  if (const Value* service = config.find("envoyMetricsService")) {
    check(service->string_at("address"), "envoy metrics service");
  }
  if (const Value* service = config.find("envoyAccessLogService")) {
    check(service->string_at("address"), "envoy access log service");
  }
}

void check_key_provider(const Value& config, Errors& errors) {
  constexpr std::string_view kPrefix = "invalid private key provider configuration: ";
  const Value* provider = config.find("privateKeyProvider");
  if (provider == nullptr) return;
  const Value* chosen = provider->find("cryptomb");
  if (chosen == nullptr) chosen = provider->find("qat");
  if (chosen == nullptr) {
    add(errors, kPrefix, "private key provider configuration is required");
    add(errors, kPrefix, "unknown private key provider");
  } else if (chosen->find("pollDelay") == nullptr) {
    add(errors, kPrefix, "pollDelay is required");
  } else if (duration_at(*chosen, "pollDelay").value_or(schema::Duration()).is_zero()) {
    add(errors, kPrefix, "pollDelay must be non zero");
  }
}

struct NumberRule {
  std::string_view field;
  int64_t least;
  std::string_view fault;
};
constexpr NumberRule kBuffers[] = {
    {"listenerPerConnectionBufferLimitBytes", 0,
     "listener_per_connection_buffer_limit_bytes must be non-negative"},
    {"clusterPerConnectionBufferLimitBytes", 0,
     "cluster_per_connection_buffer_limit_bytes must be non-negative"},
};
constexpr NumberRule kLimits[] = {
    {"httpMaxConcurrentStreams", 1, "http_max_concurrent_streams must be positive"},
    {"http2InitialStreamWindowSize", 65535,
     "http2_initial_stream_window_size must be at least 65535"},
    {"http2InitialConnectionWindowSize", 65535,
     "http2_initial_connection_window_size must be at least 65535"},
    {"listenerConnectionLimit", 1, "listener_connection_limit must be positive"},
    {"globalDownstreamConnectionLimit", 1, "global_downstream_connection_limit must be positive"},
};
constexpr std::string_view kTimes[][2] = {
    {"httpIdleTimeout", "http_idle_timeout"},
    {"httpMaxConnectionDuration", "http_max_connection_duration"},
    {"httpDrainTimeout", "http_drain_timeout"},
    {"httpRequestTimeout", "http_request_timeout"},
    {"httpRequestHeadersTimeout", "http_request_headers_timeout"},
    {"httpStreamIdleTimeout", "http_stream_idle_timeout"},
    {"httpMaxStreamDuration", "http_max_stream_duration"},
};

void check_connection_settings(const Value& config, Errors& errors) {
  constexpr std::string_view kPrefix = "invalid connection settings: ";
  const Value* settings = config.find("connectionSettings");
  if (settings == nullptr) return;
  const auto numbers = [&](const auto& rules) {
    for (const NumberRule& rule : rules) {
      if (settings->find(rule.field) != nullptr && number_at(*settings, rule.field) < rule.least) {
        add(errors, kPrefix, std::string(rule.fault));
      }
    }
  };
  numbers(kBuffers);
  for (const auto& [field, name] : kTimes) {
    const schema::Duration time = duration_at(*settings, field).value_or(schema::Duration());
    if (time.seconds < 0 || time.nanos < 0) {
      add(errors, kPrefix, std::string(name) + " must be non-negative");
    }
  }
  numbers(kLimits);
}

void check_names(const Value& config, Errors& errors) {
  if (config.string_at("configPath").empty()) errors.emplace_back("config path must be set");
  if (config.string_at("binaryPath").empty()) errors.emplace_back("binary path must be set");
  const Value* cluster = config.find("serviceCluster");
  if (cluster != nullptr && config.string_at("serviceCluster").empty()) {
    errors.emplace_back("service cluster must be specified");
  } else if (cluster == nullptr && config.find("tracingServiceName") == nullptr) {
    errors.emplace_back("oneof service cluster or tracing service name must be specified");
  }
}

Errors faults_of(const Value& config) {
  Errors errors;
  check_names(config, errors);
  check_drain_duration(config, errors);
  const std::string_view discovery = config.string_at("discoveryAddress");
  if (discovery.empty()) {
    errors.emplace_back("discovery address must be set to the proxy discovery service");
  } else {
    add(errors, "invalid discovery address: ", address_fault(discovery));
  }
  check_tracing(config, errors);
  check_addresses(config, errors);
  add(errors, "invalid proxy admin port: ", port_fault(number_at(config, "proxyAdminPort")));
  if (config.string_at("controlPlaneAuthPolicy") == "INHERIT") {
    errors.emplace_back(
        "invalid authentication policy: unrecognized control plane auth policy \"INHERIT\"");
  }
  add(errors, "invalid status port: ", port_fault(number_at(config, "statusPort")));
  check_key_provider(config, errors);
  check_connection_settings(config, errors);
  return errors;
}

const ProxyConfig& defaults() {
  static const ProxyConfigs kDefaults(document::Value(document::Map{}), "", {});
  return *kDefaults.mesh_default();
}

}  // namespace

std::string proxy_config_fault(std::string_view yaml) {
  const Result<ProxyConfigPtr> merged = merge_proxy_config(defaults(), yaml);
  if (!merged) {
    constexpr std::string_view kOther = "could not parse proxy config: ";
    std::string_view why = merged.error().message;
    if (why.starts_with(kOther)) why.remove_prefix(kOther.size());
    return "failed to convert to apply proxy config: " + std::string(why);
  }
  return error_list(faults_of((*merged)->document));
}

}  // namespace mesh::injection::forms
