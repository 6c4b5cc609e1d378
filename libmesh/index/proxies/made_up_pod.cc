#include "libmesh/index/proxies/made_up_pod.h"

namespace mesh::index {

std::string made_up_pod(std::string_view workload) {
  return std::string(workload) + "-synthesized";
}

std::string pod_or_made_up(const Snapshot& snapshot, std::string_view ns, std::string_view name) {
  kube::ObjectKey key{kube::Kind::kPod, std::string(ns), std::string(name)};
  if (snapshot.find(key) != nullptr) return key.name;
  key.name = made_up_pod(name);
  const kube::ObjectPtr made_up = snapshot.find(key);
  return made_up != nullptr && made_up->synthesized ? key.name : std::string(name);
}

}  // namespace mesh::index
