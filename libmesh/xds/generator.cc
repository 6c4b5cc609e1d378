#include "libmesh/xds/generator.h"

#include <algorithm>

#include "libmesh/xds/generate.h"
#include "libmesh/xds/references.h"
#include "libmesh/xds/view_key.h"

namespace mesh::xds {
namespace {

PartPtr make_part(Resources list) {
  auto part = std::make_shared<Part>();
  part->by_name.reserve(list.size());
  for (const ResourcePtr& resource : list) part->by_name.emplace(resource->name, resource);
  part->list = std::move(list);
  return part;
}

// "outbound|80|v1|host" -> "host".
std::string host_of_cluster(std::string_view name) {
  size_t bar = name.rfind('|');
  return std::string(bar == std::string_view::npos ? name : name.substr(bar + 1));
}

// Clusters and listeners carry the endpoints of everything that is not resolved by EDS.
bool endpoints_stay_in_eds(const model::Service& service) {
  return service.resolution == model::Resolution::kClientSideLb;
}

MeshChange compare(const index::Mesh& before, const index::Mesh& after, uint64_t from) {
  MeshChange change;
  if (!after.same_but_endpoints(before)) return change;
  change.from = from;
  change.only_endpoints = true;
  for (const model::ServicePtr& service : after.services) {
    const model::EndpointSet* old_set = before.endpoints_of(*service);
    const model::EndpointSet* new_set = after.endpoints_of(*service);
    if (old_set == new_set) continue;
    if (!endpoints_stay_in_eds(*service)) return MeshChange{};
    change.hosts.insert(service->hostname);
  }
  return change;
}

}  // namespace

// ---- ViewResources -----------------------------------------------------------------------------

ViewResources::ViewResources(traffic::ProxyView view, uint64_t serial,
                             std::shared_ptr<const MeshChange> change, const ViewResources* before)
    : view_(std::move(view)), serial_(serial), change_(std::move(change)) {
  bool follows = before != nullptr && before->serial_ == change_->from;
  if (follows && change_->only_endpoints) take_over(*before);
}

void ViewResources::take_over(const ViewResources& before) {
  std::lock_guard<std::mutex> lock(before.mutex_);
  clusters_ = before.clusters_;
  listeners_ = before.listeners_;
  route_names_ = before.route_names_;
  endpoint_names_ = before.endpoint_names_;
  routes_ = before.routes_;
  endpoints_ = before.endpoints_;
  all_routes_ = before.all_routes_;
  for (const auto& [key, own] : before.own_) {
    if (own.use_count() > 1) own_.emplace(key, own);  // some proxy has it
  }
  for (auto& [name, resource] : endpoints_) {
    if (change_->hosts.count(host_of_cluster(name)) == 0) continue;
    ResourcePtr now = xds::endpoints(view_, name);
    bool same = (now == nullptr) == (resource == nullptr) &&
                (now == nullptr || now->hash == resource->hash);
    if (same) continue;
    resource = std::move(now);
    changed_endpoints_.push_back(name);
  }
  std::sort(changed_endpoints_.begin(), changed_endpoints_.end());
}

PartPtr ViewResources::clusters_locked() const {
  if (clusters_ == nullptr) {
    Resources list;
    outbound_clusters(view_, list);
    clusters_ = make_part(std::move(list));
  }
  return clusters_;
}

PartPtr ViewResources::listeners_locked() const {
  if (listeners_ == nullptr) {
    Resources list;
    if (view_.proxy.type == model::ProxyType::kSidecar) {
      outbound_listeners(view_, list);
    } else {
      gateway_listeners(view_, list);
    }
    listeners_ = make_part(std::move(list));
  }
  return listeners_;
}

const std::vector<std::string>& ViewResources::route_names_locked() const {
  if (route_names_ == nullptr) {
    auto names = std::make_shared<std::vector<std::string>>();
    for (const ResourcePtr& listener : listeners_locked()->list) {
      append_route_names(listener->value(), *names);
    }
    route_names_ = std::move(names);
  }
  return *route_names_;
}

const std::vector<std::string>& ViewResources::endpoint_names_locked() const {
  if (endpoint_names_ == nullptr) {
    auto names = std::make_shared<std::vector<std::string>>();
    for (const ResourcePtr& cluster : clusters_locked()->list) {
      std::string name = endpoint_name(cluster->value());
      if (!name.empty()) names->push_back(std::move(name));
    }
    endpoint_names_ = std::move(names);
  }
  return *endpoint_names_;
}

PartPtr ViewResources::clusters() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return clusters_locked();
}

