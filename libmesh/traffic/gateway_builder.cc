#include "libmesh/traffic/gateway_builder.h"

#include <algorithm>
#include <iterator>
#include <memory_resource>
#include <set>
#include <string_view>
#include <unordered_map>

#include "libmesh/base/codes.h"
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

std::string route_name(const networking::Server& server, Protocol protocol, uint32_t port,
                       const index::Gateway& gateway) {
  std::string out;
  if (model::is_http(protocol)) {
    out.append("http.").append(std::to_string(port));
  } else if (protocol == Protocol::kHttps && !is_passthrough(server)) {
    const std::string& name = server.port->name;
    out.reserve(24 + name.size() + gateway.name().size() + gateway.ns().size() +
                server.bind.size());
    out.append("https.").append(std::to_string(server.port->number)).append(".").append(name);
    out.append(".").append(gateway.name()).append(".").append(gateway.ns());
  } else {
    return out;
  }
  if (!server.bind.empty()) out.append(".").append(server.bind);
  return out;
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

std::vector<std::string_view> sni_hosts(const networking::Server& server) {
  std::vector<std::string_view> out;
  out.reserve(server.hosts.size());
  for (const std::string_view host : server.hosts) {
    size_t slash = host.find('/');
    out.push_back(slash == std::string_view::npos ? host : host.substr(slash + 1));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
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

class Merger {
  // Who has a TLS host; the texts stand in servers that stay.
  using Claims = std::pmr::unordered_map<std::string_view, const GatewayServer*>;

 public:
  explicit Merger(const std::vector<uint32_t>& udp_ports) : udp_ports_(udp_ports) {}

  void add(const index::Gateway& gateway, const GatewaySelection& selection, uint32_t place) {
    const auto own = selection.of_services.find(place);
    const auto& servers = gateway.spec->servers;
    name_.assign(gateway.ns()).append("/").append(gateway.name());
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

  MergedGatewayPtr finish() { return std::make_shared<const MergedGateway>(std::move(out_)); }

 private:
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
  bool claim_hosts(const GatewayServer& entry, uint32_t port) {
    Claims& taken = claims_of(port);
    const std::vector<std::string>& hosts = entry.server->hosts;
    for (const std::string& host : hosts) {
      const auto it = taken.find(host);
      if (it == taken.end() || it->second->server->bind != entry.server->bind) continue;
      refuse(entry,
             "host \"" + host + "\" is on port " + std::to_string(port) +
                 " already served with TLS by",
             *it->second, "take the host out of one of the two, or give one another port or bind");
      return false;
    }
    for (const std::string& host : hosts) taken[host] = &entry;
    return true;
  }

  Claims& claims_of(uint32_t port) { return tls_hosts_.try_emplace(port, &arena_).first->second; }

  void add(const index::Gateway& gateway, std::shared_ptr<const networking::Server> server,
           size_t place, uint32_t port) {
    const Protocol protocol = model::parse_protocol(server->port->protocol);
    GatewayServer& entry = out_.all.emplace_back();
    entry.gateway = gateway;
    entry.gateway_name = name_;
    entry.gateway_number = out_.gateways - 1;
    entry.place = place;
    entry.server = std::move(server);
    if (entry.server->tls) {
      if (!claim_hosts(entry, port)) return;
      entry.sni_hosts = sni_hosts(*entry.server);
      if (entry.server->tls->mode == TlsMode::AUTO_PASSTHROUGH) {
        out_.contains_auto_passthrough = true;
      }
    }
    ServerPort key{port, protocol, entry.server->bind};
    if (ports_.insert(port).second) {
      open(key, entry);
    } else if (auto it = plain_.find(port); it != plain_.end()) {
      join_plain(it->second, key, entry);
    } else {
      join_other(key, entry);
    }
  }

  // Puts the server into its route, which is there from now on; false when it stands there and is not to be joined.
  enum class Join : uint8_t { kOthers, kInsteadOfOthers, kNobody };
  bool join_route(GatewayServer& entry, const ServerPort& key, Join join) {
    auto& routes = out_.by_route;
    const size_t before = routes.size();
    // Gateways come in order, and so do most of their routes.
    const auto it = routes.try_emplace(
        behind_last_, route_name(*entry.server, key.protocol, key.number, entry.gateway));
    const bool fresh = routes.size() != before;
    if (fresh) behind_last_ = std::next(it);
    entry.route_name = it->first;
    if (!fresh && join == Join::kNobody) return false;
    if (!fresh && join == Join::kInsteadOfOthers) it->second.clear();
    it->second.push_back(&entry);
    return true;
  }

  // The first server of a port (or of another bind on it).
  void open(const ServerPort& key, GatewayServer& entry) {
    if (!is_tls_server(*entry.server, key.protocol)) plain_[key.number] = key;
    if (is_http_server(*entry.server, key.protocol)) join_route(entry, key, Join::kInsteadOfOthers);
    add_quic(key, entry);
    start(key, entry);
  }

  void start(const ServerPort& key, const GatewayServer& entry) {
    MergedServers& merged = out_.servers[key];
    merged.route_name = entry.route_name;
    merged.servers.assign(1, &entry);
    out_.ports.push_back(key);
  }

  // Another server on a port with a plaintext one: both must be HTTP, or bind elsewhere.
  void join_plain(const ServerPort current, const ServerPort& key, GatewayServer& entry) {
    const bool same_bind = current.bind == key.bind;
    const bool mergeable = (model::is_http(key.protocol) || key.protocol == current.protocol) &&
                           model::is_http(current.protocol);
    if (same_bind && (!mergeable || !is_http_server(*entry.server, key.protocol))) {
      const GatewayServer& winner = *out_.servers[current].servers.front();
      refuse(entry,
             "port " + std::to_string(key.number) + " serves " +
                 std::string(model::protocol_name(current.protocol)) + " for",
             winner, "give it another port or bind: only HTTP servers share one without TLS");
      return;
    }
    const auto merged = out_.servers.find(same_bind ? current : key);
    if (!same_bind && merged == out_.servers.end()) {
      open(key, entry);
      return;
    }
    join_route(entry, key, Join::kOthers);
    if (!same_bind) {
      merged->second.route_name = entry.route_name;
      add_quic(key, entry);
    }
    merged->second.servers.push_back(&entry);
  }

  // Another server on a port with TLS ones: told apart by SNI.
  void join_other(const ServerPort& key, GatewayServer& entry) {
    if (!is_tls_server(*entry.server, key.protocol)) {
      if (is_http_server(*entry.server, key.protocol)) {
        join_route(entry, key, Join::kInsteadOfOthers);
      }
      plain_[key.number] = key;
      start(key, entry);
      return;
    }
    if (is_http_server(*entry.server, key.protocol) && !join_route(entry, key, Join::kNobody)) {
      refuse(entry, "port name \"" + entry.server->port->name + "\" is already that of",
             *out_.by_route.find(entry.route_name)->second.front(),
             "name the ports of HTTPS servers apart");
      return;
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
  MergedGateway out_;
  decltype(out_.by_route)::const_iterator behind_last_ =
      out_.by_route.end();  // the one that came last
  std::string name_;        // "ns/name" of the Gateway at hand
  std::set<uint32_t> ports_;
  std::map<uint32_t, ServerPort> plain_;
  std::pmr::monotonic_buffer_resource arena_;  // a host costs no allocation
  std::map<uint32_t, Claims> tls_hosts_;       // by port
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
  for (uint32_t i = 0; i < all.size(); ++i) {
    if (all[i].object->annotations.contains(kGatewayService)) {
      of_services_.push_back(i);
      continue;
    }
    const std::string* const ns = by_namespace ? &all[i].ns() : nullptr;
    const Labels& selector = all[i].spec->selector;
    const Key key(ns == nullptr ? std::string_view() : std::string_view(*ns), selector);
    const auto [at, fresh] = known.try_emplace(key, groups_.size());
    if (fresh) groups_.push_back({&selector, ns, {}});
    groups_[at->second].places.push_back(i);
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
