#include "libmesh/xds/envoyfilter/match.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <charconv>

namespace mesh::xds::envoyfilter {
namespace {

using RouteAction = networking::EnvoyFilter_RouteConfigurationMatch_RouteMatch_Action;

// strconv.Atoi, with 0 for what is no number.
int number_of(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  return whole ? number : 0;
}

bool cut(std::string_view& rest, std::string_view separator, std::string_view& before) {
  const size_t at = rest.find(separator);
  if (at == std::string_view::npos) return false;
  before = rest.substr(0, at);
  rest.remove_prefix(at + separator.size());
  return true;
}

// "direction|port|subset|host", or the form of SNI names (model.ParseSubsetKey).
struct SubsetKey {
  std::string_view direction;
  std::string_view subset;
  std::string_view host;
  int port = 0;
};

SubsetKey parse_subset_key(std::string_view name) {
  const bool sni = name.starts_with("outbound_") || name.starts_with("inbound_");
  const std::string_view separator = sni ? "_." : "|";
  SubsetKey out;
  std::string_view port;
  if (!cut(name, separator, out.direction) || !cut(name, separator, port)) return out;
  out.port = number_of(port);
  if (!cut(name, separator, out.subset)) return out;
  if (name.find(separator) == std::string_view::npos) out.host = name;
  return out;
}

struct GatewayRoute {
  int port = 0;
  std::string_view port_name;
  std::string gateway;  // "namespace/name"
};

// "http.80", "https.443.name.gateway.namespace" (model.ParseGatewayRDSRouteName).
GatewayRoute parse_gateway_route(std::string_view name) {
  GatewayRoute out;
  if (name.starts_with("http.")) {
    out.port = number_of(name.substr(5));
  } else if (name.starts_with("https.") && std::count(name.begin(), name.end(), '.') == 4) {
    name.remove_prefix(6);
    std::string_view port;
    std::string_view gateway;
    if (!cut(name, ".", port)) return out;
    out.port = number_of(port);
    if (cut(name, ".", out.port_name) && cut(name, ".", gateway)) {
      out.gateway = std::string(name) + "/" + std::string(gateway);
    }
  }
  return out;
}

int sidecar_port(std::string_view route_name) {
  return route_name.starts_with("inbound") ? parse_subset_key(route_name).port
                                           : number_of(route_name);
}

bool contains(const std::vector<std::string>& texts, std::string_view text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

bool has_all(const std::vector<std::string>& texts, std::string_view list) {
  for (;;) {
    const size_t end = list.find(',');
    if (!contains(texts, list.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    list.remove_prefix(end + 1);
  }
}

uint32_t destination_port(const Message& chain) {
  if (!has(chain, "filter_chain_match")) return 0;
  const Message& match = message_at(chain, "filter_chain_match");
  if (!has(match, "destination_port")) return 0;
  return number_at(message_at(match, "destination_port"), "value");
}

const networking::EnvoyFilter_ListenerMatch_FilterMatch* filter_of(const Patch& patch) {
  const auto* match = patch.listener();
  return match != nullptr && match->filter_chain ? match->filter_chain->filter.get() : nullptr;
}

}  // namespace

bool is_virtual(std::string_view listener_name) {
  return listener_name == "virtualInbound" || listener_name == "virtualOutbound";
}

bool matches_listener(std::string_view name, uint32_t port, const Patch& patch) {
  const auto* match = patch.listener();
  if (match == nullptr) return true;
  if (!match->name.empty() && match->name != name) return false;
  // The ports of the virtual listeners are those of their chains.
  if (patch.spec->apply_to != ApplyTo::LISTENER && is_virtual(name)) return true;
  return match->port_number == 0 || match->port_number == port;
}

bool matches_chain(std::string_view listener_name, const Message& chain, const Patch& patch) {
  const auto* listener = patch.listener();
  if (listener == nullptr) return true;
  if (is_virtual(listener_name) && listener->port_number > 0 &&
      destination_port(chain) != listener->port_number) {
    return false;
  }
  if (!listener->filter_chain) return true;
  const auto& match = *listener->filter_chain;
  if (!match.name.empty() && match.name != text_at(chain, "name")) return false;
  const Message& own = message_at(chain, "filter_chain_match");
  if (!match.sni.empty() && !contains(texts_at(own, "server_names"), match.sni)) return false;
  if (!match.transport_protocol.empty() &&
      match.transport_protocol != text_at(own, "transport_protocol")) {
    return false;
  }
  if (!match.application_protocols.empty() &&
      !has_all(texts_at(own, "application_protocols"), match.application_protocols)) {
    return false;
  }
  return match.destination_port == 0 || match.destination_port == destination_port(chain);
}

bool names_listener_filter(const Patch& patch) {
  const auto* match = patch.listener();
  return match != nullptr && !match->listener_filter.empty();
}

bool matches_listener_filter(const Message& filter, const Patch& patch) {
  return !names_listener_filter(patch) ||
         patch.listener()->listener_filter == text_at(filter, "name");
}

bool names_network_filter(const Patch& patch) { return filter_of(patch) != nullptr; }

bool matches_network_filter(std::string_view name, const Patch& patch) {
  const auto* filter = filter_of(patch);
  return filter == nullptr || filter->name == name;
}

bool names_http_filter(const Patch& patch) {
  const auto* filter = filter_of(patch);
  return filter != nullptr && filter->sub_filter;
}

bool matches_http_filter(const Message& filter, const Patch& patch) {
  return !names_http_filter(patch) || filter_of(patch)->sub_filter->name == text_at(filter, "name");
}

bool matches_cluster(std::string_view name, std::span<const std::string> hosts,
                     const Patch& patch) {
  const auto* match = patch.cluster();
  if (match == nullptr) return true;
  if (!match->name.empty()) return match->name == name;
  const SubsetKey key = parse_subset_key(name);
  if (!match->subset.empty() && match->subset != key.subset) return false;
  if (!match->service.empty()) {
    const bool by_hosts = key.direction == "inbound" && !hosts.empty();
    const bool found = by_hosts
                           ? std::find(hosts.begin(), hosts.end(), match->service) != hosts.end()
                           : match->service == key.host;
    if (!found) return false;
  }
  return match->port_number == 0 || static_cast<int>(match->port_number) == key.port;
}

GatewayPorts gateway_ports(const traffic::MergedGateway* gateway) {
  GatewayPorts out;
  if (gateway == nullptr) return out;
  for (const auto& [name, servers] : gateway->routes) {
    std::set<int>& ports = out[parse_gateway_route(name).port];
    for (const traffic::GatewayServer* server : servers) {
      if (server->server->port) ports.insert(static_cast<int>(server->server->port->number));
    }
  }
  return out;
}

bool matches_route_configuration(const std::string& name, const GatewayPorts* ports,
                                 const Patch& patch) {
  const auto* match = patch.route();
  if (match == nullptr) return true;
  if (!match->name.empty() && match->name != name) return false;
  const auto wanted = static_cast<int>(match->port_number);
  if (ports == nullptr) return wanted == 0 || wanted == sidecar_port(name);
  const GatewayRoute route = parse_gateway_route(name);
  if (!match->port_name.empty() && match->port_name != route.port_name) return false;
  if (!match->gateway.empty() && match->gateway != route.gateway) return false;
  if (wanted == 0) return true;
  const auto named = ports->find(route.port);
  return named == ports->end() ? wanted == route.port : named->second.count(wanted) != 0;
}

bool matches_virtual_host(const Message& host, const Patch& patch) {
  const auto* match = patch.route();
  if (match == nullptr || !match->vhost) return true;
  const auto& wanted = *match->vhost;
  return (wanted.name.empty() || wanted.name == text_at(host, "name")) &&
         (wanted.domain_name.empty() || contains(texts_at(host, "domains"), wanted.domain_name));
}

bool names_route(const Patch& patch) {
  const auto* match = patch.route();
  return match != nullptr && match->vhost && match->vhost->route;
}

bool matches_route(const Message* route, const Patch& patch) {
  if (!names_route(patch)) return true;
  if (route == nullptr) return false;
  const auto& match = *patch.route()->vhost->route;
  if (!match.name.empty() && match.name != text_at(*route, "name")) return false;
  if (match.action == RouteAction::ANY) return true;
  if (has(*route, "route")) return match.action == RouteAction::ROUTE;
  if (has(*route, "redirect")) return match.action == RouteAction::REDIRECT;
  if (has(*route, "direct_response")) return match.action == RouteAction::DIRECT_RESPONSE;
  return true;  // what the matcher has no name for passes
}

}  // namespace mesh::xds::envoyfilter
