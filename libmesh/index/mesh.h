// Mesh: one tenant's slice of a snapshot, indexed for generation. Immutable.
//
// Holds only objects of the tenant's own namespaces, so nothing another tenant does can reach a
// byte that is made from it. It plays the part of Istio's PushContext (pilot/pkg/model/push_context.go):
// services by host and visibility, endpoints by service, configuration by kind in Istio's order
// (creation time, then name, then namespace). Scopes and selection are decided in traffic/.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libmesh/kube/object.h"
#include "libmesh/model/ids.h"
#include "libmesh/model/service.h"
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

struct ServiceKey {
  std::string hostname;
  std::string ns;
  auto operator<=>(const ServiceKey&) const = default;
};
struct ServiceKeyHash {
  size_t operator()(const ServiceKey& key) const noexcept {
    return std::hash<std::string>()(key.hostname) * 31 + std::hash<std::string>()(key.ns);
  }
};

struct Mesh {
  model::TenantId tenant;
  std::string root_namespace = "istio-system";
  std::string trust_domain = "cluster.local";
  std::string cluster_id = "Kubernetes";
  std::string cluster_domain = "cluster.local";
  meshconfig::MeshConfig config;  // all layers merged over Istio's defaults
  std::vector<std::string> namespaces;  // owned, sorted

  // In Istio's order: creation time, then name, then namespace (SortServicesByCreationTime).
  std::vector<model::ServicePtr> services;
  std::unordered_map<ServiceKey, model::ServicePtr, ServiceKeyHash> service_by_key;
  std::unordered_map<std::string, std::vector<model::ServicePtr>> services_by_host;
  std::unordered_map<ServiceKey, model::EndpointSetPtr, ServiceKeyHash> endpoints;

  // Each in Istio's order: creation time, then name, then namespace.
  std::vector<VirtualService> virtual_services;
  std::vector<DestinationRule> destination_rules;
  std::vector<Gateway> gateways;
  std::vector<Sidecar> sidecars;
  std::vector<PeerAuthentication> peer_authentications;
  std::map<std::string, Labels> namespace_labels;
  std::map<kube::ObjectKey, kube::ObjectPtr> secrets;  // of the tenant's namespaces

  const model::ServicePtr* find_service(const std::string& hostname, const std::string& ns) const;
  // All endpoints of a service, or nullptr.
  const model::EndpointSet* endpoints_of(const model::Service& service) const;
};
using MeshPtr = std::shared_ptr<const Mesh>;

}  // namespace mesh::index
