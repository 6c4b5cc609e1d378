#include "libmesh/traffic/check/sidecars.h"

#include <algorithm>
#include <tuple>

#include "libmesh/index/proxies/named_pod.h"
#include "libmesh/index/proxies/proxies.h"

namespace mesh::traffic {

bool Sidecars::is(const kube::Object& pod, model::ProxyType type) {
  if (!asked_) {
    asked_ = true;
    for (const model::Proxy& proxy : index::proxies(snapshot_)) {
      if (proxy.tenant != mesh_.tenant) continue;
      pods_.emplace(index::pod_text(proxy), proxy.type);
    }
  }
  const std::string cluster(index::cluster_of(snapshot_, pod));
  const auto found = pods_.find(to_string(index::PodName{cluster, pod.key.ns, pod.key.name}));
  return found != pods_.end() && found->second == type;
}

const index::Sidecar* Sidecars::ingress_of(const kube::Object& pod) const {
  const index::Sidecar* sidecar = index_.select(pod.key.ns, pod.labels);
  return sidecar == nullptr || sidecar->spec->ingress.empty() ? nullptr : sidecar;
}

std::vector<model::ServicePtr> services_by_host(const index::ClusterServices& cluster) {
  std::vector<model::ServicePtr> out;
  for (const model::ServicePtr& service : cluster.services) {
    if (service->registry == model::Registry::kKubernetes && !service->selector.empty()) {
      out.push_back(service);
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::tie(a->creation_time, a->hostname) < std::tie(b->creation_time, b->hostname);
  });
  return out;
}

}  // namespace mesh::traffic
