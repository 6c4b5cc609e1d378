#include "libmesh/traffic/gateway_builder.h"

#include <algorithm>
#include <set>
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
  std::string bind = server.bind.empty() ? "" : "." + server.bind;
  if (model::is_http(protocol)) return "http." + std::to_string(port) + bind;
  if (protocol == Protocol::kHttps && !is_passthrough(server)) {
    return "https." + std::to_string(server.port->number) + "." + server.port->name + "." +
           gateway.name() + "." + gateway.ns() + bind;
  }
  return "";
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

std::vector<std::string> sni_hosts(const networking::Server& server) {
  std::vector<std::string> out;
  out.reserve(server.hosts.size());
  for (const std::string& host : server.hosts) {
    size_t slash = host.find('/');
    out.push_back(slash == std::string::npos ? host : host.substr(slash + 1));
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
 public:
  explicit Merger(const std::vector<uint32_t>& udp_ports) : udp_ports_(udp_ports) {}

  void add(const index::Gateway& gateway, const GatewaySelection& selection, uint32_t place) {
    const auto own = selection.of_services.find(place);
    const auto& servers = gateway.spec->servers;
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
    for (const auto& [name, servers] : out_.by_route) {
      uint32_t port = route_port(name);
      for (const GatewayServer& server : servers) {
        out_.port_map[port].insert(server.server->port->number);
      }
    }
    return std::make_shared<const MergedGateway>(std::move(out_));
  }

 private:
  // Who has a TLS host; the texts stand in servers that stay.
  struct Claim {
    const networking::Server* server = nullptr;
    index::Gateway gateway;
    size_t place = 0;  // in spec.servers
  };

  static uint32_t route_port(const std::string& name) {
    size_t dot = name.find('.');
    if (dot == std::string::npos) return 0;
    uint32_t port = 0;
    for (size_t i = dot + 1; i < name.size() && name[i] >= '0' && name[i] <= '9'; ++i) {
      port = port * 10 + static_cast<uint32_t>(name[i] - '0');
    }
    return port;
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
  static std::string winner_of(const Claim& winner, const index::Gateway& loser) {
    const kube::Object& object = *winner.gateway.object;
    const std::string field = field_of(object, *winner.server, winner.place);
    if (winner.gateway.object == loser.object) return "the earlier " + field;
    return subject(object) + " " + field +
           (winner.gateway.creation_time() < loser.creation_time() ? ", which is older"
                                                                   : ", which comes first by name");
  }

  static Claim claim_of(const GatewayServer& entry) {
    return {entry.server.get(), entry.gateway, entry.place};
  }

  // `what`: "host … is served with TLS by"
  void refuse(const GatewayServer& entry, const std::string& what, const Claim& winner,
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
    auto& taken = tls_hosts_[port];
    for (const std::string& host : entry.server->hosts) {
      auto it = taken.find(host);
      if (it != taken.end() && it->second.server->bind == entry.server->bind) {
        refuse(entry,
               "host \"" + host + "\" is on port " + std::to_string(port) +
                   " already served with TLS by",
               it->second, "take the host out of one of the two, or give one another port or bind");
        return false;
      }
    }
    claimants_.push_back(entry.server);
    for (const std::string& host : entry.server->hosts) {
      taken[host] = claim_of(entry);
    }
    return true;
  }

  void add(const index::Gateway& gateway, std::shared_ptr<const networking::Server> server,
           size_t place, uint32_t port) {
    Protocol protocol = model::parse_protocol(server->port->protocol);
    GatewayServer entry;
    entry.gateway = gateway;
    entry.gateway_name = gateway.ns() + "/" + gateway.name();
    entry.route_name = route_name(*server, protocol, port, gateway);
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
      open(key, std::move(entry));
    } else if (auto it = plain_.find(port); it != plain_.end()) {
      join_plain(it->second, key, std::move(entry));
    } else {
      join_other(key, std::move(entry));
    }
  }

  // The first server of a port (or of another bind on it).
  void open(const ServerPort& key, GatewayServer entry) {
    if (!is_tls_server(*entry.server, key.protocol)) plain_[key.number] = key;
    if (is_http_server(*entry.server, key.protocol))
      out_.by_route[entry.route_name].assign(1, entry);
    add_quic(key, entry);
    MergedServers& merged = out_.servers[key];
    merged.route_name = entry.route_name;
    merged.servers.clear();
    merged.servers.push_back(std::move(entry));
    out_.ports.push_back(key);
  }

  // Another server on a port with a plaintext one: both must be HTTP, or bind elsewhere.
  void join_plain(const ServerPort current, const ServerPort& key, GatewayServer entry) {
    bool same_bind = current.bind == key.bind;
    bool mergeable = (model::is_http(key.protocol) || key.protocol == current.protocol) &&
                     model::is_http(current.protocol);
    if (same_bind && (!mergeable || entry.route_name.empty())) {
      const GatewayServer& winner = out_.servers[current].servers.front();
      refuse(entry,
             "port " + std::to_string(key.number) + " serves " +
                 std::string(model::protocol_name(current.protocol)) + " for",
             claim_of(winner),
             "give it another port or bind: only HTTP servers share one without TLS");
      return;
    }
    if (!same_bind && out_.servers.count(key) == 0) {
      open(key, std::move(entry));
      return;
    }
    MergedServers& merged = out_.servers[same_bind ? current : key];
    if (!same_bind) {
      merged.route_name = entry.route_name;
      add_quic(key, entry);
    }
    out_.by_route[entry.route_name].push_back(entry);
    merged.servers.push_back(std::move(entry));
  }

  // Another server on a port with TLS ones: told apart by SNI.
  void join_other(const ServerPort& key, GatewayServer entry) {
    if (!is_tls_server(*entry.server, key.protocol)) {
      if (is_http_server(*entry.server, key.protocol))
        out_.by_route[entry.route_name].assign(1, entry);
      plain_[key.number] = key;
      MergedServers& merged = out_.servers[key];
      merged.route_name = entry.route_name;
      merged.servers.clear();
      merged.servers.push_back(std::move(entry));
      out_.ports.push_back(key);
      return;
    }
    if (is_http_server(*entry.server, key.protocol)) {
      const auto [it, fresh] = out_.by_route.try_emplace(entry.route_name);
      if (!fresh) {
        const GatewayServer& winner = it->second.front();
        refuse(entry, "port name \"" + entry.server->port->name + "\" is already that of",
               claim_of(winner), "name the ports of HTTPS servers apart");
        return;
      }
      it->second.push_back(entry);
    }
    auto [it, fresh] = out_.servers.try_emplace(key);
    if (fresh) out_.ports.push_back(key);
    add_quic(key, entry);
    it->second.servers.push_back(std::move(entry));
  }

  // HTTPS that ends here is HTTP/3 as well, over UDP at the same port.
  void add_quic(const ServerPort& key, const GatewayServer& entry) {
    if (udp_ports_.empty() || key.protocol != Protocol::kHttps || is_passthrough(*entry.server)) {
      return;
    }
    const uint32_t number = entry.server->port->number;
    if (std::find(udp_ports_.begin(), udp_ports_.end(), number) == udp_ports_.end()) return;
    out_.http3_routes.insert(entry.route_name);
    if (entry.server->tls) out_.quic[key].push_back(entry);
  }

  const std::vector<uint32_t>& udp_ports_;
  MergedGateway out_;
  std::vector<std::shared_ptr<const networking::Server>>
      claimants_;  // keep what tls_hosts_ points to
  std::set<uint32_t> ports_;
  std::map<uint32_t, ServerPort> plain_;
  // by port and host; views into the servers, which stay
  std::map<uint32_t, std::unordered_map<std::string_view, Claim>> tls_hosts_;
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

GatewaySelection select_gateways(const index::Mesh& mesh, const model::Proxy& proxy,
                                 const std::vector<model::ServiceTarget>& targets) {
  GatewaySelection out;
  const std::vector<index::Gateway>& all = *mesh.gateways;
  if (all.empty()) return out;
  const Features features = features_of(mesh.config);
  for (uint32_t i = 0; i < all.size(); ++i) {
    if (features.scope_gateway_to_namespace && all[i].ns() != proxy.ns) continue;
    const Labels& annotations = all[i].object->annotations;
    if (const auto named = annotations.find(kGatewayService); named != annotations.end()) {
      ServicePorts ports = ports_of_named(all[i], named->second, targets);
      if (ports.empty()) continue;
      out.of_services.emplace(i, std::move(ports));
    } else if (!labels_match(all[i].spec->selector, proxy.labels)) {
      continue;
    }
    out.gateways.push_back(i);
  }
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
