#include "libmesh/index/registry/clusters.h"

#include <algorithm>
#include <utility>

#include "libmesh/index/registry/aliases.h"
#include "libmesh/index/tables/sort_runs.h"

namespace mesh::index {

using kube::Kind;
using model::EndpointSetPtr;
using model::NamespacedName;
using model::ServicePtr;

bool counts_in_remote(Kind kind) {
  switch (kind) {
    case Kind::kNamespace:
    case Kind::kNode:
    case Kind::kServiceAccount:
    case Kind::kConfigMap:  // templates of injection
    case Kind::kService:
    case Kind::kEndpoints:
    case Kind::kEndpointSlice:
    case Kind::kPod:
    case Kind::kDeployment:
    case Kind::kStatefulSet:
    case Kind::kDaemonSet:
    case Kind::kReplicaSet:
    case Kind::kJob:
    case Kind::kCronJob:
    case Kind::kWorkloadEntry:
    case Kind::kSecret:  // of gateways in that cluster
    case Kind::kMutatingWebhookConfiguration:
    case Kind::kNetworkPolicy:  // and what else says whom the network lets through
    case Kind::kNetNamespace:
    case Kind::kNetwork:
    case Kind::kClusterNetwork:
      return true;
    default:
      return false;
  }
}

// ---- the merge ------------------------------------------------------------------------------

ClusterMerge::Order ClusterMerge::in_order() const {
  Order out;
  if (auto config = clusters_.find(config_cluster_); config != clusters_.end()) {
    out.push_back(&config->second);
  }
  for (const auto& [id, cluster] : clusters_) {
    if (id != config_cluster_) out.push_back(&cluster);
  }
  return out;
}

ServicePtr ClusterMerge::merged(const std::vector<ServicePtr>& sources,
                                const std::vector<NamespacedName>& aliases) {
  const ServicePtr& base = sources.front();
  if (sources.size() == 1 && aliases == base->aliases) return base;
  Made& made = made_[base.get()];
  made.used = true;
  if (made.service != nullptr && made.sources == sources && made.aliases == aliases) {
    return made.service;
  }
  auto service = std::make_shared<model::Service>(*base);
  service->aliases = aliases;
  if (sources.size() > 1) {
    std::set<std::string> accounts;
    for (const ServicePtr& source : sources) {
      service->cluster_addresses.push_back({source->cluster_id, source->addresses});
      accounts.insert(source->service_accounts.begin(), source->service_accounts.end());
      service->synthesized = service->synthesized || source->synthesized;
    }
    std::sort(service->cluster_addresses.begin(), service->cluster_addresses.end(),
              [](const auto& a, const auto& b) { return a.cluster < b.cluster; });
    service->service_accounts.assign(accounts.begin(), accounts.end());
  }
  made.sources = sources;
  made.aliases = aliases;
  if (made.service == nullptr || !(*made.service == *service)) made.service = std::move(service);
  return made.service;
}

void ClusterMerge::merge_services() {
  std::vector<std::vector<ServicePtr>> sources;
  std::unordered_map<std::string_view, size_t> places;  // of Kubernetes' services
  for (const ClusterServices* cluster : in_order()) {
    for (const ServicePtr& service : cluster->services) {
      if (service->registry == model::Registry::kKubernetes) {
        auto [at, first] = places.emplace(service->hostname, sources.size());
        if (!first) {
          sources[at->second].push_back(service);
          continue;
        }
      }
      sources.push_back({service});
    }
  }
  sort_runs(sources,
            [](const auto& a, const auto& b) { return comes_before(a.front(), b.front()); });
  std::vector<ServicePtr> services;
  services.reserve(sources.size());
  for (const auto& of_host : sources) services.push_back(of_host.front());
  HostTable hosts;
  hosts.add_all(services);
  const Aliases aliases = aliases_by_host(services, hosts);
  static const std::vector<NamespacedName> kNone;
  for (auto& [base, made] : made_) made.used = false;
  for (size_t i = 0; i < sources.size(); ++i) {
    auto of_host = aliases.find(services[i]->hostname);
    services[i] = merged(sources[i], of_host == aliases.end() ? kNone : of_host->second);
  }
  std::erase_if(made_, [](const auto& entry) { return !entry.second.used; });
  if (services == all_.services.get()) return;
  all_.services_by_namespace = by_namespace(services, all_.services_by_namespace);
  all_.services = std::move(services);
  all_.hosts = std::move(hosts);
}

EndpointSetPtr ClusterMerge::endpoints_of(const ServiceKey& key) const {
  std::vector<const EndpointSetPtr*> sets;
  const EndpointSetPtr* with_entries = nullptr;  // ServiceEntries are the config cluster's
  for (const auto& [id, cluster] : clusters_) {
    const EndpointSetPtr* set = cluster.endpoints.pointer(key);
    if (set == nullptr) continue;
    sets.push_back(set);
    if ((*set)->of_entries != 0) with_entries = set;
  }
  if (sets.empty()) return nullptr;
  if (sets.size() == 1) return *sets.front();
  model::EndpointSet out;
  if (with_entries != nullptr) {
    const model::EndpointSet& from = **with_entries;
    out.of_entries = from.of_entries;
    out.endpoints.assign(from.endpoints.begin(),
                         from.endpoints.begin() + static_cast<std::ptrdiff_t>(from.of_entries));
  }
  for (const EndpointSetPtr* set : sets) {
    const auto& list = (*set)->endpoints;
    out.endpoints.insert(out.endpoints.end(),
                         list.begin() + static_cast<std::ptrdiff_t>((*set)->of_entries),
                         list.end());
  }
  return std::make_shared<model::EndpointSet>(std::move(out));
}

void ClusterMerge::merge_endpoints(const std::map<std::string, ClusterServices>& before) {
  static const EndpointTable kNone;
  std::set<ServiceKey> dirty;
  const auto compare = [&](const EndpointTable& old, const EndpointTable& now) {
    now.difference(old, [&](const ServiceKey& key, const EndpointSetPtr&) { dirty.insert(key); });
  };
  for (const auto& [id, cluster] : clusters_) {
    auto known = before.find(id);
    compare(known == before.end() ? kNone : known->second.endpoints, cluster.endpoints);
  }
  for (const auto& [id, cluster] : before) {
    if (clusters_.count(id) == 0) compare(cluster.endpoints, kNone);
  }
  for (const ServiceKey& key : dirty) {
    all_.endpoints.assign(all_.endpoints.slot_of(key), endpoints_of(key));
  }
}

void ClusterMerge::update(const Shared<std::map<std::string, ClusterServices>>& clusters,
                          const std::string& config_cluster, Mesh& mesh) {
  const Shared<std::map<std::string, ClusterServices>> before = std::exchange(clusters_, clusters);
  config_cluster_ = config_cluster;
  merge_services();
  merge_endpoints(before);
  mesh.services = all_.services;
  mesh.hosts = all_.hosts;
  mesh.services_by_namespace = all_.services_by_namespace;
  mesh.endpoints = all_.endpoints;
}

// ---- the registries -------------------------------------------------------------------------

bool Clusters::has_any(const Objects& objects, const std::vector<std::string>& namespaces) {
  constexpr Kind kKinds[] = {Kind::kService, Kind::kPod, Kind::kWorkloadEntry, Kind::kEndpointSlice,
                             Kind::kEndpoints};
  for (Kind kind : kKinds) {
    if (objects.of(kind).empty()) continue;
    for (const std::string& ns : namespaces) {
      const ObjectMap::Range range = objects.of(kind).in_namespace(ns);
      if (range.begin() != range.end()) return true;
    }
  }
  return false;
}

bool Clusters::update_networks(const Registry& config, const model::RegistryOptions& options,
                               Mesh& mesh) {
  std::vector<model::NetworkGateway> found;
  if (options.networks != nullptr) found = options.networks->gateways;
  const auto add = [&found](const Registry& registry) {
    found.insert(found.end(), registry.gateways().begin(), registry.gateways().end());
  };
  add(config);
  for (const auto& [id, registry] : remotes_) add(registry);
  model::NetworksPtr made = model::make_networks(std::move(found));
  const model::NetworksPtr& last = mesh.networks;
  if (made == nullptr ? last == nullptr : last != nullptr && *made == *last) return false;
  mesh.networks = std::move(made);
  return true;
}

// Nothing unless a ServiceEntry selects workloads.
Guests Clusters::guests(const Objects& config) const {
  const ObjectMap& entries = config.of(Kind::kServiceEntry);
  Guests out;
  if (std::none_of(entries.begin(), entries.end(),
                   [](const auto& entry) { return model::selects_workloads(*entry.second); })) {
    return out;
  }
  for (const auto& [id, registry] : remotes_) registry.add_workloads(out);
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return comes_before(a, b); });
  return out;
}

