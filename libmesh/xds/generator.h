// Generator: the resources of every proxy of a snapshot, made when first asked for and shared.
//
//   Generator generator;
//   generator.update(snapshot);
//   ProxyConfigPtr config = generator.config(proxy);   // cheap for a further proxy of a known view
//   …
//   generator.update(next);
//   config = generator.follow(config, origin);         // cheaper still: nothing of it is read again
//
// What a proxy is sent falls into a part that it shares with all proxies of its view (outbound) and its
// own part (inbound), which those of them share that serve the same ports in the same way
// (view_key.h). A new snapshot keeps what it cannot have changed: when only endpoints changed,
// clusters, listeners and routes stay and just the assignments of those services are made anew; when rules or services
// changed, what change/standing.h says. Property: always equal to what a fresh generator makes (tests/property).
// All members may be called concurrently.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "libmesh/index/proxies/proxies.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/index/tables/chunks.h"
#include "libmesh/index/tables/text_table.h"
#include "libmesh/model/proxy.h"
#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/change/share.h"
#include "libmesh/xds/change/standing.h"
#include "libmesh/xds/resource.h"

namespace mesh::xds {

class ViewKeys;

// One kind of resource of one view.
class Part {
 public:
  explicit Part(Resources given) : list(std::move(given)) {}
  const Resources list;
  // Null when there is none of that name.
  ResourcePtr find(std::string_view name) const;

 private:
  mutable std::once_flag once_;
  mutable std::unordered_map<std::string_view, uint32_t> places_;  // made when first asked for
};
using PartPtr = std::shared_ptr<const Part>;

// The assignments that the clusters of a view name, in order. Stays when only endpoints change.
class EndpointNames {
 public:
  // `before` (may be null) knows the names of clusters that are the same. `repeated`: some may be named more than once;
  // only a cluster that a patch made asks for what another asks for.
  EndpointNames(PartPtr clusters, const EndpointNames* before, bool repeated);

  const PartPtr clusters;                           // whose bytes the names are
  const std::vector<std::string_view> of_clusters;  // empty where there is none
  const std::vector<std::string_view> list;
  static constexpr uint32_t kNone = ~uint32_t{0};
  // Its place in `list`.
  uint32_t find(std::string_view name) const;
  // Calls visit(place) for each assignment of a service.
  template <typename Visit>
  void each_of_host(std::string_view host, Visit&& visit) const {
    index();
    for (uint32_t i = hosts_.find(list, host); i != kNone; i = hosts_.next(i)) visit(i);
  }

 private:
  struct Whole {
    std::string_view operator()(std::string_view name) const { return name; }
  };
  struct HostOf {
    std::string_view operator()(std::string_view name) const { return host_of_cluster(name); }
  };
  void index() const;
  mutable std::once_flag once_;
  mutable index::TextTable<std::string_view, Whole> places_;  // made when first asked for
  mutable index::TextTable<std::string_view, HostOf> hosts_;
};
using EndpointNamesPtr = std::shared_ptr<const EndpointNames>;

// The inbound resources of proxies that serve alike.
struct OwnResources {
  std::vector<model::ServiceTarget>
      targets;  // that the key speaks of: as long as it counts, they live
  Resources clusters;
  Resources listeners;
};
using OwnResourcesPtr = std::shared_ptr<const OwnResources>;

// The outbound resources of one view at one mesh, and at those after it that leave them as they are. Made part by part,
// each once.
class ViewResources {
 public:
  // `before` may be null; it is not kept.
  ViewResources(traffic::ProxyView view, uint64_t serial, std::shared_ptr<const MeshChange> change,
                const ViewResources* before);

  PartPtr clusters() const;
  PartPtr listeners() const;
  const std::vector<std::string>& route_names() const;
  const std::vector<std::string_view>& endpoint_names() const;  // as long as this
  ResourcePtr route(std::string_view name) const;
  ResourcePtr endpoint(std::string_view name) const;
  ResourcePtr name_table() const;
  // Of a Wasm filter; with its pull secret for callers that are known.
  ResourcePtr extension(std::string_view name, bool with_pull_secrets) const;
  // All of route_names and endpoint_names that there are.
  std::shared_ptr<const Resources> routes() const;
  std::shared_ptr<const Resources> endpoints() const;
  // The inbound part of one of the view's proxies.
  OwnResourcesPtr own(const traffic::ProxyView& view) const;

