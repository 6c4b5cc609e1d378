// Routes: configurations, then their virtual hosts, then the routes of each (rc_patch.go).
#include "libmesh/xds/envoyfilter/routes.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "libmesh/xds/envoyfilter/apply.h"

namespace mesh::xds::envoyfilter {
namespace {

constexpr std::string_view kType = "envoy.config.route.v3.RouteConfiguration";

// Istio patches what it makes of a name it knows; for others it sends an empty configuration.
bool is_sidecar_route(std::string_view name) {
  if (name == "http_proxy" || name.starts_with("unix://")) return true;
  const size_t colon = name.rfind(':');
  if (colon != std::string_view::npos) name.remove_prefix(colon + 1);
  uint32_t port = 0;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), port);
  return !name.empty() && read.ec == std::errc() && read.ptr == name.data() + name.size();
}

}  // namespace

bool RoutePatcher::touches(const std::string& name) const {
  for (const ApplyTo to :
       {ApplyTo::ROUTE_CONFIGURATION, ApplyTo::VIRTUAL_HOST, ApplyTo::HTTP_ROUTE}) {
    for (const Patch* patch : set_[to]) {
      if (matches_route_configuration(name, ports_, *patch)) return true;
    }
  }
  return false;
}

void RoutePatcher::patch(Message& configuration) {
  name_ = text_at(configuration, "name");
  for (const Patch* patch : set_[ApplyTo::ROUTE_CONFIGURATION]) {
    if (!patch->merges() || !is_about(*patch)) continue;
    editor_.merge(*patch, configuration);
    if (editor_.failed()) return;
    name_ = text_at(configuration, "name");
  }
  if (set_.has(ApplyTo::VIRTUAL_HOST) || set_.has(ApplyTo::HTTP_ROUTE)) {
    Elements hosts(configuration, "virtual_hosts");
    patch_hosts(hosts.list);
  }
}

void RoutePatcher::patch_hosts(std::vector<MessagePtr>& hosts) {
  std::set<std::string> removed;
  for (MessagePtr& host : hosts) {
    if (patch_host(host)) removed.insert(text_at(*host, "name"));
    if (editor_.failed()) return;
  }
  for (const Patch* patch : set_[ApplyTo::VIRTUAL_HOST]) {
    if (patch->operation != Operation::ADD || !is_about(*patch)) continue;
    editor_.edit(*patch, false, hosts, [](const Message*) { return true; });
    if (editor_.failed()) return;
  }
  // By name, so that one that was added again goes as well, as in Istio.
  if (removed.empty()) return;
  std::erase_if(hosts,
                [&](const MessagePtr& host) { return removed.count(text_at(*host, "name")) != 0; });
}

bool RoutePatcher::patch_host(MessagePtr& host) {
  for (const Patch* patch : set_[ApplyTo::VIRTUAL_HOST]) {
    if (!is_about(*patch) || !matches_virtual_host(*host, *patch)) continue;
    if (patch->operation == Operation::REMOVE) {
      editor_.applied(*patch);
      return true;
    }
    if (patch->merges()) {
      editor_.merge(*patch, *host);
    } else if (patch->operation == Operation::REPLACE) {
      MessagePtr value = editor_.copy(*patch);
      if (value != nullptr) {
        host = std::move(value);
        editor_.applied(*patch);
      }
    }
    if (editor_.failed()) return false;
  }
  if (set_.has(ApplyTo::HTTP_ROUTE)) patch_routes(*host);
  return false;
}

void RoutePatcher::patch_routes(Message& host) {
  std::vector<const Patch*> patches;
  for (const Patch* patch : set_[ApplyTo::HTTP_ROUTE]) {
    if (is_about(*patch) && matches_virtual_host(host, *patch)) patches.push_back(patch);
  }
  if (patches.empty()) return;
  Elements routes(host, "routes");
  for (MessagePtr& route : routes.list) {
    patch_route(patches, route);
    if (editor_.failed()) return;
  }
  // Removed ones keep their places until all is inserted.
  for (const Patch* patch : patches) {
    insert_route(*patch, routes.list);
    if (editor_.failed()) return;
  }
}

void RoutePatcher::patch_route(const std::vector<const Patch*>& patches, MessagePtr& route) {
  for (const Patch* patch : patches) {
    if (!matches_route(route.get(), *patch)) continue;
    if (patch->operation == Operation::REMOVE) {
      editor_.applied(*patch);
      route = nullptr;
      return;
    }
    if (patch->merges()) editor_.merge(*patch, *route);
    if (editor_.failed()) return;
  }
}

void RoutePatcher::insert_route(const Patch& patch, std::vector<MessagePtr>& routes) {
  const bool inserts =
      patch.operation == Operation::ADD || patch.operation == Operation::INSERT_FIRST ||
      patch.operation == Operation::INSERT_BEFORE || patch.operation == Operation::INSERT_AFTER;
  if (!inserts) return;
  const auto matches = [&](const Message* route) { return matches_route(route, patch); };
  // INSERT_FIRST wants the route to be there, and comes before all of them.
  if (patch.operation == Operation::INSERT_FIRST && names_route(patch) &&
      std::none_of(routes.begin(), routes.end(),
                   [&](const MessagePtr& route) { return matches(route.get()); })) {
    return;
  }
  editor_.edit(patch, names_route(patch), routes, matches);
}

ResourcePtr patch_route(const traffic::ProxyView& view, std::string_view name, ResourcePtr route,
                        Outcome* outcome) {
  if (route == nullptr || view.envoy_filters == nullptr) return route;
  if (view.envoy_filters->outbound == nullptr) return route;
  const auto set = patch_set(*view.envoy_filters->outbound);
  if (!set->has_routes()) return route;
  const bool gateway = view.proxy.type == model::ProxyType::kGateway;
  if (!gateway && !is_sidecar_route(name)) return route;
  GatewayPorts ports;
  if (gateway) ports = gateway_ports(view.gateway.get());
  RoutePatcher patcher(*set, gateway ? &ports : nullptr, outcome);
  if (!patcher.touches(std::string(route->name))) return route;
  const MessagePtr message = schema::parse_message(kType, route->value());
  if (message == nullptr) return route;
  patcher.patch(*message);
  std::string now = gateway ? std::string(name) : text_at(*message, "name");
  return make_resource(Type::kRoute, now, schema::to_bytes(*message));
}

}  // namespace mesh::xds::envoyfilter