bool Clusters::update(Registry& config, const RegistryInput& input,
                      const std::map<std::string, Remote>& remotes, Mesh& mesh) {
  if (remotes.empty()) {  // as of one cluster again
    const bool before = !remotes_.empty();
    *this = Clusters();
    mesh.clusters = {};
    return config.update(input, mesh) || before;
  }
  const std::string& own = input.options.cluster_id;
  bool changed = mesh.clusters.size() != remotes.size() + 1;
  std::map<std::string, ClusterServices> now = mesh.clusters;
  std::erase_if(
      now, [&](const auto& entry) { return entry.first != own && !remotes.contains(entry.first); });
  std::erase_if(remotes_, [&](const auto& entry) { return !remotes.contains(entry.first); });
  for (const auto& [id, remote] : remotes) {
    const RegistryInput of_remote{*remote.objects, remote.namespaces, remote.options,
                                  input.trust_domain_aliases, false};
    changed = remotes_[id].update(of_remote, now[id]) || changed;
  }
  RegistryInput of_config = input;
  const Guests guests = this->guests(input.objects);
  of_config.guests = &guests;
  changed = config.update(of_config, now[own]) || changed;
  changed = update_networks(config, input.options, mesh) || changed ||
            !mesh.entry_instances.same(config.entry_instances());
  mesh.entry_instances = config.entry_instances();
  if (!changed) return false;
  mesh.pods = now[own].pods;
  mesh.clusters = std::move(now);
  merge_.update(mesh.clusters, own, mesh);
  return true;
}

}  // namespace mesh::index
