#include "libmesh/traffic/virtual_services.h"

#include <algorithm>

#include "libmesh/model/rule_names.h"
#include "libmesh/traffic/delegates.h"
#include "libmesh/traffic/visibility.h"

namespace mesh::traffic {
namespace {

// A route is not for proxies of a namespace when some match names a source namespace and none
// of them is it (virtualServiceDestinationsFilteredBySourceNamespace; the last word counts).
bool route_serves_namespace(const networking::HTTPRoute& route, const std::string& ns) {
  bool serves = true;
  for (const auto& match : route.match) {
    if (match.source_namespace.empty()) continue;
    if (match.source_namespace == ns) return true;
    serves = false;
  }
  return serves;
}

}  // namespace

std::map<std::string, std::vector<uint32_t>> destinations(const networking::VirtualService& rule,
                                                          const std::string& source_ns) {
  std::map<std::string, std::vector<uint32_t>> out;
  auto add = [&out](const auto& destination) {
    if (!destination) return;
    out[destination->host].push_back(destination->port ? destination->port->number : 0);
  };
  for (const networking::HTTPRoute& route : rule.http) {
    if (!source_ns.empty() && !route_serves_namespace(route, source_ns)) continue;
    for (const auto& weighted : route.route) add(weighted.destination);
    add(route.mirror);
    for (const auto& mirror : route.mirrors) add(mirror.destination);
  }
  for (const auto& route : rule.tcp) {
    for (const auto& weighted : route.route) add(weighted.destination);
  }
  for (const auto& route : rule.tls) {
    for (const auto& weighted : route.route) add(weighted.destination);
  }
  return out;
}

VirtualServiceIndex::VirtualServiceIndex(const index::Mesh& mesh) {
  std::vector<VirtualServicePtr> resolved;
  resolved.reserve(mesh.virtual_services.size());
  for (const index::VirtualService& config : mesh.virtual_services) {
    resolved.push_back(std::make_shared<VirtualService>(VirtualService{
        config.object, model::with_full_names(config.object, *config.spec, mesh.cluster_domain)}));
  }
  for (VirtualServicePtr& service : merge_delegates(mesh, std::move(resolved))) {
    add(mesh, std::move(service));
  }
}

void VirtualServiceIndex::add(const index::Mesh& mesh, VirtualServicePtr service) {
  static const std::vector<std::string> kMeshOnly{std::string(model::kMeshGateway)};
  const networking::VirtualService& rule = *service->spec;
  const auto& gateways = rule.gateways.empty() ? kMeshOnly : rule.gateways;
  Visibility visibility = visibility_or_default(
      rule.export_to, mesh.config.default_virtual_service_export_to, service->ns());
  if (visibility.all) {
    for (const std::string& gateway : gateways) public_[gateway].push_back(service);
    return;
  }
  if (visibility.none) return;
  for (const std::string& ns : visibility.namespaces) {
    ByGateway& group = ns == service->ns() ? private_[ns] : exported_[ns];
    for (const std::string& gateway : gateways) group[gateway].push_back(service);
  }
}

std::vector<VirtualServicePtr> VirtualServiceIndex::select(const std::string& ns,
                                                           const std::string& gateway) const {
  std::vector<VirtualServicePtr> out;
  auto append = [&](const ByGateway& group) {
    if (auto it = group.find(gateway); it != group.end()) {
      out.insert(out.end(), it->second.begin(), it->second.end());
    }
  };
  if (auto it = private_.find(ns); it != private_.end()) append(it->second);
  if (auto it = exported_.find(ns); it != exported_.end()) append(it->second);
  append(public_);
  return out;
}

}  // namespace mesh::traffic
