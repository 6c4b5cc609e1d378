#include "libmesh/traffic/gateway_builder.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/index/tables/text_table.h"
#include "libmesh/traffic/check/finding.h"
#include "libmesh/traffic/features.h"

namespace mesh::traffic {
namespace {

using model::Protocol;
using TlsMode = networking::ServerTLSSettings_TLSmode;

// A service with this label opts out of translating Gateway ports to its target ports.
constexpr char kNoPortTranslation[] = "experimental.istio.io/disable-gateway-port-translation";

bool is_passthrough(const networking::Server& server) {
  return server.tls && (server.tls->mode == TlsMode::PASSTHROUGH ||
                        server.tls->mode == TlsMode::AUTO_PASSTHROUGH);
}

// HTTP, or HTTPS that ends here.
bool is_http_server(const networking::Server& server, Protocol protocol) {
  return model::is_http(protocol) || (protocol == Protocol::kHttps && !is_passthrough(server));
}

// TLS settings on a plain HTTP port only say httpsRedirect.
bool is_tls_server(const networking::Server& server, Protocol protocol) {
  return server.tls && !model::is_http(protocol);
}

// "./host" -> "<ns>/host", "*/host" -> "host", "*/*" -> only "*".
std::shared_ptr<const networking::Server> with_full_hosts(const networking::Server& server,
                                                          const index::Gateway& gateway) {
  const std::string& ns = gateway.ns();
  const bool full = std::none_of(server.hosts.begin(), server.hosts.end(), [](const auto& host) {
    return host.find('/') != std::string::npos;
  });
  if (full) return {gateway.object, &server};  // as it stands in the object
  auto out = std::make_shared<networking::Server>(server);
  for (std::string& host : out->hosts) {
    size_t slash = host.find('/');
    if (slash == std::string::npos) continue;
    if (host.compare(0, slash, ".") == 0) {
      host = ns + host.substr(slash);
    } else if (host == "*/*") {
      out->hosts = {"*"};
      break;
    } else if (host.compare(0, slash, "*") == 0) {
      host = host.substr(slash + 1);
    }
  }
  return out;
}

ServicePorts::const_iterator find_port(const ServicePorts& ports, uint32_t port) {
  return std::find_if(ports.begin(), ports.end(),
                      [port](const auto& known) { return known.first == port; });
}

// A Gateway's port is that of a service in front of the proxy, or of the proxy itself.
uint32_t workload_port(uint32_t port, const ServicePorts& ports) {
  auto found = find_port(ports, port);
  return found == ports.end() ? port : found->second;
}

// "Gateway edge/a", or the Ingress that the Gateway stands for.
std::string subject(const kube::Object& gateway) {
  const document::Value& document = gateway.document;
  const document::Value* metadata = document.find("metadata");
  if (metadata == nullptr || document.string_at("kind") != "Ingress") return to_string(gateway.key);
  const kube::ObjectKey key{kube::Kind::kIngress, std::string(metadata->string_at("namespace")),
                            std::string(metadata->string_at("name"))};
  return to_string(key);
}

// Who has the TLS hosts of a port; the texts stand in servers that stay.
class Claims {
 public:
  // All of the server's hosts become its own; but none when one of them is another's on the same bind: that one, and the
  // host. `entry` stays, whether it gets them or not.
  struct Taken {
    const GatewayServer* holder = nullptr;
    std::string_view host;
  };
  Taken claim(const GatewayServer& entry) {
    places_.clear();
    for (const std::string_view host : entry.server->hosts) {
      const uint32_t place = by_host_.find_or_add(list_, {nullptr, host});
      const GatewayServer* const holder = list_[place].holder;
      if (holder != nullptr && holder->server->bind == entry.server->bind) return {holder, host};
      places_.push_back(place);
    }
    for (const uint32_t place : places_) list_[place].holder = &entry;
    return {};
  }

