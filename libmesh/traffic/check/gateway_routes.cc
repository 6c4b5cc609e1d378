#include "libmesh/traffic/check/gateway_routes.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "libmesh/model/ingress/ingress.h"
#include "libmesh/model/rule_names.h"
#include "libmesh/traffic/check/finder.h"
#include "libmesh/traffic/check/gateway_hosts.h"
#include "libmesh/traffic/check/route_takers.h"
#include "libmesh/traffic/check/winner.h"
#include "libmesh/traffic/visibility.h"

namespace mesh::traffic {
namespace {

using networking::HTTPMatchRequest;
using networking::HTTPRoute;

// A VirtualService with names made full.
struct Rule {
  const index::VirtualService* config = nullptr;
  std::shared_ptr<const networking::VirtualService> spec;
  Visibility visibility;

  const kube::Object& object() const { return *config->object; }
  int rank(const std::string& ns) const { return rank_in(ns, visibility, config->ns()); }
};

enum class List : uint8_t { kHttp, kTls, kTcp };

// A match of a rule's routes; of a route without matches, the route.
struct Part {
  const Rule* rule = nullptr;
  List list = List::kHttp;
  size_t route = 0;
  std::optional<size_t> match;

  std::string route_field() const {
    static constexpr const char* kLists[] = {"spec.http", "spec.tls", "spec.tcp"};
    return at(kLists[static_cast<size_t>(list)], route);
  }
  std::string field() const { return match ? at(route_field() + ".match", *match) : route_field(); }
  auto key() const { return std::tuple(rule->config, list, route, match); }
  bool operator<(const Part& other) const { return key() < other.key(); }
};

// A part as it comes by one Gateway.
struct Comer {
  Part part;
  const GatewayServer* server = nullptr;  // null: of a Gateway that is not among the objects
};

// Where a part loses: at a gateway, under a name; to whom.
struct Loss {
  std::string gateway;
  std::string what;   // "host \"x\"", "port 80", "name \"x\""
  std::string taker;  // "VirtualService shop/a spec.http[0], which is older"
  bool all = false;   // the part takes everything, and so comes last
};

// What the parts of all rules stand for, and where they lose.
struct Ledger {
  std::map<Part, size_t> places;  // in how many it counts, of those that lose somewhere or may
  std::map<Part, std::vector<Loss>> losses;
};

using Rules = std::vector<const Rule*>;
using RulesByGateway = std::map<std::string, Rules, std::less<>>;  // in Istio's order

const index::Gateway* gateway_of(const Comer& comer) {
  return comer.server == nullptr ? nullptr : &comer.server->gateway;
}

// "VirtualService shop/a spec.http[0], which is older"
std::string taker_text(const Comer& winner, const Comer& loser, const std::string& ns) {
  const kube::Object& won = winner.part.rule->object();
  const std::string text = to_string(won.key) + " " + winner.part.field() + ", ";
  const index::Gateway* const by = gateway_of(winner);
  if (by != nullptr && by->object != gateway_of(loser)->object) {
    return text + "which comes by " + to_string(by->object->key) + ", " +
           why_first(*by->object, *gateway_of(loser)->object);
  }
  if (winner.part.rule->rank(ns) < loser.part.rule->rank(ns)) {
    return text + "which is exported to fewer namespaces and so comes first";
  }
  return text + why_first(won, loser.part.rule->object());
}

Rules seen_in(const std::string& ns, Rules rules) {
  std::erase_if(rules, [&](const Rule* rule) { return !rule->visibility.sees(ns); });
  std::stable_sort(rules.begin(), rules.end(),
                   [&](const Rule* a, const Rule* b) { return a->rank(ns) < b->rank(ns); });
  return rules;
}

bool applies(const auto& match, std::string_view gateway, uint32_t port) {
  const auto& names = match.gateways;
  return (match.port == 0 || port == 0 || match.port == port) &&
         (names.empty() || std::find(names.begin(), names.end(), gateway) != names.end());
}

// Visits the matches that count there, as they are there, up to one that takes every request.
template <typename F>
void each_match(const Rule& rule, std::string_view gateway, uint32_t port, F&& visit) {
  static const HTTPMatchRequest kAll;
  const auto& routes = rule.spec->http;
  for (size_t i = 0; i < routes.size(); ++i) {
    if (routes[i].match.empty()) {
      visit(Part{&rule, List::kHttp, i, {}}, kAll);
      if (!routes[i].delegate) return;
    }
    for (size_t j = 0; j < routes[i].match.size(); ++j) {
      if (!applies(routes[i].match[j], gateway, port)) continue;
      HTTPMatchRequest match = routes[i].match[j];
      match.gateways.clear();
      if (port != 0) match.port = 0;
      visit(Part{&rule, List::kHttp, i, j}, match);
      if (!routes[i].delegate && is_catch_all(match)) return;
    }
  }
}

// ---- one virtual host -----------------------------------------------------------------------

class AtHost {
 public:
  // `several`: whether more than one rule is there.
  AtHost(std::string name, std::string ns, bool several, Ledger& ledger)
      : name_(std::move(name)), ns_(std::move(ns)), several_(several), ledger_(ledger) {}

