#include "libmesh/xds/generator.h"

#include <algorithm>
#include <atomic>

#include "libmesh/base/common_ends.h"
#include "libmesh/xds/change/share.h"
#include "libmesh/xds/eds/assignments.h"
#include "libmesh/xds/extensions/ecds.h"
#include "libmesh/xds/generate.h"
#include "libmesh/xds/nds/name_table.h"
#include "libmesh/xds/references.h"
#include "libmesh/xds/view_key.h"

namespace mesh::xds {
namespace {

std::vector<std::string_view> names_of(const Resources& clusters, const EndpointNames* before) {
  std::vector<std::string_view> out;
  out.reserve(clusters.size());
  static const Resources kNone;
  const Resources& last = before == nullptr ? kNone : before->clusters->list;
  const Apart apart = common_ends(last, clusters);
  for (size_t i = 0; i < clusters.size(); ++i) {
    if (i < apart.first) {
      out.push_back(before->of_clusters[i]);
    } else if (i >= apart.after) {
      out.push_back(before->of_clusters[i + last.size() - clusters.size()]);
    } else {
      out.push_back(endpoint_name(clusters[i]->value()));
    }
  }
  return out;
}

std::vector<std::string_view> each_once(std::vector<std::string_view> names, bool repeated) {
  std::erase(names, std::string_view());
  if (!repeated) return names;
  std::unordered_set<std::string_view> seen;
  std::erase_if(names, [&](std::string_view name) { return !seen.insert(name).second; });
  return names;
}

uint64_t next_id() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

}  // namespace

// ---- Part, EndpointNames -----------------------------------------------------------------------

ResourcePtr Part::find(std::string_view name) const {
  std::call_once(once_, [this] {
    places_.reserve(list.size());
    for (uint32_t i = 0; i < list.size(); ++i) places_.emplace(list[i]->name, i);
  });
  auto it = places_.find(name);
  return it == places_.end() ? nullptr : list[it->second];
}

EndpointNames::EndpointNames(PartPtr given, const EndpointNames* before, bool repeated)
    : clusters(std::move(given)),
      of_clusters(names_of(clusters->list, before)),
      list(each_once(of_clusters, repeated)) {}

void EndpointNames::index() const {
  std::call_once(once_, [this] {
    places_.add_all(list);
    hosts_.add_all(list);
  });
}

uint32_t EndpointNames::find(std::string_view name) const {
  index();
  return places_.find(list, name);
}

// ---- ViewResources -----------------------------------------------------------------------------

ViewResources::ViewResources(traffic::ProxyView view, uint64_t serial,
                             std::shared_ptr<const MeshChange> change, const ViewResources* before)
    : view_(std::move(view)), id_(next_id()), serial_(serial), change_(std::move(change)) {
  if (before == nullptr || before->serial() != change_->from) return;
  before_ = before->id_;
  if (change_->only_endpoints) {
    take_over(*before);
  } else {
    keep_standing(*before);
  }
}

void ViewResources::take_over(const ViewResources& before) {
  std::lock_guard<std::mutex> lock(before.mutex_);
  before.settle_locked();
  clusters_ = before.clusters_;
  cluster_spans_ = before.cluster_spans_;
  listeners_ = before.listeners_;
  route_names_ = before.route_names_;
  routes_ = before.routes_;
  all_routes_ = before.all_routes_;
  name_table_ = before.name_table_;  // those endpoints are in no name table
  for (size_t i : {0, 1}) extensions_[i] = before.extensions_[i];
  for (const auto& [key, own] : before.own_) {
    if (own.use_count() > 1) own_.emplace(key, own);  // some proxy has it
  }
  take_over_endpoints(before);
}

void ViewResources::take_over_endpoints(const ViewResources& before) {
  endpoint_names_ = before.endpoint_names_;
  endpoints_ = before.endpoints_;
  endpoints_else_ = before.endpoints_else_;
  Changes changed;
  Assignments assignments(view_);
  auto again = [&](std::string_view name, ResourcePtr& resource) {
    ResourcePtr now = assignments.make(name);
    if (same_message(now, resource)) return;
    resource = std::move(now);
    changed.emplace_back(name, resource);
  };
  for (const std::string& host : change_->hosts) {
    if (endpoints_.empty()) break;
    endpoint_names_->each_of_host(host, [&](uint32_t place) {
      if (!endpoints_[place].made) return;
      again(endpoint_names_->list[place], endpoints_.edit(place).resource);
    });
  }
  for (auto& [name, resource] : endpoints_else_) {
    if (change_->hosts.count(std::string(host_of_cluster(name))) != 0) again(name, resource);
  }
  if (changed.empty()) all_endpoints_ = before.all_endpoints_;
  std::sort(changed.begin(), changed.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  changed_endpoints_ = std::make_shared<const Changes>(std::move(changed));
}

PartPtr ViewResources::clusters_locked() const {
  if (clusters_ != nullptr) return clusters_;
  // What is made anew now may stay longer than what was made with it, most of which gives way to what was there.
  const ResourceBatch batch(past_ == nullptr);
  Resources list;
  auto spans = std::make_shared<std::vector<uint32_t>>();
  if (past_ != nullptr && past_->clusters != nullptr) {
    const KnownClusters known{
        *past_->scope, past_->clusters->list, *past_->cluster_spans,
        [this](const auto& service) { return past_->standing.clusters_of(service); }};
    outbound_clusters(view_, &known, list, *spans);
    past_->changes[Type::kCluster] =
        std::make_shared<const Changes>(share(past_->clusters->list, list));
  } else {
    outbound_clusters(view_, nullptr, list, *spans);
  }
  cluster_spans_ = std::move(spans);
  clusters_ = std::make_shared<Part>(std::move(list));
  return clusters_;
}

PartPtr ViewResources::listeners_locked() const {
  if (listeners_ == nullptr) {
    const ResourceBatch batch(past_ == nullptr);
    Resources list;
    if (view_.proxy.type == model::ProxyType::kSidecar) {
      outbound_listeners(view_, list);
    } else {
      gateway_listeners(view_, list);
    }
    if (past_ != nullptr && past_->listeners != nullptr) {
      past_->changes[Type::kListener] =
          std::make_shared<const Changes>(share(past_->listeners->list, list));
    }
    listeners_ = std::make_shared<Part>(std::move(list));
  }
  return listeners_;
}

const std::vector<std::string>& ViewResources::route_names_locked() const {
  if (route_names_ == nullptr) {
    RouteNames names;
    for (const ResourcePtr& listener : listeners_locked()->list) names.add(listener->value());
    route_names_ =
        std::make_shared<std::vector<std::string>>(names.list().begin(), names.list().end());
  }
  return *route_names_;
}

const EndpointNames& ViewResources::endpoint_names_locked() const {
  if (endpoint_names_ == nullptr) {
    PartPtr clusters = clusters_locked();
    const EndpointNames* before = past_ == nullptr ? nullptr : past_->names.get();
    endpoint_names_ = std::make_shared<EndpointNames>(std::move(clusters), before,
                                                      view_.envoy_filters != nullptr);
    endpoints_.resize(endpoint_names_->list.size());
    if (past_ != nullptr) place_assignments();
    if (!endpoints_else_.empty()) place_others();
  }
  return *endpoint_names_;
}

const ResourcePtr& ViewResources::endpoint_locked(uint32_t place) const {
  if (!endpoints_[place].made) {
    endpoints_.edit(place) = {xds::endpoints(view_, endpoint_names_->list[place]), true};
  }
  return endpoints_[place].resource;
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

const std::vector<std::string_view>& ViewResources::endpoint_names() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return endpoint_names_locked().list;
}

ResourcePtr ViewResources::route(std::string_view name) const {
  std::lock_guard<std::mutex> lock(mutex_);
  std::string key(name);
  if (auto known = routes_.find(key); known != routes_.end()) return known->second;
  make_routes({key});
  return routes_.at(key);
}

ResourcePtr ViewResources::endpoint(std::string_view name) const {
  std::lock_guard<std::mutex> lock(mutex_);
  return endpoint_by_name_locked(name);
}

ResourcePtr ViewResources::endpoint_by_name_locked(std::string_view name) const {
  const uint32_t place = endpoint_names_locked().find(name);
  if (place != EndpointNames::kNone) return endpoint_locked(place);
  auto known = endpoints_else_.find(std::string(name));
  if (known != endpoints_else_.end()) return known->second;
  ResourcePtr made = xds::endpoints(view_, name);
  if (made != nullptr)
    endpoints_else_.emplace(name, made);  // of a name that is none, nothing is kept
  return made;
}

std::shared_ptr<const Resources> ViewResources::routes() const {
  std::lock_guard<std::mutex> lock(mutex_);
  if (all_routes_ != nullptr) return all_routes_;
  const auto& names = route_names_locked();
  make_routes(names);
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
  const size_t count = endpoint_names_locked().list.size();
  all->reserve(count);
  const ResourceBatch batch(before_ == 0);
  Assignments assignments(view_);
  for (uint32_t place = 0; place < count; ++place) {
    if (!endpoints_[place].made) {
      endpoints_.edit(place) = {assignments.make(endpoint_names_->list[place]), true};
    }
    const ResourcePtr& known = endpoints_[place].resource;
    if (known != nullptr) all->push_back(known);
  }
  return all_endpoints_ = std::move(all);
}

ResourcePtr ViewResources::name_table() const {
  std::lock_guard<std::mutex> lock(mutex_);
  if (name_table_ == nullptr) name_table_ = xds::name_table(view_);
  return name_table_;
}

ResourcePtr ViewResources::extension(std::string_view name, bool with_pull_secrets) const {
  std::lock_guard<std::mutex> lock(mutex_);
  auto& known = extensions_[with_pull_secrets ? 1 : 0];
  const auto at = known.find(std::string(name));
  if (at != known.end()) return at->second;
  ResourcePtr made = extension_config(view_, name, with_pull_secrets);
  if (made != nullptr) known.emplace(name, made);  // of a name that is none, nothing is kept
  return made;
}

OwnResourcesPtr ViewResources::own(const traffic::ProxyView& view) const {
  std::string key = own_key(view);
  std::lock_guard<std::mutex> lock(mutex_);
  auto [it, fresh] = own_.try_emplace(std::move(key));
  if (fresh) {
    auto made = std::make_shared<OwnResources>();
    made->targets = view.targets;
    if (view.proxy.type == model::ProxyType::kSidecar) {
      inbound_clusters(view, made->clusters);
      inbound_listeners(view, made->listeners);
    }
    it->second = std::move(made);
  }
  return it->second;
}

// ---- ProxyConfig -------------------------------------------------------------------------------

ProxyConfig::ProxyConfig(ProxyPtr proxy, ViewResourcesPtr shared, OwnResourcesPtr own,
                         uint64_t serial, bool by_endpoints)
    : proxy_(std::move(proxy)),
      shared_(std::move(shared)),
      own_(std::move(own)),
      serial_(serial),
      by_endpoints_(by_endpoints) {}

ResourcePtr ProxyConfig::find(Type type, std::string_view name) const {
  auto in = [&](const PartPtr& part, const Resources& own) -> ResourcePtr {
    for (const ResourcePtr& resource : own) {
      if (resource->name == name) return resource;
    }
    return part->find(name);
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
    case Type::kNameTable:
      return name.empty() ? shared_->name_table() : nullptr;
    case Type::kExtension:
      return shared_->extension(name, false);
    case Type::kSecret:
      break;
  }
  return nullptr;
}

// ---- Generator ---------------------------------------------------------------------------------

struct Generator::Tenant {
  ProxyConfigPtr config(model::Proxy proxy);
  ViewResourcesPtr resources_of(const traffic::ProxyView& view);
  bool is_followed_by(const ProxyConfig& config) const;
  bool leaves(const model::Proxy& proxy) const;
  void take_views(Tenant& last);
  ViewResourcesPtr follower_of(const ViewResources& before);  // null as long as nobody asked

  index::MeshPtr mesh;
  uint64_t looked_at = 0;  // revision of the newest snapshot that is known to have this mesh
  traffic::TrafficPtr traffic;
  std::shared_ptr<const ViewKeys> keys;
  uint64_t serial = 0;
  std::shared_ptr<const MeshChange> change;
  using Views = std::unordered_map<std::string, std::shared_ptr<ViewResources>>;  // by their keys
  std::mutex mutex;  // guards all below
  Views views;
  Views before;                                              // of the mesh before, until asked for
  std::unordered_map<uint64_t, ViewResourcesPtr> followers;  // by id of the resources before
};

Generator::Generator() = default;
Generator::~Generator() = default;

void Generator::update(index::SnapshotPtr snapshot) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (snapshot_ != nullptr && snapshot->revision() <= snapshot_->revision()) return;
  index::SnapshotPtr before = std::move(snapshot_);
  snapshot_ = std::move(snapshot);
  auto same = [&](kube::Kind kind) {
    return before != nullptr && before->objects(kind).same(snapshot_->objects(kind)) &&
           std::equal(before->remotes().begin(), before->remotes().end(),
                      snapshot_->remotes().begin(), snapshot_->remotes().end(),
                      [&](const auto& a, const auto& b) {
                        return a.first == b.first && a.second.same(kind, b.second);
                      });
  };
  if (!same(kube::Kind::kPod)) pods_since_ = snapshot_->revision();
  // Seldom, and of many proxies at once: whose, is not asked.
  if (!same(kube::Kind::kNode) || !same(kube::Kind::kProxyConfig)) {
    nodes_since_ = snapshot_->revision();
  }
  if (!same(kube::Kind::kNamespace) || &before->tenants() != &snapshot_->tenants() ||
      &before->injection_rules() != &snapshot_->injection_rules()) {
    namespaces_since_ = snapshot_->revision();
  }
  for (auto it = tenants_.begin(); it != tenants_.end();) {
    it = snapshot_->tenants().find(it->first) == nullptr ? tenants_.erase(it) : std::next(it);
  }
}

index::SnapshotPtr Generator::snapshot() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return snapshot_;
}