 private:
  struct HostOf {
    std::string_view operator()(const Taken& one) const { return one.host; }
  };

  std::vector<Taken> list_;  // of nobody where a server was refused
  index::TextTable<Taken, HostOf> by_host_;
  std::vector<uint32_t> places_;  // of the hosts at hand
};

class Merger {
 public:
  explicit Merger(const std::vector<uint32_t>& udp_ports) : udp_ports_(udp_ports) {}

  void add(const index::Gateway& gateway, const GatewaySelection& selection, uint32_t place) {
    const auto own = selection.of_services.find(place);
    const auto& servers = gateway.spec->servers;
    name_ = keep({gateway.ns(), "/", gateway.name()});
    ++out_.gateways;
    for (size_t i = 0; i < servers.size(); ++i) {
      if (!servers[i].port) continue;
      auto server = with_full_hosts(servers[i], gateway);
      const uint32_t number = server->port->number;
      if (own == selection.of_services.end()) {
        add(gateway, server, i, workload_port(number, selection.ports));
        continue;
      }
      for (const auto& [port, target] : own->second) {
        if (port == number) add(gateway, server, i, target);
      }
    }
  }

  MergedGatewayPtr finish() {
    auto& routes = out_.routes;
    const auto name = &GatewayRoute::name;
    if (!std::ranges::is_sorted(routes, {}, name)) std::ranges::sort(routes, {}, name);
    return made_;
  }

 private:
  static constexpr uint32_t kNone = ~uint32_t{0};
  // The first of the plaintext servers of a port.
  struct Plain {
    ServerPort key;
    MergedServers* merged = nullptr;
    uint32_t route = kNone;  // among the routes; kNone: not HTTP
  };
  struct Port {
    bool open = false;
    std::optional<Plain> plain;
    Claims tls_hosts;
  };

  // A text that stays as long as what is made.
  std::string_view keep(std::initializer_list<std::string_view> parts) {
    size_t size = 0;
    for (const std::string_view part : parts) size += part.size();
    char* const text = static_cast<char*>(out_.arena.allocate(size, 1));
    char* at = text;
    for (const std::string_view part : parts) at = std::copy(part.begin(), part.end(), at);
    return {text, size};
  }

  // Of a server that is_http_server().
  std::string_view route_name(const GatewayServer& entry, const ServerPort& key) {
    const networking::Server& server = *entry.server;
    char digits[16];
    const auto text = [&digits](uint32_t number) {
      const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
      return std::string_view(digits, static_cast<size_t>(end - digits));
    };
    const std::string_view dot = server.bind.empty() ? "" : ".";
    if (model::is_http(key.protocol)) return keep({"http.", text(key.number), dot, server.bind});
    return keep({"https.", text(server.port->number), ".", server.port->name, ".",
                 entry.gateway.name(), ".", entry.gateway.ns(), dot, server.bind});
  }

  // In order, each once.
  std::span<const std::string_view> sni_hosts(const networking::Server& server) {
    auto* const first = static_cast<std::string_view*>(out_.arena.allocate(
        server.hosts.size() * sizeof(std::string_view), alignof(std::string_view)));
    auto* end = first;
    for (const std::string_view host : server.hosts) {
      const size_t slash = host.find('/');
      std::construct_at(end++, slash == std::string_view::npos ? host : host.substr(slash + 1));
    }
    if (!std::is_sorted(first, end)) std::sort(first, end);
    return {first, std::unique(first, end)};
  }

  // The field that a server stands in. That of an Ingress carries its place in its name.
  static std::string field_of(const kube::Object& gateway, const networking::Server& server,
                              size_t place) {
    if (gateway.document.string_at("kind") != "Ingress") {
      return "spec.servers[" + std::to_string(place) + "]";
    }
    if (!server.tls) return "spec.rules";
    return "spec.tls[" + server.port->name.substr(server.port->name.rfind('-') + 1) + "]";
  }