  void add(const Rule& rule, const GatewayServer* server, std::string_view gateway, uint32_t port) {
    const bool separated = model::has_ingress_semantics(rule.object());
    std::vector<std::pair<HTTPMatchRequest, Comer>> own;
    each_match(rule, gateway, port, [&](const Part& part, const HTTPMatchRequest& match) {
      if (!counted_.insert(part).second) return;  // it came by another server already
      ++ledger_.places[part];
      // What a delegate matches lies within what is delegated, and is not all of it.
      const bool delegated = static_cast<bool>(rule.spec->http[part.route].delegate);
      const bool all = is_catch_all(match);
      if (!several_) return;
      const Comer comer{part, server};
      if (!delegated) own.emplace_back(match, comer);
      if (delegated && all) return;
      const auto taker = takers_.first_over(match, separated);
      if (!taker || comers_[*taker].part.rule == &rule) return;
      ledger_.losses[part].push_back({std::string(gateway), "host " + quoted(name_),
                                      taker_text(comers_[*taker], comer, ns_), all});
    });
    for (auto& [match, comer] : own) {
      takers_.add(match, separated, static_cast<uint32_t>(comers_.size()));
      comers_.push_back(comer);
    }
  }

 private:
  const std::string name_;
  const std::string ns_;
  const bool several_;
  Ledger& ledger_;
  RouteTakers takers_;
  std::vector<Comer> comers_;
  std::set<Part> counted_;
};

// ---- one proxy ------------------------------------------------------------------------------

class AtProxy {
 public:
  AtProxy(const GatewayOfProxy& of, const RulesByGateway& rules, Ledger& ledger)
      : gateway_(*of.gateway), ns_(of.ns), ledger_(ledger) {
    for (const GatewayServer& server : gateway_.all) bind(server, rules);
  }

  void check() {
    for (const GatewayRoute& route : gateway_.routes) check_http(route.servers);
    for (const ServerPort& port : gateway_.ports) {
      for (const GatewayServer* server : gateway_.servers.at(port).servers) {
        const ServerUse use = use_of(*server->server);
        if (use == ServerUse::kTcp) check_tcp(*server);
        if (use == ServerUse::kTls) check_tls(*server);
      }
    }
  }

 private:
  struct Bound {
    const Rule* rule = nullptr;
    std::string name;
  };

  // Which rules the servers of the Gateway serve, when its first one comes.
  void bind(const GatewayServer& server, const RulesByGateway& rules) {
    auto [at, fresh] = bound_.try_emplace(server.gateway_number);
    const auto known = rules.find(server.gateway_name);
    if (!fresh || known == rules.end()) return;
    at->second.resize(server.gateway->servers.size());
    const GatewayHosts hosts(server.gateway);
    for (const Rule* rule : seen_in(ns_, known->second)) {
      for (const std::string& host : rule->spec->hosts) {
        for (auto& served : hosts.servers_of(host, rule->config->ns())) {
          at->second[served.server].push_back({rule, std::move(served.name)});
        }
      }
    }
  }