std::shared_ptr<Generator::Tenant> Generator::tenant_locked(const model::TenantId& id) const {
  if (snapshot_ == nullptr) return nullptr;
  auto known = tenants_.find(id);
  if (known != tenants_.end() && known->second->looked_at == snapshot_->revision()) {
    return known->second;
  }
  if (snapshot_->tenants().find(id) == nullptr) return nullptr;
  index::MeshPtr mesh = snapshot_->mesh(id);
  std::shared_ptr<Tenant>& current = tenants_[id];
  if (current != nullptr && current->mesh == mesh) {
    current->looked_at = snapshot_->revision();
    return current;
  }
  auto next = std::make_shared<Tenant>();
  next->mesh = mesh;
  next->looked_at = snapshot_->revision();
  next->serial = ++serials_[id];
  next->traffic =
      traffic::Traffic::make(mesh, current == nullptr ? nullptr : current->traffic.get());
  auto change = std::make_shared<MeshChange>();
  if (current != nullptr) *change = mesh_change(*current->traffic, *next->traffic, current->serial);
  if (change->only_endpoints) {
    next->keys = current->keys;
  } else {
    next->keys =
        std::make_shared<ViewKeys>(*mesh, current == nullptr ? nullptr : current->keys.get());
    if (current == nullptr || *next->keys != *current->keys) *change = MeshChange{};
  }
  next->change = std::move(change);
  if (next->change->from != 0) next->take_views(*current);
  current = next;
  return current;
}

