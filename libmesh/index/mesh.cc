#include "libmesh/index/mesh.h"

#include <algorithm>

namespace mesh::index {

const model::ServicePtr* ClusterServices::find_service(const std::string& hostname,
                                                       const std::string& ns) const {
  const model::ServicePtr* found = nullptr;
  each_of_host(hostname, [&](const model::ServicePtr& service) {
    if (service->ns != ns) return;
    bool first = found == nullptr;
    bool rightful = !first && (*found)->registry != model::Registry::kKubernetes &&
                    service->registry == model::Registry::kKubernetes;
    if (first || rightful) found = &service;
  });
  return found;
}

const model::EndpointSet* ClusterServices::endpoints_of(const model::Service& service) const {
  return endpoints.find(service.hostname, service.ns);
}

const ClusterServices* Mesh::of_cluster(const std::string& cluster) const {
  if (clusters.empty()) return cluster.empty() || cluster == cluster_id ? this : nullptr;
  auto found = clusters->find(cluster.empty() ? cluster_id : cluster);
  return found == clusters->end() ? nullptr : &found->second;
}

namespace {

// What each cluster says itself decides about inbound listeners.
bool same_services(const Mesh& a, const Mesh& b) {
  if (!a.services.same(b.services)) return false;
  if (a.clusters.same(b.clusters)) return true;
  return std::equal(a.clusters.begin(), a.clusters.end(), b.clusters.begin(), b.clusters.end(),
                    [](const auto& mine, const auto& theirs) {
                      return mine.first == theirs.first &&
                             mine.second.services.same(theirs.second.services);
                    });
}

}  // namespace

bool Mesh::same_but_endpoints(const Mesh& other) const {
  return tenant == other.tenant && root_namespace == other.root_namespace &&
         trust_domain == other.trust_domain && cluster_id == other.cluster_id &&
         cluster_domain == other.cluster_domain && namespaces.same(other.namespaces) &&
         same_services(*this, other) && virtual_services.same(other.virtual_services) &&
         destination_rules.same(other.destination_rules) && gateways.same(other.gateways) &&
         sidecars.same(other.sidecars) && peer_authentications.same(other.peer_authentications) &&
         request_authentications.same(other.request_authentications) &&
         authorization_policies.same(other.authorization_policies) &&
         telemetries.same(other.telemetries) && envoy_filters.same(other.envoy_filters) &&
         wasm_plugins.same(other.wasm_plugins) &&
         traffic_extensions.same(other.traffic_extensions) &&
         namespace_labels.same(other.namespace_labels) && secrets.same(other.secrets) &&
         remote_secrets.same(other.remote_secrets) && fetched_texts.same(other.fetched_texts) &&
         networks == other.networks && mesh_networks == other.mesh_networks &&
         (config.same(other.config) || *config == *other.config);
}

}  // namespace mesh::index
