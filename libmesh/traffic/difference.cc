#include "libmesh/traffic/difference.h"

#include <algorithm>
#include <string_view>

#include "libmesh/traffic/entry_visibility.h"

namespace mesh::traffic {
namespace {

bool same_clusters(const index::Mesh& before, const index::Mesh& after) {
  return std::equal(before.clusters.begin(), before.clusters.end(), after.clusters.begin(),
                    after.clusters.end(),
                    [](const auto& a, const auto& b) { return a.first == b.first; });
}

// Equal in everything that difference() does not tell apart: what a Mesh has more some day counts by itself.
bool same_frame(const index::Mesh& before, const index::Mesh& after) {
  index::Mesh other = before;
  // Nothing else reads labels of namespaces; what a namespace holds is told as services and rules.
  if (!EntryVisibility::narrows(after)) {
    other.namespaces = after.namespaces;
    other.namespace_labels = after.namespace_labels;
  }
  other.services = after.services;
  if (same_clusters(before, after)) other.clusters = after.clusters;
  other.virtual_services = after.virtual_services;
  other.destination_rules = after.destination_rules;
  other.gateways = after.gateways;
  other.sidecars = after.sidecars;
  other.request_authentications = after.request_authentications;
  other.fetched_texts = after.fetched_texts;
  other.authorization_policies = after.authorization_policies;
  other.telemetries = after.telemetries;
  other.wasm_plugins = after.wasm_plugins;
  other.traffic_extensions = after.traffic_extensions;
  other.secrets = after.secrets;
  other.remote_secrets = after.remote_secrets;
  return other.same_but_endpoints(after);
}

// The one thing of what is generated that holds a Secret: SDS reads the snapshot itself.
bool gives_pull_secrets(const index::Mesh& mesh) {
  return !mesh.wasm_plugins.empty() || !mesh.traffic_extensions.empty();
}

// The service that an extension provider sends to, "host" or "namespace/host".
std::vector<std::string_view> provider_services(const index::Mesh& mesh) {
  std::vector<std::string_view> out;
  const auto add = [&out](const auto& provider) {
    if (provider) out.push_back(provider->service);
  };
  for (const auto& provider : mesh.config->extension_providers) {
    add(provider.envoy_ext_authz_http);
    add(provider.envoy_ext_authz_grpc);
    add(provider.zipkin);
    add(provider.lightstep);
    add(provider.datadog);
    add(provider.skywalking);
    add(provider.opencensus);
    add(provider.opentelemetry);
    add(provider.envoy_http_als);
    add(provider.envoy_tcp_als);
    add(provider.envoy_otel_als);
    if (provider.opentelemetry && provider.opentelemetry->dynatrace_sampler &&
        provider.opentelemetry->dynatrace_sampler->http_service) {
      add(provider.opentelemetry->dynatrace_sampler->http_service);
    }
  }
  return out;
}

bool names_one_of(std::string_view service, const std::unordered_set<std::string>& hosts) {
  return hosts.count(std::string(service.substr(service.find('/') + 1))) != 0;
}

// What listeners look up among services whatever their own proxies see: providers, and who gives the keys of
// RequestAuthentications.
void add_looked_up(const index::Mesh& mesh, Difference& out) {
  if (out.services.empty()) return;
  if (!mesh.request_authentications.empty()) out.inbound_policies = true;
  for (std::string_view service : provider_services(mesh)) {
    if (names_one_of(service, out.hosts)) out.extensions = true;
  }
}

}  // namespace

Difference difference(const index::Mesh& before, const index::Mesh& after) {
  Difference out;
  if (after.same_but_endpoints(before)) {
    out.everything = false;
    return out;
  }
  // A patch may look at anything.
  if (!after.envoy_filters.empty() || !same_frame(before, after)) return out;
  out.everything = false;
  out.gateways = !before.gateways.same(after.gateways);
  if (!before.sidecars.same(after.sidecars)) {
    each_apart(before.sidecars.get(), after.sidecars.get(),
               [&](const index::Sidecar& sidecar) { out.sidecars.insert(sidecar.ns()); });
  }
  out.inbound_policies = !before.request_authentications.same(after.request_authentications) ||
                         !before.fetched_texts.same(after.fetched_texts) ||
                         !before.authorization_policies.same(after.authorization_policies);
  out.extensions =
      !before.telemetries.same(after.telemetries) ||
      !before.wasm_plugins.same(after.wasm_plugins) ||
      !before.traffic_extensions.same(after.traffic_extensions) ||
      (gives_pull_secrets(after) &&
       !(before.secrets.same(after.secrets) && before.remote_secrets.same(after.remote_secrets)));
  const auto add_services = [&](const index::ClusterServices& old,
                                const index::ClusterServices& now) {
    if (old.services.same(now.services)) return;
    each_apart(old.services.get(), now.services.get(), [&](const model::ServicePtr& service) {
      out.services.push_back(service);
      out.hosts.insert(service->hostname);
      out.namespaces.insert(service->ns);
    });
  };
  add_services(before, after);
  for (const auto& [id, cluster] : after.clusters) add_services(before.clusters.at(id), cluster);
  add_looked_up(after, out);
  return out;
}

}  // namespace mesh::traffic
