#include "libmesh/index/proxies/named_pod.h"

#include <vector>

#include "libmesh/index/proxies/proxies.h"

namespace mesh::index {
namespace {

using kube::Kind;
using kube::ObjectPtr;

std::string without_cluster(const PodName& name) { return name.ns + "/" + name.name; }

Error no_cluster(const Snapshot& snapshot, const std::string& cluster) {
  std::string known = snapshot.options().cluster_id;
  for (const auto& [id, objects] : snapshot.remotes()) known += ", " + id;
  return {ErrorCode::kNotFound, "there is no cluster \"" + cluster + "\"; there are: " + known};
}

Error in_several(const PodName& name, const std::vector<std::string>& clusters) {
  std::string where;
  std::string names;
  for (const std::string& cluster : clusters) {
    const char* between = cluster == clusters.back() ? " and " : ", ";
    where += (where.empty() ? "" : between) + ("\"" + cluster + "\"");
    names += (names.empty() ? "" : " or ") + to_string(PodName{cluster, name.ns, name.name});
  }
  return {ErrorCode::kInvalidArgument,
          "Pod " + without_cluster(name) + " is in clusters " + where + ": write " + names};
}

}  // namespace

std::optional<PodName> pod_name_of(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos || text.find('/', slash + 1) != std::string_view::npos) {
    return std::nullopt;
  }
  PodName out = pod_name_of(text.substr(0, slash), text.substr(slash + 1));
  if (out.ns.empty() || out.name.empty()) return std::nullopt;
  return out;
}

PodName pod_name_of(std::string_view ns, std::string_view name) {
  const size_t at = ns.find('=');
  if (at == std::string_view::npos || at == 0) return {"", std::string(ns), std::string(name)};
  return {std::string(ns.substr(0, at)), std::string(ns.substr(at + 1)), std::string(name)};
}

std::string to_string(const PodName& name) {
  return (name.cluster.empty() ? "" : name.cluster + "=") + without_cluster(name);
}

Result<std::string> cluster_meant(const Snapshot& snapshot, const PodName& name,
                                  const std::function<bool(std::string_view)>& has) {
  if (name.cluster == snapshot.options().cluster_id) return std::string();
  if (!name.cluster.empty()) {
    if (!snapshot.remotes().contains(name.cluster)) return no_cluster(snapshot, name.cluster);
    return name.cluster;
  }
  if (snapshot.remotes().empty() || has({})) return std::string();
  std::vector<std::string> found;
  for (const auto& [cluster, objects] : snapshot.remotes()) {
    if (has(cluster)) found.push_back(cluster);
  }
  if (found.size() > 1) return in_several(name, found);
  return found.empty() ? std::string() : found.front();
}

ObjectPtr pod_in(const Snapshot& snapshot, std::string_view cluster, const PodName& name) {
  if (ObjectPtr pod = find_in(snapshot, cluster, {Kind::kPod, name.ns, name.name})) return pod;
  ObjectPtr made_up = find_in(snapshot, cluster, {Kind::kPod, name.ns, made_up_pod(name.name)});
  return made_up != nullptr && made_up->synthesized ? made_up : nullptr;
}

Result<NamedPod> named_pod(const Snapshot& snapshot, const PodName& name) {
  auto cluster = cluster_meant(snapshot, name, [&](std::string_view each) {
    return pod_in(snapshot, each, name) != nullptr;
  });
  if (!cluster) return cluster.error();
  ObjectPtr pod = pod_in(snapshot, *cluster, name);
  return NamedPod{*std::move(cluster), std::move(pod)};
}

Result<model::Proxy> proxy_of_pod(const Snapshot& snapshot, const PodName& name) {
  const auto found = named_pod(snapshot, name);
  if (!found) return found.error();
  const std::string& pod = found->pod == nullptr ? name.name : found->pod->key.name;
  return proxy_of_pod(snapshot, name.ns, pod, found->cluster);
}

std::string made_up_pod(std::string_view workload) {
  return std::string(workload) + "-synthesized";
}

std::string pod_text(const model::Proxy& proxy) {
  return to_string(
      PodName{proxy.remote ? proxy.cluster_id : "", proxy.ns, std::string(pod_name(proxy))});
}

}  // namespace mesh::index
