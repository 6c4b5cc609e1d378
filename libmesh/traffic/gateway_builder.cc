#include "libmesh/traffic/gateway_builder.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "libmesh/traffic/check/finding.h"

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

using Ports = std::vector<std::pair<uint32_t, uint32_t>>;

Ports::const_iterator find_port(const Ports& ports, uint32_t port) {
  return std::find_if(ports.begin(), ports.end(),
                      [port](const auto& known) { return known.first == port; });
}

// A Gateway's port is that of a service in front of the proxy, or of the proxy itself.
uint32_t workload_port(uint32_t port, const Ports& ports) {
  auto found = find_port(ports, port);
  return found == ports.end() ? port : found->second;
}

class Merger {
 public:
  explicit Merger(const Ports& ports) : workload_ports_(ports) {}

  void add(const index::Gateway& gateway) {
    for (const networking::Server& server : gateway.spec->servers) {
      if (server.port) add(gateway, with_full_hosts(server, gateway));
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
  static uint32_t route_port(const std::string& name) {
    size_t dot = name.find('.');
    if (dot == std::string::npos) return 0;
    uint32_t port = 0;
    for (size_t i = dot + 1; i < name.size() && name[i] >= '0' && name[i] <= '9'; ++i) {
      port = port * 10 + static_cast<uint32_t>(name[i] - '0');
    }
    return port;
  }

  void refuse(const GatewayServer& entry, std::string field, std::string message) {
    out_.diagnostics.push_back(finding(Severity::kWarning, Code::kGatewayConflict,
                                       *entry.gateway.object, std::move(field), std::move(message),
                                       "give the server another port, bind or hosts"));
  }

  // False when a host of a TLS server is taken on that port and bind: Envoy refuses two filter
  // chains with one match.
  bool claim_hosts(const GatewayServer& entry, uint32_t port) {
    auto& taken = tls_hosts_[port];
    for (const std::string& host : entry.server->hosts) {
      auto it = taken.find(host);
      if (it != taken.end() && it->second == entry.server->bind) {
        refuse(entry, "spec.servers",
               "host \"" + host + "\" on port " + std::to_string(port) +
                   " is already served with TLS by an older Gateway; the server is left out");
        return false;
      }
    }
    claimants_.push_back(entry.server);
    for (const std::string& host : entry.server->hosts) taken[host] = entry.server->bind;
    return true;
  }

  void add(const index::Gateway& gateway, std::shared_ptr<const networking::Server> server) {
    Protocol protocol = model::parse_protocol(server->port->protocol);
    uint32_t port = workload_port(server->port->number, workload_ports_);
    GatewayServer entry;
    entry.gateway = gateway;
    entry.gateway_name = gateway.ns() + "/" + gateway.name();
    entry.route_name = route_name(*server, protocol, port, gateway);
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
      refuse(entry, "spec.servers",
             "port " + std::to_string(key.number) + " already serves " +
                 std::string(model::protocol_name(current.protocol)) + "; the server is left out");
      return;
    }
    if (!same_bind && out_.servers.count(key) == 0) {
      open(key, std::move(entry));
      return;
    }
    MergedServers& merged = out_.servers[same_bind ? current : key];
    if (!same_bind) merged.route_name = entry.route_name;
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
        refuse(entry, "spec.servers",
               "port name \"" + entry.server->port->name +
                   "\" is not unique among the HTTPS servers; the server is left out");
        return;
      }
      it->second.push_back(entry);
    }
    auto [it, fresh] = out_.servers.try_emplace(key);
    if (fresh) out_.ports.push_back(key);
    it->second.servers.push_back(std::move(entry));
  }

  const Ports& workload_ports_;
  MergedGateway out_;
  std::vector<std::shared_ptr<const networking::Server>>
      claimants_;  // keep what tls_hosts_ points to
  std::set<uint32_t> ports_;
  std::map<uint32_t, ServerPort> plain_;
  // host -> bind, by port; views into the servers, which stay
  std::map<uint32_t, std::unordered_map<std::string_view, std::string_view>> tls_hosts_;
};

}  // namespace

GatewaySelection select_gateways(const index::Mesh& mesh, const model::Proxy& proxy,
                                 const std::vector<model::ServiceTarget>& targets) {
  GatewaySelection out;
  const std::vector<index::Gateway>& all = *mesh.gateways;
  for (uint32_t i = 0; i < all.size(); ++i) {
    if (labels_match(all[i].spec->selector, proxy.labels)) out.gateways.push_back(i);
  }
  if (out.gateways.empty()) return out;
  for (const model::ServiceTarget& target : targets) {
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
  Merger merger(selection.ports);
  for (uint32_t i : selection.gateways) merger.add((*mesh.gateways)[i]);
  return merger.finish();
}

}  // namespace mesh::traffic