// The views that some proxy has and that the change leaves as they are stay.
void Generator::Tenant::take_views(Tenant& last) {
  std::lock_guard<std::mutex> lock(last.mutex);
  views = std::move(last.views);
  for (auto at = views.begin(); at != views.end();) {
    ViewResources& view = *at->second;
    const bool stays =
        at->second.use_count() > 1 && leaves(view.proxy()) && view.go_on(traffic, *change, serial);
    if (stays) {
      ++at;
    } else {
      before.insert(views.extract(at++));
    }
  }
  followers.reserve(before.size());
}

bool Generator::Tenant::is_followed_by(const ProxyConfig& config) const {
  return change->from != 0 && config.shared().serial() == change->from && !config.by_endpoints_ &&
         leaves(config.proxy());
}

// What it serves, if that was not found among endpoints, and which view it has are the same as before the change.
bool Generator::Tenant::leaves(const model::Proxy& proxy) const {
  if (!change->same_entries) return false;
  const traffic::Difference& difference = traffic->change();
  const bool gateway = proxy.type != model::ProxyType::kSidecar;
  const bool other_sidecar = difference.sidecars.count(proxy.ns) != 0 ||
                             difference.sidecars.count(mesh->root_namespace) != 0;
  return !other_sidecar && !difference.inbound_policies && !difference.extensions &&
         !(gateway && difference.gateways) && difference.namespaces.count(proxy.ns) == 0;
}