  // "Gateway edge/a spec.servers[1], which is older"
  static std::string winner_of(const GatewayServer& winner, const index::Gateway& loser) {
    const kube::Object& object = *winner.gateway.object;
    const std::string field = field_of(object, *winner.server, winner.place);
    if (winner.gateway.object == loser.object) return "the earlier " + field;
    return subject(object) + " " + field +
           (winner.gateway.creation_time() < loser.creation_time() ? ", which is older"
                                                                   : ", which comes first by name");
  }

  // `what`: "host … is served with TLS by"
  void refuse(const GatewayServer& entry, const std::string& what, const GatewayServer& winner,
              std::string mend) {
    const kube::Object& loser = *entry.gateway.object;
    Diagnostic found =
        finding(Severity::kWarning, Code::kGatewayConflict, loser,
                field_of(loser, *entry.server, entry.place),
                what + " " + winner_of(winner, entry.gateway) + "; this server is left out",
                std::move(mend));
    found.object = subject(loser);
    out_.diagnostics.push_back(std::move(found));
  }

  // False when a host of a TLS server is taken on that port and bind: Envoy refuses two filter
  // chains with one match.
  bool claim_hosts(const GatewayServer& entry, uint32_t port, Claims& taken) {
    const auto [holder, host] = taken.claim(entry);
    if (holder == nullptr) return true;
    refuse(entry,
           "host \"" + std::string(host) + "\" is on port " + std::to_string(port) +
               " already served with TLS by",
           *holder, "take the host out of one of the two, or give one another port or bind");
    return false;
  }

  void add(const index::Gateway& gateway, std::shared_ptr<const networking::Server> server,
           size_t place, uint32_t port) {
    const Protocol protocol = model::parse_protocol(server->port->protocol);
    GatewayServer& entry = out_.all.emplace_back();
    entry.gateway = gateway;
    entry.gateway_name = name_;
    entry.gateway_number = out_.gateways - 1;
    entry.place = place;
    entry.server = std::move(server);
    Port& at = ports_[port];
    if (entry.server->tls) {
      if (!claim_hosts(entry, port, at.tls_hosts)) return;
      entry.sni_hosts = sni_hosts(*entry.server);
      if (entry.server->tls->mode == TlsMode::AUTO_PASSTHROUGH) {
        out_.contains_auto_passthrough = true;
      }
    }
    const ServerPort key{port, protocol, entry.server->bind};
    if (!std::exchange(at.open, true)) {
      open(at, key, entry);
    } else if (at.plain) {
      join_plain(at, key, entry);
    } else {
      join_other(at, key, entry);
    }
  }

  // Puts the server into its route, which is there from now on, and says where.
  enum class Join : uint8_t { kOthers, kInsteadOfOthers };
  uint32_t join_route(GatewayServer& entry, const ServerPort& key, Join join) {
    const uint32_t at = route_of(entry, key);
    GatewayRoute& route = out_.routes[at];
    if (join == Join::kInsteadOfOthers) route.servers.clear();
    route.servers.push_back(&entry);
    return at;
  }

  uint32_t route_of(GatewayServer& entry, const ServerPort& key) {
    const uint32_t at = by_name_.find_or_add(
        out_.routes, GatewayRoute{route_name(entry, key), GatewayServers(&out_.arena)});
    entry.route_name = out_.routes[at].name;
    return at;
  }

  // The first server of a port (or of another bind on it).
  void open(Port& port, const ServerPort& key, GatewayServer& entry) {
    uint32_t route = kNone;
    if (is_http_server(*entry.server, key.protocol)) {
      route = join_route(entry, key, Join::kInsteadOfOthers);
    }
    add_quic(key, entry);
    MergedServers& merged = start(key, entry);
    if (!is_tls_server(*entry.server, key.protocol)) port.plain = Plain{key, &merged, route};
  }

