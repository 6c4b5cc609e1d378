// Mesh: one tenant's slice of a snapshot, indexed for generation. Immutable.
//
// Holds only objects of the tenant's own namespaces, so nothing another tenant does can reach a
// byte that is made from it. It plays the part of Istio's PushContext
// (pilot/pkg/model/push_context.go): services by host and visibility, endpoints by service,
// configuration by kind in Istio's order (creation time, then name, then namespace). Scopes and
// selection are decided in traffic/.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/registry/endpoint_table.h"
#include "libmesh/index/registry/namespace_services.h"
#include "libmesh/index/tables/object_map.h"
#include "libmesh/index/tables/shared.h"
#include "libmesh/index/tables/text_table.h"
#include "libmesh/kube/object.h"
#include "libmesh/model/ids.h"
#include "libmesh/model/network/mesh_networks.h"
#include "libmesh/model/service.h"
#include "libmesh/model/workload.h"
#include "libmesh/schema/istio.h"  // all Istio structs

namespace mesh::index {

// One Istio resource: the object and its typed spec (owned by the object).
template <typename T>
struct Config {
  kube::ObjectPtr object;
  const T* spec = nullptr;

  const std::string& name() const { return object->key.name; }
  const std::string& ns() const { return object->key.ns; }
  int64_t creation_time() const { return object->creation_time; }
  const T* operator->() const { return spec; }
  bool operator==(const Config& o) const { return object == o.object; }
};

using VirtualService = Config<networking::VirtualService>;
using DestinationRule = Config<networking::DestinationRule>;
using Gateway = Config<networking::Gateway>;
using Sidecar = Config<networking::Sidecar>;
using PeerAuthentication = Config<security::PeerAuthentication>;
using RequestAuthentication = Config<security::RequestAuthentication>;
using AuthorizationPolicy = Config<security::AuthorizationPolicy>;
using Telemetry = Config<mesh::telemetry::Telemetry>;
using EnvoyFilter = Config<networking::EnvoyFilter>;
using WasmPlugin = Config<mesh::extensions::WasmPlugin>;
using TrafficExtension = Config<mesh::extensions::TrafficExtension>;

struct HostOf {
  std::string_view operator()(const model::ServicePtr& service) const { return service->hostname; }
};
using HostTable = TextTable<model::ServicePtr, HostOf>;

// Which of the services of a ServiceEntry: what stays when other addresses are allocated to it.
struct EntryService {
  std::string hostname;
  std::string ns;
  std::string object_name;
  std::string default_address;
};
using EntryServicePtr = std::shared_ptr<const EntryService>;

// The endpoints of ServiceEntries, found by address.
struct EntryInstance {
  EntryServicePtr service;
  model::EndpointPtr endpoint;
};
struct EntryInstances {
  struct AddressOf {
    std::string_view operator()(const EntryInstance& instance) const {
      return instance.endpoint->addresses.front();
    }
  };
  std::vector<EntryInstance> list;
  TextTable<EntryInstance, AddressOf> by_address;
  // WorkloadEntries with labels by their address, in the order of namespace and name.
  std::map<std::string, std::vector<model::WorkloadPtr>> workloads;
};

// What the registry of a cluster has, or all registries of a mesh together.
struct ClusterServices {
  // In Istio's order: creation time, then name, then namespace (SortServicesByCreationTime). A
  // ServiceEntry with several addresses is several services of one host.
  Shared<std::vector<model::ServicePtr>> services;
  Shared<HostTable> hosts;  // of `services`
  Shared<NamespaceServices> services_by_namespace;
  EndpointTable endpoints;
  ObjectMap pods;  // of the tenant's namespaces, in that cluster

