#include "libmesh/testing/walk/readings.h"

#include "libmesh/base/strings.h"

namespace mesh::testing {
namespace {

View view_of(xds::Type type, const xds::Resource& resource) {
  std::string_view url = xds::type_url(type);
  url.remove_prefix(url.find('/') + 1);
  return View(url, resource.value());
}

}  // namespace

void ListenerSet::add(std::shared_ptr<const Listener> listener) {
  if (listener->is_udp()) return;
  for (const Listener::Address& address : listener->addresses()) {
    by_address_.emplace(std::pair(address.ip, address.port), listener.get());
  }
  if (listener->hands_over() && listener->is_outbound()) outbound_ = listener.get();
  if (listener->name() == "virtualInbound") inbound_ = listener.get();
  all_.push_back(std::move(listener));
}

const Listener* ListenerSet::at(const std::string& ip, uint32_t port) const {
  const std::string given = canonical_address(ip);
  const bool v6 = address_family(given) == AddressFamily::kIpv6;
  for (const std::string& address : {given, std::string(v6 ? "::" : "0.0.0.0")}) {
    const auto found = by_address_.find(std::pair(address, port));
    if (found != by_address_.end()) return found->second;
  }
  return nullptr;
}

Names::Names(View table) {
  table.each("table", [&](View entry) {
    const std::vector<std::string> ips = entry.at("value").texts("ips");
    if (!ips.empty()) addresses_.emplace(lower_ascii(entry.text("key")), ips.front());
  });
}

std::string Names::address(std::string_view host, std::string_view domain) const {
  const std::string name = lower_ascii(host.substr(0, host.size() - (host.ends_with('.') ? 1 : 0)));
  const auto look = [&](const std::string& full) -> std::string {
    const auto found = addresses_.find(full);
    return found == addresses_.end() ? std::string() : found->second;
  };
  // "shop.svc.cluster.local", "svc.cluster.local", "cluster.local", and the name alone.
  for (int i = 0; i < 3 && !domain.empty() && !host.ends_with('.'); ++i) {
    if (std::string found = look(name + "." + std::string(domain)); !found.empty()) return found;
    const size_t dot = domain.find('.');
    domain = dot == domain.npos ? std::string_view() : domain.substr(dot + 1);
  }
  return look(name);
}

template <typename T, typename F>
std::shared_ptr<const T> Readings::keep(Kept<T>& kept, const xds::ResourcePtr& resource, F&& read) {
  if (resource == nullptr) return nullptr;
  {
    std::lock_guard lock(mutex_);
    const auto found = kept.list.find(resource.get());
    if (found != kept.list.end()) return found->second.second;
  }
  std::shared_ptr<const T> made = read(*resource);
  std::lock_guard lock(mutex_);
  return kept.list.emplace(resource.get(), std::pair(resource, std::move(made)))
      .first->second.second;
}

std::shared_ptr<const ListenerSet> Readings::listeners(const xds::ProxyConfig& config) {
  const xds::PartPtr shared = config.shared().listeners();
  const std::pair<const void*, const void*> key(shared.get(), config.own().get());
  {
    std::lock_guard lock(mutex_);
    const auto found = sets_.find(key);
    if (found != sets_.end()) return found->second.value;
  }
  auto set = std::make_shared<ListenerSet>();
  config.for_each(xds::Type::kListener, [&](const xds::ResourcePtr& resource) {
    set->add(keep(listeners_, resource, [](const xds::Resource& each) {
      return std::make_shared<const Listener>(view_of(xds::Type::kListener, each));
    }));
  });
  std::lock_guard lock(mutex_);
  return sets_.emplace(key, Set{shared, config.own(), set}).first->second.value;
}

std::shared_ptr<const Names> Readings::names(const xds::ProxyConfig& config) {
  return keep(names_, config.find(xds::Type::kNameTable, ""), [](const xds::Resource& each) {
    return std::make_shared<const Names>(view_of(xds::Type::kNameTable, each));
  });
}

std::shared_ptr<const RouteTable> Readings::routes(const xds::ProxyConfig& config,
                                                   std::string_view name) {
  return keep(routes_, config.find(xds::Type::kRoute, name), [](const xds::Resource& each) {
    return std::make_shared<const RouteTable>(view_of(xds::Type::kRoute, each));
  });
}

std::shared_ptr<const Cluster> Readings::cluster(const xds::ProxyConfig& config,
                                                 std::string_view name) {
  return keep(clusters_, config.find(xds::Type::kCluster, name), [](const xds::Resource& each) {
    return std::make_shared<const Cluster>(view_of(xds::Type::kCluster, each));
  });
}

std::shared_ptr<const Assignment> Readings::assignment(const xds::ProxyConfig& config,
                                                       std::string_view name) {
  return keep(assignments_, config.find(xds::Type::kEndpoint, name), [](const xds::Resource& each) {
    return std::make_shared<const Assignment>(view_of(xds::Type::kEndpoint, each));
  });
}

void Readings::forget() {
  const auto forget_in = [](auto& kept) {
    std::erase_if(kept.list, [](const auto& each) { return each.second.first.use_count() == 1; });
  };
  std::lock_guard lock(mutex_);
  std::erase_if(sets_, [](const auto& each) {
    return each.second.shared.use_count() == 1 || each.second.own.use_count() == 1;
  });
  forget_in(listeners_);
  forget_in(routes_);
  forget_in(clusters_);
  forget_in(assignments_);
  forget_in(names_);
}

}  // namespace mesh::testing