  MergedServers& start(const ServerPort& key, const GatewayServer& entry) {
    MergedServers& merged = out_.servers[key];
    merged.route_name = entry.route_name;
    merged.servers.assign(1, &entry);
    out_.ports.push_back(key);
    return merged;
  }

  // Another server on a port with a plaintext one: both must be HTTP, or bind elsewhere.
  void join_plain(Port& port, const ServerPort& key, GatewayServer& entry) {
    const Plain& current = *port.plain;
    if (current.key.bind == key.bind) return join_same(current, key, entry);
    const auto merged = out_.servers.find(key);
    if (merged == out_.servers.end()) return open(port, key, entry);
    join_route(entry, key, Join::kOthers);
    merged->second.route_name = entry.route_name;
    add_quic(key, entry);
    merged->second.servers.push_back(&entry);
  }

  // Its route is that of the one that is there: its name says port and bind.
  void join_same(const Plain& current, const ServerPort& key, GatewayServer& entry) {
    const Protocol protocol = current.key.protocol;
    if (!model::is_http(protocol) || !model::is_http(key.protocol)) {
      refuse(entry,
             "port " + std::to_string(key.number) + " serves " +
                 std::string(model::protocol_name(protocol)) + " for",
             *current.merged->servers.front(),
             "give it another port or bind: only HTTP servers share one without TLS");
      return;
    }
    GatewayRoute& route = out_.routes[current.route];
    entry.route_name = route.name;
    route.servers.push_back(&entry);
    current.merged->servers.push_back(&entry);
  }

  // Another server on a port with TLS ones: told apart by SNI.
  void join_other(Port& port, const ServerPort& key, GatewayServer& entry) {
    const bool http = is_http_server(*entry.server, key.protocol);
    if (!is_tls_server(*entry.server, key.protocol)) {
      const uint32_t route = http ? join_route(entry, key, Join::kInsteadOfOthers) : kNone;
      port.plain = Plain{key, &start(key, entry), route};
      return;
    }
    if (http) {
      GatewayRoute& route = out_.routes[route_of(entry, key)];
      if (!route.servers.empty()) {
        refuse(entry, "port name \"" + entry.server->port->name + "\" is already that of",
               *route.servers.front(), "name the ports of HTTPS servers apart");
        return;
      }
      route.servers.push_back(&entry);
    }
    auto [it, fresh] = out_.servers.try_emplace(key);
    if (fresh) out_.ports.push_back(key);
    add_quic(key, entry);
    it->second.servers.push_back(&entry);
  }

  // HTTPS that ends here is HTTP/3 as well, over UDP at the same port.
  void add_quic(const ServerPort& key, const GatewayServer& entry) {
    if (udp_ports_.empty() || key.protocol != Protocol::kHttps || is_passthrough(*entry.server)) {
      return;
    }
    const uint32_t number = entry.server->port->number;
    if (std::find(udp_ports_.begin(), udp_ports_.end(), number) == udp_ports_.end()) return;
    out_.http3_routes.emplace(entry.route_name);
    if (entry.server->tls) out_.quic[key].push_back(&entry);
  }

