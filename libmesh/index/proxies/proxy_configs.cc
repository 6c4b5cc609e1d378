#include "libmesh/index/proxies/proxy_configs.h"

#include <tuple>

namespace mesh::index {
namespace {

using kube::Kind;
using networking::ProxyConfig;

// The oldest of a namespace that `counts`.
template <typename Counts>
const ProxyConfig* first_of(const ObjectMap& all, const std::string& ns, Counts&& counts) {
  const kube::Object* first = nullptr;
  for (const auto& [key, object] : all.in_namespace(ns)) {
    if (!counts(object->template as<ProxyConfig>())) continue;
    const auto order = [](const kube::Object& o) { return std::tie(o.creation_time, o.key.name); };
    if (first == nullptr || order(*object) < order(*first)) first = object.get();
  }
  return first == nullptr ? nullptr : &first->as<ProxyConfig>();
}

}  // namespace

ProxyConfigsOfPod proxy_configs_of(const Snapshot& snapshot, const Mesh& mesh,
                                   const kube::Object& pod) {
  ProxyConfigsOfPod out;
  const ObjectMap& all = snapshot.objects(Kind::kProxyConfig);
  if (all.empty()) return out;
  const auto for_all = [](const ProxyConfig& config) { return !config.selector; };
  out.root = first_of(all, mesh.root_namespace, for_all);
  if (pod.key.ns != mesh.root_namespace) out.of_namespace = first_of(all, pod.key.ns, for_all);
  out.workload = first_of(all, pod.key.ns, [&](const ProxyConfig& config) {
    return config.selector && !config.selector->match_labels.empty() &&
           labels_match(config.selector->match_labels, pod.labels);
  });
  return out;
}

}  // namespace mesh::index
