#include "libmesh/traffic/gateway_services.h"

#include "libmesh/traffic/features.h"
#include "libmesh/traffic/virtual_services.h"

namespace mesh::traffic {
namespace {

template <typename Visit>
void each_provider_service(const meshconfig::MeshConfig& config, Visit&& visit) {
  for (const auto& provider : config.extension_providers) {
    const auto add = [&](const auto& one) {
      if (one) visit(one->service);
    };
    add(provider.envoy_ext_authz_http);
    add(provider.envoy_ext_authz_grpc);
    add(provider.zipkin);
    add(provider.datadog);
    add(provider.skywalking);
    add(provider.opentelemetry);
    add(provider.envoy_http_als);
    add(provider.envoy_tcp_als);
    add(provider.envoy_otel_als);
    add(provider.sds);
  }
}

}  // namespace

std::optional<GatewayServices> GatewayServices::of(const ProxyView& view) {
  if (view.proxy.type != model::ProxyType::kGateway) return std::nullopt;
  const meshconfig::MeshConfig& config = view.mesh().config;
  const Features features = features_of(config);
  if (!features.filter_gateway_clusters) return std::nullopt;
  GatewayServices out;
  each_provider_service(config, [&](const std::string& host) { out.hosts_.insert(host); });
  if (view.envoy_filters != nullptr) {  // by annotation
    const auto& referenced = view.envoy_filters->referenced_services;
    out.hosts_.insert(referenced.begin(), referenced.end());
  }
  std::set<std::string_view> gateways;
  if (view.gateway != nullptr) {
    for (const auto& [port, merged] : view.gateway->servers) {
      for (const GatewayServer* server : merged.servers) gateways.insert(server->gateway_name);
    }
  }
  for (const std::string_view gateway : gateways) {
    const std::string ns(features.scope_gateway_to_namespace ? gateway.substr(0, gateway.find('/'))
                                                             : "");
    for (const auto rules : view.traffic->virtual_services(view.proxy.ns, gateway)) {
      for (const VirtualServicePtr& rule : rules) {
        for (const auto& [host, port] : destinations(*rule->spec, ns)) out.hosts_.emplace(host);
      }
    }
  }
  return out;
}

bool GatewayServices::contains(const model::Service& service) const {
  return hosts_.contains(service.hostname) || hosts_.contains(service.ns + "/" + service.hostname);
}

}  // namespace mesh::traffic