  const std::vector<Bound>& bound(const GatewayServer& server) const {
    static const std::vector<Bound> kNone;
    const auto& of_gateway = bound_.at(server.gateway_number);
    return of_gateway.empty() ? kNone : of_gateway[server.place];
  }

  // Of each rule once, in order.
  template <typename F>
  void each_rule(const GatewayServer& server, F&& visit) const {
    const Rule* last = nullptr;
    for (const Bound& each : bound(server)) {
      if (std::exchange(last, each.rule) != each.rule) visit(*each.rule);
    }
  }

  // The servers share their routes.
  void check_http(const GatewayServers& servers) {
    std::map<std::string, std::vector<std::pair<const Rule*, const GatewayServer*>>> by_name;
    for (const GatewayServer* server : servers) {
      for (const Bound& each : bound(*server)) by_name[each.name].emplace_back(each.rule, server);
    }
    for (const auto& [name, comers] : by_name) {
      const bool several = std::any_of(comers.begin(), comers.end(), [&](const auto& comer) {
        return comer.first != comers.front().first;
      });
      AtHost host(name, ns_, several, ledger_);
      for (const auto& [rule, server] : comers) {
        host.add(*rule, server, server->gateway_name, server->server->port->number);
      }
    }
  }

  // The first route for the port takes it.
  void check_tcp(const GatewayServer& server) {
    const uint32_t port = server.server->port->number;
    std::optional<Part> first;
    each_rule(server, [&](const Rule& rule) {
      const auto& routes = rule.spec->tcp;
      for (size_t i = 0; i < routes.size(); ++i) {
        const auto& matches = routes[i].match;
        const bool here =
            matches.empty() || std::any_of(matches.begin(), matches.end(), [&](const auto& match) {
              return applies(match, server.gateway_name, port);
            });
        if (!here || routes[i].route.empty()) continue;
        const Part part{&rule, List::kTcp, i, {}};
        ++ledger_.places[part];
        if (!first) first = part;
        if (first->rule == &rule) continue;
        lose({part, &server}, {*first, &server}, "port " + std::to_string(port));
      }
    });
  }

  // A match counts if none of its names is taken on the port.
  void check_tls(const GatewayServer& server) {
    const uint32_t port = server.server->port->number;
    auto& taken = taken_[{port, server.server->bind}];
    each_rule(server, [&](const Rule& rule) {
      const auto& routes = rule.spec->tls;
      for (size_t i = 0; i < routes.size(); ++i) {
        for (size_t j = 0; j < routes[i].match.size(); ++j) {
          const auto& match = routes[i].match[j];
          if (!applies(match, server.gateway_name, port) || routes[i].route.empty()) continue;
          const Part part{&rule, List::kTls, i, j};
          ++ledger_.places[part];
          take(match.sni_hosts, {part, &server}, port, taken);
        }
      }
    });
  }

  void take(const std::vector<std::string>& names, const Comer& comer, uint32_t port,
            std::map<std::string, Comer>& taken) {
    for (const std::string& name : names) {
      const auto found = taken.find(name);
      if (found == taken.end()) continue;
      if (found->second.part.rule == comer.part.rule) return;
      return lose(comer, found->second,
                  "name " + quoted(name) + " on port " + std::to_string(port));
    }
    for (const std::string& name : names) taken.emplace(name, comer);
  }

  void lose(const Comer& loser, const Comer& winner, std::string what) {
    ledger_.losses[loser.part].push_back(
        {std::string(loser.server->gateway_name), std::move(what), taker_text(winner, loser, ns_)});
  }

