// Clusters: the clusters of one tenant's mesh beside the config cluster, and what all of them say together.
//
//   config cluster   Registry (services, endpoints, ServiceEntries)  --+
//   cluster "east"   Registry (services, endpoints, WorkloadEntries) --+--> ClusterMerge: one list of services,
//   cluster "west"   Registry                                        --+    one endpoint set a service
//
// A Kubernetes Service that stands in several clusters is one service of the mesh: what it is (ports, resolution, labels,
// exportTo) is what the config cluster says, else the first cluster by id; each cluster keeps its own addresses, and
// accounts and endpoints are those of all. Endpoints are in the order of Istio's shards: those of ServiceEntries, then
// cluster by cluster. Configuration, and which namespace belongs to whom, come from the config cluster alone; a namespace is
// one namespace in all clusters.
// Upstream: pilot/pkg/serviceregistry/aggregate/controller.go (Services, mergeService, NetworkGateways),
// EndpointShards.Keys (pilot/pkg/model/endpointshards.go).
// Property: the answer depends on the objects alone, not on what was merged before (tests/index).
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/index/registry/registry.h"

namespace mesh::index {

// Whether objects of the kind count in a remote cluster: what its registry reads, what says whether its workloads have a
// proxy, and what its network lets through (tenancy/reach). The mesh's configuration is that of the config cluster.
bool counts_in_remote(kube::Kind kind);

// Merges; keeps what did not change.
class ClusterMerge {
 public:
  // Brings mesh.services, hosts, services_by_namespace and endpoints to what these clusters say.
  void update(const Shared<std::map<std::string, ClusterServices>>& clusters,
              const std::string& config_cluster, Mesh& mesh);

 private:
  using Order = std::vector<const ClusterServices*>;
  struct Made {
    std::vector<model::ServicePtr> sources;  // the base first
    std::vector<model::NamespacedName> aliases;
    model::ServicePtr service;
    bool used = false;
  };

  Order in_order() const;  // the config cluster first
  void merge_services();
  model::ServicePtr merged(const std::vector<model::ServicePtr>& sources,
                           const std::vector<model::NamespacedName>& aliases);
  void merge_endpoints(const std::map<std::string, ClusterServices>& before);
  model::EndpointSetPtr endpoints_of(const ServiceKey& key) const;

  Shared<std::map<std::string, ClusterServices>> clusters_;
  std::string config_cluster_;
  // By the base: services that are not as one cluster says them.
  std::unordered_map<const model::Service*, Made> made_;
  ClusterServices all_;  // without pods
};

// The registries of the remote clusters of one tenant.
class Clusters {
 public:
  // What the registry of a cluster is given.
  struct Remote {
    const Objects* objects = nullptr;
    std::vector<std::string> namespaces;
    model::RegistryOptions options;
  };

  bool empty() const { return remotes_.empty(); }
  // As Registry::update for all clusters: `config` is up to date with `input` afterwards.
  bool update(Registry& config, const RegistryInput& input,
              const std::map<std::string, Remote>& remotes, Mesh& mesh);
  // A cluster in which the tenant has nothing is none of its mesh.
  static bool has_any(const Objects& objects, const std::vector<std::string>& namespaces);

 private:
  Guests guests(const Objects& config) const;
  bool update_networks(const Registry& config, const model::RegistryOptions& options, Mesh& mesh);

  std::map<std::string, Registry> remotes_;
  ClusterMerge merge_;
};

}  // namespace mesh::index