PartPtr ViewResources::listeners() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return listeners_locked();
}

const std::vector<std::string>& ViewResources::route_names() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return route_names_locked();
}

const std::vector<std::string>& ViewResources::endpoint_names() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return endpoint_names_locked();
}

ResourcePtr ViewResources::route(std::string_view name) const {
  std::lock_guard<std::mutex> lock(mutex_);
  auto [it, fresh] = routes_.try_emplace(std::string(name));
  if (fresh) it->second = route_configuration(view_, name);
  return it->second;
}

ResourcePtr ViewResources::endpoint(std::string_view name) const {
  std::lock_guard<std::mutex> lock(mutex_);
  auto [it, fresh] = endpoints_.try_emplace(std::string(name));
  if (fresh) it->second = xds::endpoints(view_, name);
  return it->second;
}

std::shared_ptr<const Resources> ViewResources::routes() const {
  std::lock_guard<std::mutex> lock(mutex_);
  if (all_routes_ != nullptr) return all_routes_;
  const auto& names = route_names_locked();
  std::vector<std::string> missing;
  for (const std::string& name : names) {
    if (routes_.count(name) == 0) missing.push_back(name);
  }
  Resources made;
  route_configurations(view_, missing, made);
  for (size_t i = 0; i < missing.size(); ++i) routes_.emplace(missing[i], std::move(made[i]));
  auto all = std::make_shared<Resources>();
  all->reserve(names.size());
  for (const std::string& name : names) {
    if (const ResourcePtr& route = routes_.at(name)) all->push_back(route);
  }
  return all_routes_ = std::move(all);
}

std::shared_ptr<const Resources> ViewResources::endpoints() const {
  std::lock_guard<std::mutex> lock(mutex_);
  if (all_endpoints_ != nullptr) return all_endpoints_;
  auto all = std::make_shared<Resources>();
  const auto& names = endpoint_names_locked();
  all->reserve(names.size());
  for (const std::string& name : names) {
    auto [it, fresh] = endpoints_.try_emplace(name);
    if (fresh) it->second = xds::endpoints(view_, name);
    if (it->second != nullptr) all->push_back(it->second);
  }
  return all_endpoints_ = std::move(all);
}

OwnResourcesPtr ViewResources::own(const traffic::ProxyView& view) const {
  std::string key = own_key(view);
  std::lock_guard<std::mutex> lock(mutex_);
  auto [it, fresh] = own_.try_emplace(std::move(key));
  if (fresh) {
    auto made = std::make_shared<OwnResources>();
    if (view.proxy.type == model::ProxyType::kSidecar) {
      inbound_clusters(view, made->clusters);
      inbound_listeners(view, made->listeners);
    }
    it->second = std::move(made);
  }
  return it->second;
}

// ---- ProxyConfig -------------------------------------------------------------------------------

ProxyConfig::ProxyConfig(model::Proxy proxy, ViewResourcesPtr shared, OwnResourcesPtr own)
    : proxy_(std::move(proxy)), shared_(std::move(shared)), own_(std::move(own)) {}