  const MergedGateway& gateway_;
  const std::string& ns_;
  Ledger& ledger_;
  std::map<uint32_t, std::vector<std::vector<Bound>>> bound_;  // by Gateway and its server
  std::map<std::pair<uint32_t, std::string>, std::map<std::string, Comer>> taken_;
};

// Without the servers: what VirtualServices of the very same host do to one another.
void check_unknown(const std::string& gateway, const Rules& rules, Ledger& ledger) {
  const std::string ns = gateway.substr(0, gateway.find('/'));
  std::map<std::string, Rules> by_host;
  for (const Rule* rule : seen_in(ns, rules)) {
    for (const std::string& host : rule->spec->hosts) {
      Rules& of_host = by_host[host];
      if (of_host.empty() || of_host.back() != rule) of_host.push_back(rule);
    }
  }
  for (const auto& [name, of_host] : by_host) {
    AtHost host(name, ns, of_host.size() > 1, ledger);
    for (const Rule* rule : of_host) host.add(*rule, nullptr, gateway, 0);
  }
}

// ---- what is told ---------------------------------------------------------------------------

void add_new(std::vector<std::string>& list, const std::string& text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
}

std::string consequence(List list, bool all) {
  if (all) return "of routes that match every request, which come last, the first is ";
  return list == List::kTls ? "it is left out, for a name of it is taken by "
                            : "what it matches goes to ";
}

// Of one part, or of a whole route.
void tell(const Part& part, const std::string& field, const std::vector<Loss>& losses,
          Diagnostics& out) {
  std::vector<std::string> gateways;
  std::vector<std::string> names;
  std::vector<std::string> takers;
  for (const Loss& loss : losses) {
    add_new(gateways, loss.gateway);
    add_new(names, loss.what);
    add_new(takers, loss.taker);
  }
  Finder(part.rule->object(), out)
      .warn(Code::kRouteShadowed, field,
            "at Gateway " + some_of(gateways) + ", no " +
                (part.list == List::kHttp ? "request" : "connection") + " for " + some_of(names) +
                " comes to it: " + consequence(part.list, losses.front().all) + some_of(takers),
            "let one of them match less, or put the routes of both into one VirtualService");
}

void tell(const Ledger& ledger, Diagnostics& out) {
  for (auto it = ledger.losses.begin(); it != ledger.losses.end();) {
    // The parts of a route follow one another.
    const Part& first = it->first;
    auto end = it;
    bool whole = true;
    size_t parts = 0;
    std::vector<Loss> all;
    for (; end != ledger.losses.end() && end->first.rule == first.rule &&
           end->first.list == first.list && end->first.route == first.route;
         ++end, ++parts) {
      whole = whole && end->second.size() == ledger.places.at(end->first);
      all.insert(all.end(), end->second.begin(), end->second.end());
    }
    const auto begin_of_route =
        ledger.places.lower_bound({first.rule, first.list, first.route, {}});
    size_t known = 0;
    for (auto place = begin_of_route;
         place != ledger.places.end() && place->first.rule == first.rule &&
         place->first.list == first.list && place->first.route == first.route;
         ++place) {
      ++known;
    }
    if (whole && parts == known) {
      tell(first, first.route_field(), all, out);
    } else {
      for (auto part = it; part != end; ++part) {
        tell(part->first, part->first.field(), part->second, out);
      }
    }
    it = end;
  }
}

std::vector<Rule> rules_of(const index::Mesh& mesh) {
  std::vector<Rule> out;
  out.reserve(mesh.virtual_services->size());
  for (const index::VirtualService& config : *mesh.virtual_services) {
    if (config->gateways.empty() || config->hosts.empty()) continue;
    out.push_back(
        {&config, model::with_full_names(config.object, *config.spec, mesh.cluster_domain),
         visibility_or_default(config->export_to, mesh.config->default_virtual_service_export_to,
                               config.ns())});
  }
  return out;
}

}  // namespace

Diagnostics gateway_routes(const index::Mesh& mesh, const std::vector<GatewayOfProxy>& gateways) {
  const std::vector<Rule> rules = rules_of(mesh);
  RulesByGateway by_gateway;
  for (const Rule& rule : rules) {
    for (const std::string& gateway : rule.spec->gateways) {
      if (gateway != model::kMeshGateway) by_gateway[gateway].push_back(&rule);
    }
  }
  Ledger ledger;
  for (const GatewayOfProxy& each : gateways) AtProxy(each, by_gateway, ledger).check();
  for (const index::Gateway& known : mesh.gateways) {
    by_gateway.erase(known.ns() + "/" + known.name());
  }
  for (const auto& [name, bound] : by_gateway) check_unknown(name, bound, ledger);
  Diagnostics out;
  tell(ledger, out);
  return out;
}

}  // namespace mesh::traffic
