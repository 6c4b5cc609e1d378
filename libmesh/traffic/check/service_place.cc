#include "libmesh/traffic/check/service_place.h"

#include <algorithm>

#include "libmesh/index/proxies/proxies.h"
#include "libmesh/model/registry.h"
#include "libmesh/schema/istio.h"
#include "libmesh/schema/kubernetes.h"
#include "libmesh/traffic/check/finder.h"

namespace mesh::traffic {

kube::ObjectPtr object_of(const index::Snapshot& snapshot, const model::Service& service,
                          std::string_view cluster) {
  const bool kubernetes = service.registry == model::Registry::kKubernetes;
  return index::find_in(snapshot, cluster,
                        {kubernetes ? kube::Kind::kService : kube::Kind::kServiceEntry, service.ns,
                         kubernetes ? service.name : service.object_name});
}

std::string port_field(const kube::Object& object, const model::Port& port) {
  const auto find = [&](const auto& ports, const auto& number_of) -> std::string {
    for (size_t i = 0; i < ports.size(); ++i) {
      if (number_of(ports[i]) == port.number && ports[i].name == port.name) {
        return at("spec.ports", i);
      }
    }
    return "spec.ports";
  };
  if (object.key.kind == kube::Kind::kService) {
    return find(object.as<k8s::Service>().spec.ports,
                [](const auto& each) { return static_cast<uint32_t>(each.port); });
  }
  return find(object.as<networking::ServiceEntry>().ports,
              [](const auto& each) { return each.number; });
}

std::string host_field(const kube::Object& entry, const model::Service& service) {
  const auto& hosts = entry.as<networking::ServiceEntry>().hosts;
  const auto found = std::find(hosts.begin(), hosts.end(), service.hostname);
  return found == hosts.end() ? "spec.hosts"
                              : at("spec.hosts", static_cast<size_t>(found - hosts.begin()));
}

uint32_t target_number(const model::Service& service, const model::Port& port,
                       const kube::Object& pod) {
  const auto target = service.target_ports.find(port.number);
  if (target == service.target_ports.end()) return port.number;
  if (target->second.number != 0) return target->second.number;
  return model::container_port(pod, target->second.name, "TCP");
}

std::string pod_text(const index::Mesh& mesh, const kube::Object& pod) {
  std::string out = to_string(pod.key);
  for (const auto& [id, cluster] : mesh.clusters) {
    const kube::ObjectPtr* found = cluster.pods.get(pod.key);
    if (id == mesh.cluster_id || found == nullptr || found->get() != &pod) continue;
    out.append(" in cluster \"").append(id).append("\"");
  }
  return out;
}

namespace {

// Empty where the times are the same.
std::string why_older(const model::Service& winner, const model::Service& loser) {
  if (winner.creation_time == loser.creation_time) return {};
  return winner.creation_time == 0 ? "which has no creationTimestamp and so comes first"
                                   : "which is older";
}

}  // namespace

std::string why_first(const model::Service& winner, const model::Service& loser) {
  if (std::string older = why_older(winner, loser); !older.empty()) return older;
  if (winner.name == loser.name) {
    return winner.ns == loser.ns ? "which is as old and comes first"
                                 : "which is as old, has the same name, and is first by namespace";
  }
  const bool entry =
      winner.registry == model::Registry::kExternal || loser.registry == model::Registry::kExternal;
  return entry ? "which is as old and first by name (a ServiceEntry's is its host)"
               : "which is as old and first by name";
}

std::string why_first_target(const model::Service& winner, const model::Service& loser) {
  std::string older = why_older(winner, loser);
  return older.empty() ? "which is as old and first by host" : older;
}

}  // namespace mesh::traffic
