// What Istio logs of extension providers (pkg/config/validation/agent/extensionprovider.go).
#include "libmesh/traffic/check/words.h"
#include "libmesh/traffic/meshconfig/provider_words.h"
#include "libmesh/traffic/meshconfig/rules.h"

namespace mesh::traffic {
namespace {

using Provider = meshconfig::MeshConfig_ExtensionProvider;

// "namespace/host": the namespace may be "*", "." or begin with "~"; the host has a dot, or is "*"
// (ValidateNamespaceSlashWildcardHostname).
bool is_scoped_host(std::string_view text) {
  const size_t slash = text.find('/');
  std::string_view ns = text.substr(0, slash);
  const std::string_view host = text.substr(slash + 1);
  if (ns.empty() || host.empty()) return false;
  if (ns.starts_with('~')) ns.remove_prefix(1);
  if (!ns.empty() && ns != "*" && ns != "." && !is_dns_label(ns)) return false;
  if (host == "*") return true;
  const bool part = host.find('*') != std::string_view::npos && !host.starts_with("*.");
  return !part && host.find('.') != std::string_view::npos && is_wildcard_domain(host);
}

bool is_service(std::string_view text) {
  if (text.find('/') != std::string_view::npos) return is_scoped_host(text);
  return is_fqdn(text) || is_address(text);
}

// What is wrong with one provider, at its fields.
class ProviderCheck {
 public:
  ProviderCheck(std::string path, Finder& finder) : path_(std::move(path)), finder_(finder) {}

  void tell(const std::string& field, std::string message, std::string mend) {
    finder_.warn(Code::kProviderUnusable, path_ + field, std::move(message), std::move(mend));
  }
  template <typename Settings>
  void service(const Settings& settings, const std::string& name) {
    if (settings.port < 1 || settings.port > 65535) {
      tell(name + ".port", std::to_string(settings.port) + " is no port",
           "write a number from 1 to 65535");
    }
    if (settings.service.empty()) {
      tell(name + ".service", "is not set", "write HOST or NAMESPACE/HOST");
    } else if (!is_service(settings.service)) {
      tell(name + ".service", quoted(settings.service) + " is no host",
           "write HOST or NAMESPACE/HOST with the whole name, without port");
    }
  }
  template <typename Settings>
  void authorizer(const Settings& settings, const std::string& name) {
    service(settings, name);
    if (settings.status_on_error.empty() || is_provider_status(settings.status_on_error)) return;
    tell(name + ".statusOnError", quoted(settings.status_on_error) + " is no HTTP status",
         "write a number like \"403\"");
  }

 private:
  const std::string path_;
  Finder& finder_;
};

// False when the provider is none of these.
bool check_tracer(const Provider& provider, ProviderCheck& check) {
  if (provider.zipkin) {
    check.service(*provider.zipkin, ".zipkin");
  } else if (provider.lightstep) {
    check.service(*provider.lightstep, ".lightstep");
    if (provider.lightstep->access_token.empty()) {
      check.tell(".lightstep.accessToken", "is not set", "write the token");
    }
  } else if (provider.datadog) {
    check.service(*provider.datadog, ".datadog");
  } else if (provider.opencensus) {
    check.service(*provider.opencensus, ".opencensus");
  } else if (provider.skywalking) {
    check.service(*provider.skywalking, ".skywalking");
  } else if (provider.opentelemetry) {
    check.service(*provider.opentelemetry, ".opentelemetry");
    if (provider.opentelemetry->http && provider.opentelemetry->grpc) {
      check.tell(".opentelemetry.grpc", "stands beside http", "write one of them");
    }
  } else {
    return false;
  }
  return true;
}

bool check_logger(const Provider& provider, ProviderCheck& check) {
  if (provider.envoy_http_als) {
    check.service(*provider.envoy_http_als, ".envoyHttpAls");
  } else if (provider.envoy_tcp_als) {
    check.service(*provider.envoy_tcp_als, ".envoyTcpAls");
  } else if (provider.envoy_otel_als) {
    check.service(*provider.envoy_otel_als, ".envoyOtelAls");
  } else {
    return provider.prometheus || provider.stackdriver || provider.envoy_file_access_log;
  }
  return true;
}

bool check_authorizer(const Provider& provider, ProviderCheck& check) {
  if (provider.envoy_ext_authz_grpc) {
    check.authorizer(*provider.envoy_ext_authz_grpc, ".envoyExtAuthzGrpc");
  } else if (provider.envoy_ext_authz_http) {
    const std::string& prefix = provider.envoy_ext_authz_http->path_prefix;
    check.authorizer(*provider.envoy_ext_authz_http, ".envoyExtAuthzHttp");
    if (!prefix.empty() && !is_provider_path(prefix)) {
      check.tell(".envoyExtAuthzHttp.pathPrefix", quoted(prefix) + " is no path",
                 "begin it with \"/\", and write \"%\" as %25");
    }
  } else {
    return false;
  }
  return true;
}

}  // namespace

void check_provider_rules(const meshconfig::MeshConfig& config, Finder& finder) {
  for (size_t i = 0; i < config.extension_providers.size(); ++i) {
    const Provider& provider = config.extension_providers[i];
    ProviderCheck check(at("extensionProviders", i), finder);
    if (provider.name.empty()) check.tell(".name", "is not set", "name it, for others to name it");
    if (check_authorizer(provider, check) || check_tracer(provider, check) ||
        check_logger(provider, check)) {
      continue;
    }
    check.tell(
        provider.sds ? ".sds" : "",
        provider.sds ? "is a kind of provider that Istio does not have" : "does not say what it is",
        "write one kind of provider: zipkin, opentelemetry, envoyFileAccessLog, …");
  }
}

}  // namespace mesh::traffic