ViewResourcesPtr Generator::Tenant::follower_of(const ViewResources& before) {
  std::lock_guard<std::mutex> lock(mutex);
  const auto found = followers.find(before.id());
  return found == followers.end() ? nullptr : found->second;
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
    followers.emplace(old->second->id(), it->second);
    before.erase(old);
  }
  return it->second;
}

ProxyConfigPtr Generator::Tenant::config(model::Proxy proxy) {
  traffic::ProxyView view = traffic->view(std::move(proxy));
  ViewResourcesPtr shared = resources_of(view);
  OwnResourcesPtr own = shared->own(view);
  return std::make_shared<ProxyConfig>(std::make_shared<const model::Proxy>(std::move(view.proxy)),
                                       std::move(shared), std::move(own), serial,
                                       view.targets_by_endpoints);
}

ProxyConfigPtr Generator::config(model::Proxy proxy) const {
  std::shared_ptr<Tenant> t;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    t = tenant_locked(proxy.tenant);
  }
  return t == nullptr ? nullptr : t->config(std::move(proxy));
}

const kube::ObjectPtr& Generator::root_namespace_locked(const model::TenantId& tenant,
                                                        const std::string& cluster) const {
  RootNamespace& last = root_namespace_;
  if (last.revision != snapshot_->revision() || last.tenant != tenant || last.cluster != cluster) {
    last = {snapshot_->revision(), tenant, cluster,
            index::root_namespace_of(*snapshot_, tenant, cluster)};
  }
  return last.object;
}