  const std::vector<uint32_t>& udp_ports_;
  std::shared_ptr<MergedGateway> made_ = std::make_shared<MergedGateway>();
  MergedGateway& out_ = *made_;
  struct NameOf {
    std::string_view operator()(const GatewayRoute& route) const { return route.name; }
  };
  index::TextTable<GatewayRoute, NameOf> by_name_;  // of the routes
  std::string_view name_;                           // "ns/name" of the Gateway at hand
  std::map<uint32_t, Port> ports_;
};

}  // namespace

namespace {

// The ports of the named services that are in front of the proxy; none: the Gateway is not for it.
ServicePorts ports_of_named(const index::Gateway& gateway, std::string_view names,
                            const std::vector<model::ServiceTarget>& targets) {
  ServicePorts out;
  const auto named = [names](std::string_view host) {
    for (std::string_view rest = names;;) {
      const size_t comma = rest.find(',');
      if (rest.substr(0, comma) == host) return true;
      if (comma == std::string_view::npos) return false;
      rest.remove_prefix(comma + 1);
    }
  };
  for (const model::ServiceTarget& target : targets) {
    if (target.service->ns != gateway.ns() || !named(target.service->hostname)) continue;
    const std::pair<uint32_t, uint32_t> port{target.port.number, target.target_port};
    if (std::find(out.begin(), out.end(), port) == out.end()) out.push_back(port);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

GatewayIndex::GatewayIndex(const index::Mesh& mesh) : list_(mesh.gateways) {
  const std::vector<index::Gateway>& all = list_;
  if (all.empty()) return;
  const bool by_namespace = features_of(mesh.config).scope_gateway_to_namespace;
  using Key = std::pair<std::string_view, const Labels&>;
  std::map<Key, size_t> known;
  Group* last = nullptr;  // most are for the proxies that the one before is for
  for (uint32_t i = 0; i < all.size(); ++i) {
    const Labels& annotations = all[i].object->annotations;
    if (!annotations.empty() && annotations.contains(kGatewayService)) {
      of_services_.push_back(i);
      continue;
    }
    const std::string* const ns = by_namespace ? &all[i].ns() : nullptr;
    const Labels& selector = all[i].spec->selector;
    if (last != nullptr && *last->selector == selector && (ns == nullptr || *ns == *last->ns)) {
      last->places.push_back(i);
      continue;
    }
    const Key key(ns == nullptr ? std::string_view() : std::string_view(*ns), selector);
    const auto [at, fresh] = known.try_emplace(key, groups_.size());
    if (fresh) groups_.push_back({&selector, ns, {}});
    last = &groups_[at->second];
    last->places.push_back(i);
  }
}

GatewaySelection GatewayIndex::select(const index::Mesh& mesh, const model::Proxy& proxy,
                                      const std::vector<model::ServiceTarget>& targets) const {
  GatewaySelection out;
  const std::vector<index::Gateway>& all = list_;
  if (all.empty()) return out;
  const Features features = features_of(mesh.config);
  size_t parts = 0;
  for (const Group& group : groups_) {
    if (group.ns != nullptr && *group.ns != proxy.ns) continue;
    if (!labels_match(*group.selector, proxy.labels)) continue;
    out.gateways.insert(out.gateways.end(), group.places.begin(), group.places.end());
    ++parts;
  }
  for (const uint32_t i : of_services_) {
    if (features.scope_gateway_to_namespace && all[i].ns() != proxy.ns) continue;
    ServicePorts ports =
        ports_of_named(all[i], all[i].object->annotations.find(kGatewayService)->second, targets);
    if (ports.empty()) continue;
    out.of_services.emplace(i, std::move(ports));
    out.gateways.push_back(i);
    ++parts;
  }
  if (parts > 1) std::sort(out.gateways.begin(), out.gateways.end());
  if (out.gateways.empty()) return out;
  for (const model::ServiceTarget& target : targets) {
    if (features.quic_listeners && target.port.protocol == Protocol::kUdp) {
      out.udp_ports.push_back(target.port.number);
    }
    if (target.service->labels.count(kNoPortTranslation) != 0) continue;
    const uint32_t number = target.port.number;
    if (find_port(out.ports, number) == out.ports.end()) {
      out.ports.emplace_back(number, target.target_port);
    }
  }
  return out;
}

MergedGatewayPtr merge_gateways(const index::Mesh& mesh, const GatewaySelection& selection) {
  if (selection.gateways.empty()) return nullptr;
  Merger merger(selection.udp_ports);
  for (uint32_t i : selection.gateways) merger.add((*mesh.gateways)[i], selection, i);
  return merger.finish();
}

}  // namespace mesh::traffic