  // When the change leaves all of it as it is, it is the view of the new mesh from now on. False when it does not, or
  // when that is not told without making something.
  bool go_on(const traffic::TrafficPtr& traffic, const MeshChange& change, uint64_t serial);

  const traffic::MergedGateway* gateway() const { return view_.gateway.get(); }
  const model::Proxy& proxy() const { return view_.proxy; }  // one of those that have it
  uint64_t serial() const { return serial_; }
  // Of this object alone, and of the one that it followed; 0: none.
  uint64_t id() const { return id_; }
  uint64_t before() const { return before_; }
  // What those two differ in, by name, null ones went; until it goes on. Null when that is not known. Of clusters, listeners, routes and
  // assignments; of the latter two, what was made before.
  using Changes = std::vector<std::pair<std::string, ResourcePtr>>;
  using ChangesPtr = std::shared_ptr<const Changes>;
  ChangesPtr changes(Type type) const;
  // The inbound parts of the view's proxies are as they were.
  bool own_stands() const;

 private:
  struct Assignment {
    ResourcePtr resource;
    bool made = false;
  };
  // What there was before: until all of it was compared.
  struct Past {
    Past(const ViewResources& before, const ViewResources& now);

    const traffic::TrafficPtr owner;  // of what `standing` goes by
    const Standing standing;
    const traffic::ScopePtr scope;
    const PartPtr clusters;
    const std::shared_ptr<const std::vector<uint32_t>> cluster_spans;
    const PartPtr listeners;
    // What does not stand.
    std::map<std::string, ResourcePtr> routes;
    Changes assignments;
    // Assignments as they were made before, until the names of now are known.
    EndpointNamesPtr names;
    index::Chunks<Assignment> endpoints;
    std::map<Type, ChangesPtr> changes;
  };

  PartPtr clusters_locked() const;
  PartPtr listeners_locked() const;
  const std::vector<std::string>& route_names_locked() const;
  const EndpointNames& endpoint_names_locked() const;
  const ResourcePtr& endpoint_locked(uint32_t place) const;
  ResourcePtr endpoint_by_name_locked(std::string_view name) const;
  void settle_locked() const;
  void place_assignments() const;
  void place_others() const;
  void sort_out(std::string_view name, const ResourcePtr& was, Assignment* now) const;
  void make_routes(const std::vector<std::string>& names) const;
  void compare_routes(Changes& out) const;
  void compare_endpoints(Changes& out) const;
  void keep_standing(const ViewResources& before);
  void keep_endpoints(const ViewResources& before);
  void take_over(const ViewResources& before);
  void take_over_endpoints(const ViewResources& before);

  bool sees_any(const std::unordered_set<std::string>& hosts) const;
  bool has_loose_ends() const;

  traffic::ProxyView view_;  // its traffic changes, as the mutex guards
  const uint64_t id_;
  std::atomic<uint64_t> before_ = 0;
  std::atomic<uint64_t> serial_;
  const std::shared_ptr<const MeshChange> change_;

  mutable std::mutex mutex_;      // guards all below
  ChangesPtr changed_endpoints_;  // by name, when nothing else changed
  std::unique_ptr<Past> past_;
  mutable std::shared_ptr<const std::vector<uint32_t>> cluster_spans_;  // generate.h
  mutable PartPtr clusters_;
  mutable PartPtr listeners_;
  mutable std::shared_ptr<const std::vector<std::string>> route_names_;
  mutable EndpointNamesPtr endpoint_names_;
  mutable std::unordered_map<std::string, ResourcePtr> routes_;
  mutable index::Chunks<Assignment> endpoints_;                          // as endpoint_names_
  mutable std::unordered_map<std::string, ResourcePtr> endpoints_else_;  // asked for all the same
  mutable std::shared_ptr<const Resources> all_routes_;
  mutable std::shared_ptr<const Resources> all_endpoints_;
  mutable std::unordered_map<std::string, OwnResourcesPtr> own_;  // by own_key
  mutable ResourcePtr name_table_;
  mutable std::unordered_map<std::string, ResourcePtr>
      extensions_[2];  // without pull secrets, with
};
using ViewResourcesPtr = std::shared_ptr<const ViewResources>;

// Everything one proxy is sent at one mesh. Immutable.
class ProxyConfig {
 public:
  using ProxyPtr = std::shared_ptr<const model::Proxy>;
  // Made at the tenant's state of that serial. `by_endpoints`: what it serves was found among endpoints.
  ProxyConfig(ProxyPtr proxy, ViewResourcesPtr shared, OwnResourcesPtr own, uint64_t serial,
              bool by_endpoints);