  // Calls visit(service) for each service of a host, in order.
  template <typename Visit>
  void each_of_host(std::string_view host, Visit&& visit) const {
    for (uint32_t i = hosts->find(services, host); i != HostTable::kNone; i = hosts->next(i)) {
      visit(services[i]);
    }
  }
  // The oldest of that host and namespace, but a Kubernetes Service before any ServiceEntry: nobody
  // may squat on its name. Null when there is none.
  const model::ServicePtr* find_service(const std::string& hostname, const std::string& ns) const;
  // All endpoints of a service, or nullptr.
  const model::EndpointSet* endpoints_of(const model::Service& service) const;
};

using Secrets = std::map<kube::ObjectKey, kube::ObjectPtr>;

// With remote clusters, the services and endpoints are those of all clusters merged (clusters.h), and
// the pods those of the config cluster.
struct Mesh : ClusterServices {
  model::TenantId tenant;
  std::string root_namespace = "istio-system";
  std::string trust_domain = "cluster.local";
  std::string cluster_id = "Kubernetes";
  std::string cluster_domain = "cluster.local";
  Shared<meshconfig::MeshConfig> config;  // all layers merged over Istio's defaults
  Diagnostics diagnostics;  // of MeshConfig texts inside of other objects, and of Ingresses
  Shared<std::vector<std::string>> namespaces;  // owned and discovered, sorted

  // What each cluster says itself, by its id, the config cluster's (cluster_id) among them; empty as
  // long as there is no other cluster.
  Shared<std::map<std::string, ClusterServices>> clusters;

  // Each in Istio's order: creation time, then name, then namespace.
  Shared<std::vector<VirtualService>> virtual_services;
  Shared<std::vector<DestinationRule>> destination_rules;
  Shared<std::vector<Gateway>> gateways;
  Shared<std::vector<Sidecar>> sidecars;
  Shared<std::vector<PeerAuthentication>> peer_authentications;
  Shared<std::vector<RequestAuthentication>> request_authentications;
  Shared<std::vector<AuthorizationPolicy>> authorization_policies;
  Shared<std::vector<Telemetry>> telemetries;
  Shared<std::vector<EnvoyFilter>> envoy_filters;
  Shared<std::vector<WasmPlugin>> wasm_plugins;
  Shared<std::vector<TrafficExtension>> traffic_extensions;
  Shared<std::map<std::string, Labels>> namespace_labels;  // where the mesh goes by them
  Shared<Secrets> secrets;  // of the tenant's namespaces, in the config cluster
  Shared<std::map<std::string, Secrets>> remote_secrets;  // in other clusters, by their ids
  // By URL: what frontends fetched of the URLs that RequestAuthentications name.
  Shared<std::map<std::string, std::string>> fetched_texts;

  // The gateways between networks; null when there are none.
  model::NetworksPtr networks;
  std::shared_ptr<const model::MeshNetworks> mesh_networks;  // as configured; null: not at all

  // What service_targets (targets.h) asks beside pods: the endpoints of ServiceEntries by address.
  Shared<EntryInstances> entry_instances;

  // What the proxies of a cluster know of their own workloads; null for a cluster without objects.
  const ClusterServices* of_cluster(const std::string& cluster) const;
  // Calls visit(id, services) for each cluster.
  template <typename Visit>
  void each_cluster(Visit&& visit) const {
    if (clusters.empty()) visit(cluster_id, static_cast<const ClusterServices&>(*this));
    for (const auto& [id, cluster] : clusters) visit(id, cluster);
  }
  // Calls visit(pods) for each cluster.
  template <typename Visit>
  void each_pods(Visit&& visit) const {
    each_cluster([&](const std::string&, const ClusterServices& cluster) { visit(cluster.pods); });
  }
  // Calls visit(secret) for each Secret of that name that a proxy of the cluster may mean, the first one
  // foremost: its own cluster's, then the config cluster's (AggregateController,
  // pilot/pkg/credentials/kube/multicluster.go).
  template <typename Visit>
  void each_secret(const kube::ObjectKey& key, const std::string& cluster, Visit&& visit) const {
    const auto visit_in = [&](const Secrets& in) {
      if (const auto at = in.find(key); at != in.end()) visit(*at->second);
    };
    if (const auto own = remote_secrets.find(cluster); own != remote_secrets.end()) {
      visit_in(own->second);
    }
    visit_in(secrets);
  }
  // Calls visit(secrets) for each cluster.
  template <typename Visit>
  void each_secrets(Visit&& visit) const {
    visit(secrets.get());
    for (const auto& [id, of_cluster] : remote_secrets) visit(of_cluster);
  }
  // True when both differ in nothing but endpoint sets and pods: then every decision about routes,
  // scopes and policies is the same, and EndpointTable::difference tells what changed.
  bool same_but_endpoints(const Mesh& other) const;
};
using MeshPtr = std::shared_ptr<const Mesh>;

}  // namespace mesh::index