ResourcePtr ProxyConfig::find(Type type, std::string_view name) const {
  auto in = [&](const PartPtr& part, const Resources& own) -> ResourcePtr {
    for (const ResourcePtr& resource : own) {
      if (resource->name == name) return resource;
    }
    auto it = part->by_name.find(name);
    return it == part->by_name.end() ? nullptr : it->second;
  };
  switch (type) {
    case Type::kCluster:
      return in(shared_->clusters(), own_->clusters);
    case Type::kListener:
      return in(shared_->listeners(), own_->listeners);
    case Type::kRoute:
      return shared_->route(name);
    case Type::kEndpoint:
      return shared_->endpoint(name);
    case Type::kSecret:
    case Type::kExtension:
    case Type::kNameTable:
      break;
  }
  return nullptr;
}

// ---- Generator ---------------------------------------------------------------------------------

struct Generator::Tenant {
  ViewResourcesPtr resources_of(const traffic::ProxyView& view);

  index::MeshPtr mesh;
  std::shared_ptr<const traffic::Traffic> traffic;
  std::unique_ptr<const ViewKeys> keys;
  uint64_t serial = 0;
  std::shared_ptr<const MeshChange> change;
  std::mutex mutex;  // guards the two maps
  std::unordered_map<std::string, ViewResourcesPtr> views;
  std::unordered_map<std::string, ViewResourcesPtr> before;  // of the mesh before, until asked for
};

Generator::Generator() = default;
Generator::~Generator() = default;

void Generator::update(index::SnapshotPtr snapshot) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (snapshot_ != nullptr && snapshot->revision() <= snapshot_->revision()) return;
  snapshot_ = std::move(snapshot);
  for (auto it = tenants_.begin(); it != tenants_.end();) {
    it = snapshot_->tenants().find(it->first) == nullptr ? tenants_.erase(it) : std::next(it);
  }
}

index::SnapshotPtr Generator::snapshot() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return snapshot_;
}

std::shared_ptr<Generator::Tenant> Generator::tenant(const model::TenantId& id) const {
  std::lock_guard<std::mutex> lock(mutex_);
  if (snapshot_ == nullptr || snapshot_->tenants().find(id) == nullptr) return nullptr;
  index::MeshPtr mesh = snapshot_->mesh(id);
  std::shared_ptr<Tenant>& current = tenants_[id];
  if (current != nullptr && current->mesh == mesh) return current;
  auto next = std::make_shared<Tenant>();
  next->mesh = mesh;
  next->traffic = traffic::Traffic::make(mesh);
  next->keys = std::make_unique<ViewKeys>(*mesh);
  next->serial = ++serial_;
  auto change = std::make_shared<MeshChange>();
  if (current != nullptr) {
    *change = compare(*current->mesh, *mesh, current->serial);
    std::lock_guard<std::mutex> views(current->mutex);
    if (change->only_endpoints) next->before = std::move(current->views);
  }
  next->change = std::move(change);
  current = next;
  return current;
}

ViewResourcesPtr Generator::Tenant::resources_of(const traffic::ProxyView& view) {
  std::string key = keys->key(view);
  std::lock_guard<std::mutex> lock(mutex);
  auto [it, fresh] = views.try_emplace(std::move(key));
  if (!fresh) return it->second;
  auto old = before.find(it->first);
  if (old == before.end()) {
    it->second = std::make_shared<ViewResources>(view, serial, change, nullptr);
  } else {
    it->second = std::make_shared<ViewResources>(view, serial, change, old->second.get());
    before.erase(old);
  }
  return it->second;
}

ProxyConfigPtr Generator::config(const model::Proxy& proxy) const {
  std::shared_ptr<Tenant> t = tenant(proxy.tenant);
  if (t == nullptr) return nullptr;
  traffic::ProxyView view = t->traffic->view(proxy);
  ViewResourcesPtr shared = t->resources_of(view);
  OwnResourcesPtr own = shared->own(view);
  return std::make_shared<ProxyConfig>(std::move(view.proxy), std::move(shared), std::move(own));
}

}  // namespace mesh::xds
