// Generator: the resources of every proxy of a snapshot, made when first asked for and shared.
//
//   Generator generator;
//   generator.update(snapshot);
//   ProxyConfigPtr config = generator.config(proxy);   // cheap for a further proxy of a known view
//
// What a proxy is sent falls into a part that it shares with all proxies of its view (outbound,
// view_key.h) and its own part (inbound). A new snapshot keeps what it cannot have changed: when only
// endpoints changed, clusters, listeners and routes stay and just the assignments of those services
// are made anew. Property: always equal to what a fresh generator makes (tests/property).
// All members may be called concurrently.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "libmesh/index/snapshot.h"
#include "libmesh/model/proxy.h"
#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/resource.h"

namespace mesh::xds {

class ViewKeys;

// What changed in a mesh since the one before it.
struct MeshChange {
  uint64_t from = 0;            // the serial of the state before; 0: everything may have changed
  bool only_endpoints = false;  // clusters, listeners and routes are as they were
  std::unordered_set<std::string> hosts;      // services whose endpoints changed
  std::unordered_set<std::string> addresses;  // of their endpoints, before and after
};

// One kind of resource of one view.
struct Part {
  Resources list;
  std::unordered_map<std::string_view, ResourcePtr> by_name;
};
using PartPtr = std::shared_ptr<const Part>;

// The outbound resources of one view at one mesh. Made part by part, each once.
class ViewResources {
 public:
  // `before` may be null; it is not kept.
  ViewResources(traffic::ProxyView view, uint64_t serial, std::shared_ptr<const MeshChange> change,
                const ViewResources* before);

  PartPtr clusters() const;
  PartPtr listeners() const;
  const std::vector<std::string>& route_names() const;
  const std::vector<std::string>& endpoint_names() const;
  ResourcePtr route(std::string_view name) const;
  ResourcePtr endpoint(std::string_view name) const;
  Resources routes() const;  // all of route_names
  Resources endpoints() const;

  uint64_t serial() const { return serial_; }
  const MeshChange& change() const { return *change_; }
  // Assignments that differ from those of the state before; meaningful when change().only_endpoints.
  const std::vector<std::string>& changed_endpoints() const { return changed_endpoints_; }

 private:
  PartPtr clusters_locked() const;
  PartPtr listeners_locked() const;
  const std::vector<std::string>& route_names_locked() const;
  const std::vector<std::string>& endpoint_names_locked() const;
  void take_over(const ViewResources& before);

  const traffic::ProxyView view_;
  const uint64_t serial_;
  const std::shared_ptr<const MeshChange> change_;
  std::vector<std::string> changed_endpoints_;

  mutable std::mutex mutex_;  // guards all below
  mutable PartPtr clusters_;
  mutable PartPtr listeners_;
  mutable std::shared_ptr<const std::vector<std::string>> route_names_;
  mutable std::shared_ptr<const std::vector<std::string>> endpoint_names_;
  mutable std::unordered_map<std::string, ResourcePtr> routes_;
  mutable std::unordered_map<std::string, ResourcePtr> endpoints_;
};
using ViewResourcesPtr = std::shared_ptr<const ViewResources>;

// Everything one proxy is sent at one mesh. Immutable.
class ProxyConfig {
 public:
  ProxyConfig(model::Proxy proxy, ViewResourcesPtr shared, Resources clusters, Resources listeners);

  const model::Proxy& proxy() const { return proxy_; }
  const ViewResources& shared() const { return *shared_; }

  // Clusters and listeners: all; routes and endpoints: those that the former name.
  template <typename F>
  void for_each(Type type, F&& visit) const;
  // Null when the proxy has no such resource.
  ResourcePtr find(Type type, std::string_view name) const;

  const Resources& own_clusters() const { return clusters_; }
  const Resources& own_listeners() const { return listeners_; }

 private:
  const model::Proxy proxy_;
  const ViewResourcesPtr shared_;
  const Resources clusters_;   // inbound
  const Resources listeners_;  // inbound
};
using ProxyConfigPtr = std::shared_ptr<const ProxyConfig>;

class Generator {
 public:
  Generator();
  ~Generator();

  // Takes a newer snapshot.
  void update(index::SnapshotPtr snapshot);
  index::SnapshotPtr snapshot() const;
  // Null when the snapshot has no tenant for the proxy. `before` is the proxy's last configuration, or null: its own
  // part is kept when nothing that it depends on changed.
  ProxyConfigPtr config(const model::Proxy& proxy, const ProxyConfig* before = nullptr) const;

 private:
  struct Tenant;
  std::shared_ptr<Tenant> tenant(const model::TenantId& id) const;

  mutable std::mutex mutex_;  // guards all below
  index::SnapshotPtr snapshot_;
  mutable std::map<model::TenantId, std::shared_ptr<Tenant>> tenants_;
  mutable uint64_t serial_ = 0;
};

template <typename F>
void ProxyConfig::for_each(Type type, F&& visit) const {
  switch (type) {
    case Type::kCluster:
      for (const ResourcePtr& r : shared_->clusters()->list) visit(r);
      for (const ResourcePtr& r : clusters_) visit(r);
      return;
    case Type::kListener:
      for (const ResourcePtr& r : shared_->listeners()->list) visit(r);
      for (const ResourcePtr& r : listeners_) visit(r);
      return;
    case Type::kRoute:
      for (const ResourcePtr& r : shared_->routes()) visit(r);
      return;
    case Type::kEndpoint:
      for (const ResourcePtr& r : shared_->endpoints()) visit(r);
      return;
    case Type::kSecret:
    case Type::kExtension:
    case Type::kNameTable:
      return;
  }
}

}  // namespace mesh::xds