  const model::Proxy& proxy() const { return *proxy_; }
  const ViewResources& shared() const { return *shared_; }

  // Clusters and listeners: all; routes and endpoints: those that the former name.
  template <typename F>
  void for_each(Type type, F&& visit) const;
  // Null when the proxy has no such resource.
  ResourcePtr find(Type type, std::string_view name) const;

  const OwnResourcesPtr& own() const { return own_; }

  // What clusters and listeners name, sorted (proxy_names.cc). Read from their bytes each time.
  std::vector<std::string> secret_names() const;
  std::vector<std::string> extension_names() const;
  // What a gateway serves; null for others.
  const traffic::MergedGateway* gateway() const { return shared_->gateway(); }

 private:
  friend class Generator;
  const ProxyPtr proxy_;
  const ViewResourcesPtr shared_;
  const OwnResourcesPtr own_;
  const uint64_t serial_;
  const bool by_endpoints_;
};
using ProxyConfigPtr = std::shared_ptr<const ProxyConfig>;

class Generator {
 public:
  Generator();
  ~Generator();

  // Takes a newer snapshot.
  void update(index::SnapshotPtr snapshot);
  index::SnapshotPtr snapshot() const;
  // Null when the snapshot has no tenant for the proxy.
  ProxyConfigPtr config(model::Proxy proxy) const;
  // What config() would give for a proxy whose configuration is known, as long as nothing differs that its description
  // was read from, nor what it serves; `origin` then stands for the newest snapshot. Null when something of it may: the
  // proxy must be read again.
  ProxyConfigPtr follow(const ProxyConfigPtr& before, index::NodeOrigin& origin) const;

 private:
  struct Tenant;
  std::shared_ptr<Tenant> tenant_locked(const model::TenantId& id) const;
  bool stands_locked(const index::NodeOrigin& origin, const model::TenantId& tenant) const;
  const kube::ObjectPtr& root_namespace_locked(const model::TenantId& tenant,
                                               const std::string& cluster) const;

  mutable std::mutex mutex_;  // guards all below
  index::SnapshotPtr snapshot_;
  // Since these revisions nothing of the kind differs.
  uint64_t pods_since_ = 0;
  uint64_t nodes_since_ = 0;
  uint64_t namespaces_since_ = 0;  // Namespaces, tenants, rules of injection
  mutable std::map<model::TenantId, std::shared_ptr<Tenant>> tenants_;
  // The last one that was asked for: most proxies are of one tenant and cluster.
  struct RootNamespace {
    uint64_t revision = 0;
    model::TenantId tenant;
    std::string cluster;
    kube::ObjectPtr object;
  };
  mutable RootNamespace root_namespace_;
  // Of each tenant's own states, so that the versions in messages count nobody else's.
  mutable std::map<model::TenantId, uint64_t> serials_;
};

template <typename F>
void ProxyConfig::for_each(Type type, F&& visit) const {
  auto visit_all = [&visit](const Resources& list) {
    for (const ResourcePtr& resource : list) visit(resource);
  };
  switch (type) {
    case Type::kCluster:
      visit_all(shared_->clusters()->list);
      visit_all(own_->clusters);
      return;
    case Type::kListener:
      visit_all(shared_->listeners()->list);
      visit_all(own_->listeners);
      return;
    case Type::kRoute:
      visit_all(*shared_->routes());
      return;
    case Type::kEndpoint:
      visit_all(*shared_->endpoints());
      return;
    case Type::kNameTable:
      visit(shared_->name_table());
      return;
    case Type::kExtension:
      for (const std::string& name : extension_names()) {
        if (ResourcePtr made = shared_->extension(name, false)) visit(made);
      }
      return;
    case Type::kSecret:
      return;
  }
}

}  // namespace mesh::xds
