#include "libmesh/xds/telemetry/tracing_providers.h"

#include <string_view>
#include <vector>

#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/resource_detectors.h"
#include "libmesh/schema/gen/envoy/samplers.h"
#include "libmesh/schema/gen/envoy/trace.h"
#include "libmesh/xds/telemetry/tracing_tags.h"
#include "libmesh/xds/telemetry/url_path.h"

namespace mesh::xds {
namespace {

using traffic::ExtensionProvider;
using traffic::ProviderCluster;
using Headers = std::vector<meshconfig::MeshConfig_ExtensionProvider_HttpHeader>;
using Zipkin = meshconfig::MeshConfig_ExtensionProvider_ZipkinTracingProvider;
using Otel = meshconfig::MeshConfig_ExtensionProvider_OpenTelemetryTracingProvider;
using Enrichment = meshconfig::MeshConfig_ExtensionProvider_ServiceAttributeEnrichment;

// Envoy wants one.
constexpr schema::Duration kZipkinTimeout{5, 0};

template <typename Config, typename F>
std::string make_provider(std::string_view name, F&& fill) {
  std::string out;
  envoy::trace::Tracing_Http http(out);
  http.name(name);
  http.typed_config<Config>(fill);
  return out;
}

// Where spans or questions of a sampler go over HTTP.
struct HttpTarget {
  std::string_view uri;
  std::string_view cluster;
  const std::optional<schema::Duration>& timeout;
  const Headers& headers;
};

// A header whose value comes from the environment of the control plane has none here.
std::string_view value_of(const meshconfig::MeshConfig_ExtensionProvider_HttpHeader& header) {
  return header.value ? std::string_view(*header.value) : std::string_view();
}

void put_http_service(envoy::core::HttpService& out, const HttpTarget& target) {
  out.http_uri([&](envoy::core::HttpUri uri) {
    uri.uri(target.uri);
    uri.cluster(target.cluster);
    if (target.timeout) uri.timeout(*target.timeout);
  });
  for (const auto& header : target.headers) {
    out.request_headers_to_add([&](envoy::core::HeaderValueOption option) {
      option.append_action(envoy::core::HeaderValueOption::OVERWRITE_IF_EXISTS_OR_ADD);
      option.header([&](envoy::core::HeaderValue value) {
        value.key(header.name);
        value.value(value_of(header));
      });
    });
  }
}

void put_grpc(envoy::core::GrpcService& out, const ProviderCluster& to) {
  out.envoy_grpc([&](auto& grpc) {
    grpc.cluster_name(to.cluster);
    grpc.authority(to.host);
  });
}

// ---- Zipkin ---------------------------------------------------------------------------------

void put_zipkin(envoy::trace::ZipkinConfig& out, const Zipkin& zipkin, const ProviderCluster& to,
                const model::Proxy& proxy) {
  using Option = meshconfig::MeshConfig_ExtensionProvider_ZipkinTracingProvider_TraceContextOption;
  const std::string path = zipkin.path.empty() ? "/api/v2/spans" : zipkin.path;
  out.collector_endpoint_version(envoy::trace::ZipkinConfig::HTTP_JSON);
  out.trace_id_128bit(!zipkin.enable_64bit_trace_id);
  out.shared_span_context(false);
  if (is_at_least(proxy, 1, 29)) {
    const std::string uri = "http://" + to.host + path;
    const std::optional<schema::Duration> timeout = zipkin.timeout.value_or(kZipkinTimeout);
    out.collector_service([&](envoy::core::HttpService service) {
      put_http_service(service, {uri, to.cluster, timeout, zipkin.headers});
    });
  } else {
    // Timeout and headers are for newer proxies.
    out.collector_cluster(to.cluster);
    out.collector_endpoint(path);
    out.collector_hostname(to.host);
  }
  if (is_at_least(proxy, 1, 28) &&
      zipkin.trace_context_option == Option::USE_B3_WITH_W3C_PROPAGATION) {
    out.trace_context_option(envoy::trace::ZipkinConfig::USE_B3_WITH_W3C_PROPAGATION);
  }
}

// ---- OpenTelemetry --------------------------------------------------------------------------

// The bytes of a DynatraceSamplerConfig; nothing when it does not know where to ask.
std::optional<std::string> dynatrace_sampler(const index::Mesh& mesh, const Otel& otel,
                                             const ProviderCluster& exporter) {
  const auto& sampler = *otel.dynatrace_sampler;
  static const meshconfig::MeshConfig_ExtensionProvider_HttpService kNone;
  const auto* http = otel.http.get();
  ProviderCluster to = exporter;
  std::string_view path = "api/v2/samplingConfiguration";
  if (sampler.http_service) {
    const auto own =
        traffic::provider_cluster(mesh, sampler.http_service->service, sampler.http_service->port);
    if (!own) return std::nullopt;
    to = *own;
    http = sampler.http_service->http ? sampler.http_service->http.get() : &kNone;
    path = http->path;
  }
  if (http == nullptr) return std::nullopt;
  const auto uri = join_url_path(to.host, path);
  if (!uri) return std::nullopt;
  std::string out;
  envoy::samplers::DynatraceSamplerConfig config(out);
  config.tenant(sampler.tenant);
  config.cluster_id(sampler.cluster_id);
  config.root_spans_per_minute(sampler.root_spans_per_minute);
  config.http_service([&](envoy::core::HttpService service) {
    put_http_service(service, {*uri, to.cluster, http->timeout, http->headers});
  });
  return out;
}

void put_detectors(envoy::trace::OpenTelemetryConfig& out, const Otel& otel) {
  const auto& detectors = otel.resource_detectors;
  // The conventions let the environment say more about the proxy.
  const bool environment =
      (detectors && detectors->environment) ||
      otel.service_attribute_enrichment == Enrichment::OTEL_SEMANTIC_CONVENTIONS;
  const bool dynatrace = detectors && detectors->dynatrace;
  const auto put_environment = [&] {
    out.resource_detectors([](auto& detector) {
      detector.name("envoy.tracers.opentelemetry.resource_detectors.environment");
      detector
          .template typed_config<envoy::resource_detectors::EnvironmentResourceDetectorConfig>();
    });
  };
  const bool first = detectors && detectors->environment;
  if (first) put_environment();
  if (dynatrace) {
    out.resource_detectors([](auto& detector) {
      detector.name("envoy.tracers.opentelemetry.resource_detectors.dynatrace");
      detector.template typed_config<envoy::resource_detectors::DynatraceResourceDetectorConfig>();
    });
  }
  if (environment && !first) put_environment();
}

void put_otel_grpc(envoy::core::GrpcService& out, const Otel& otel, const ProviderCluster& to) {
  put_grpc(out, to);
  if (!otel.grpc) return;
  if (otel.grpc->timeout) out.timeout(*otel.grpc->timeout);
  for (const auto& header : otel.grpc->initial_metadata) {
    out.initial_metadata([&](envoy::core::HeaderValue value) {
      value.key(header.name);
      value.value(value_of(header));
    });
  }
}

std::optional<std::string> otel_provider(const traffic::ProxyView& view, const Otel& otel,
                                         const ProviderCluster& to) {
  using Config = envoy::trace::OpenTelemetryConfig;
  std::optional<std::string> uri;
  if (otel.http) {
    uri = join_url_path(to.host, otel.http->path);
    if (!uri) return std::nullopt;
  }
  std::optional<std::string> sampler;
  if (otel.dynatrace_sampler) {
    sampler = dynatrace_sampler(view.mesh(), otel, to);
    if (!sampler) return std::nullopt;
  }
  const bool conventions =
      otel.service_attribute_enrichment == Enrichment::OTEL_SEMANTIC_CONVENTIONS;
  return make_provider<Config>("envoy.tracers.opentelemetry", [&](Config& config) {
    config.service_name(conventions ? otel_service_name(view.proxy) : view.proxy.service_cluster);
    if (uri) {
      config.http_service([&](envoy::core::HttpService service) {
        put_http_service(service, {*uri, to.cluster, otel.http->timeout, otel.http->headers});
      });
    } else {
      config.grpc_service([&](auto& service) { put_otel_grpc(service, otel, to); });
    }
    put_detectors(config, otel);
    if (!sampler) return;
    config.sampler([&](auto& out) {
      out.name("envoy.tracers.opentelemetry.samplers.dynatrace");
      out.template typed_config<envoy::samplers::DynatraceSamplerConfig>(envoy::Raw{*sampler});
    });
  });
}

// The service of a provider, whatever its kind.
struct Endpoint {
  std::string_view service;
  uint32_t port = 0;
};

std::optional<Endpoint> endpoint_of(const ExtensionProvider& provider) {
  if (provider.zipkin) return Endpoint{provider.zipkin->service, provider.zipkin->port};
  if (provider.datadog) return Endpoint{provider.datadog->service, provider.datadog->port};
  if (provider.skywalking) return Endpoint{provider.skywalking->service, provider.skywalking->port};
  if (provider.opentelemetry) {
    return Endpoint{provider.opentelemetry->service, provider.opentelemetry->port};
  }
  return std::nullopt;
}

std::string datadog_provider(const model::Proxy& proxy, const ProviderCluster& to) {
  return make_provider<envoy::trace::DatadogConfig>("envoy.tracers.datadog", [&](auto& config) {
    config.collector_cluster(to.cluster);
    config.service_name(proxy.service_cluster);
    config.collector_hostname(to.host);
  });
}

std::string skywalking_provider(const ProviderCluster& to) {
  return make_provider<envoy::trace::SkyWalkingConfig>(
      "envoy.tracers.skywalking",
      [&](auto& config) { config.grpc_service([&](auto& service) { put_grpc(service, to); }); });
}

}  // namespace

std::optional<Tracer> make_tracer(const traffic::ProxyView& view,
                                  const ExtensionProvider& provider) {
  const auto endpoint = endpoint_of(provider);
  if (!endpoint) return std::nullopt;
  const auto to = traffic::provider_cluster(view.mesh(), endpoint->service, endpoint->port);
  if (!to) return std::nullopt;
  Tracer out;
  out.spawns_span = view.proxy.type == model::ProxyType::kGateway;
  if (const auto& zipkin = provider.zipkin) {
    out.max_tag_length = zipkin->max_tag_length;
    out.provider = make_provider<envoy::trace::ZipkinConfig>(
        "envoy.tracers.zipkin",
        [&](auto& config) { put_zipkin(config, *zipkin, *to, view.proxy); });
  } else if (const auto& datadog = provider.datadog) {
    out.max_tag_length = datadog->max_tag_length;
    out.provider = datadog_provider(view.proxy, *to);
  } else if (provider.skywalking) {
    out.spawns_span = true;
    out.provider = skywalking_provider(*to);
  } else {
    auto written = otel_provider(view, *provider.opentelemetry, *to);
    if (!written) return std::nullopt;
    out.max_tag_length = provider.opentelemetry->max_tag_length;
    out.samples = static_cast<bool>(provider.opentelemetry->dynatrace_sampler);
    out.provider = *std::move(written);
  }
  return out;
}

std::string otel_service_name(const model::Proxy& proxy) {
  if (const document::Value* annotations = proxy.metadata.find("ANNOTATIONS")) {
    const auto name = annotations->string_at("resource.opentelemetry.io/service.name");
    if (!name.empty()) return std::string(name);
  }
  for (const char* key : {"app.kubernetes.io/instance", "app.kubernetes.io/name"}) {
    const auto label = proxy.labels.find(key);
    if (label != proxy.labels.end() && !label->second.empty()) return label->second;
  }
  const auto workload = proxy.metadata.string_at("WORKLOAD_NAME");
  if (!workload.empty()) return std::string(workload);
  const size_t dot = proxy.id.find('.');
  if (dot != std::string::npos && dot != 0) return proxy.id.substr(0, dot);
  const auto containers = proxy.metadata.string_at("APP_CONTAINERS");
  if (!containers.empty() && containers.find(',') == std::string_view::npos) {
    return std::string(containers);
  }
  return "unknown_service";
}

}  // namespace mesh::xds