bool Generator::stands_locked(const index::NodeOrigin& origin,
                              const model::TenantId& tenant) const {
  if (snapshot_ == nullptr || origin.revision < nodes_since_) return false;
  if (origin.revision < namespaces_since_) {
    const index::Tenant* owner = snapshot_->tenants().of_namespace(origin.pod_key.ns);
    if (origin.to_be_injected || owner == nullptr || owner->id != tenant) return false;
    if (root_namespace_locked(tenant, origin.cluster) != origin.root_namespace) return false;
  }
  return origin.revision >= pods_since_ ||
         index::find_in(*snapshot_, origin.cluster, origin.pod_key) == origin.pod;
}

ProxyConfigPtr Generator::follow(const ProxyConfigPtr& before, index::NodeOrigin& origin) const {
  std::shared_ptr<Tenant> t;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!stands_locked(origin, before->proxy().tenant)) return nullptr;
    t = tenant_locked(before->proxy().tenant);
    if (t == nullptr) return nullptr;
    const ViewResources& shared = before->shared();
    const bool stays = shared.serial() == t->serial;
    const bool known =
        stays ? !before->by_endpoints_ || before->serial_ == t->serial : t->is_followed_by(*before);
    if (!known) return nullptr;
    origin.revision = snapshot_->revision();
    if (stays) return before;
  }
  if (ViewResourcesPtr next = t->follower_of(before->shared()); next && next->own_stands()) {
    return std::make_shared<ProxyConfig>(before->proxy_, std::move(next), before->own_, t->serial,
                                         false);
  }
  return t->config(before->proxy());  // the first of its view, or its inbound part does not stand
}

}  // namespace mesh::xds
