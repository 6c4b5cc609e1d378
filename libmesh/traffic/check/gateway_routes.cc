#include "libmesh/traffic/check/gateway_routes.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
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

std::string taker_text(const Part& winner, const Part& loser, const std::string& ns) {
  const kube::Object& won = winner.rule->object();
  const std::string why = winner.rule->rank(ns) < loser.rule->rank(ns)
                              ? "which is exported to fewer namespaces and so comes first"
                              : why_first(won, loser.rule->object());
  return to_string(won.key) + " " + winner.field() + ", " + why;
}

// ---- one gateway ----------------------------------------------------------------------------

class AtGateway {
 public:
  // `rules` in Istio's order; `gateway` is null when it is not among the objects.
  AtGateway(const std::string& name, const index::Gateway* gateway, std::vector<const Rule*> rules,
            std::string ns, Ledger& ledger)
      : name_(name),
        gateway_(gateway),
        rules_(std::move(rules)),
        ns_(std::move(ns)),
        ledger_(ledger) {
    std::erase_if(rules_, [&](const Rule* rule) { return !rule->visibility.sees(ns_); });
    std::stable_sort(rules_.begin(), rules_.end(),
                     [&](const Rule* a, const Rule* b) { return a->rank(ns_) < b->rank(ns_); });
  }

  void check() {
    if (rules_.size() < 2) return;
    if (gateway_ == nullptr) return check_unknown();
    const GatewayHosts hosts(*gateway_);
    std::vector<std::vector<Bound>> by_server((*gateway_)->servers.size());
    for (const Rule* rule : rules_) {
      for (const std::string& host : rule->spec->hosts) {
        for (auto& served : hosts.servers_of(host, rule->config->ns())) {
          by_server[served.server].push_back({rule, std::move(served.name)});
        }
      }
    }
    HttpGroups groups;
    for (size_t i = 0; i < by_server.size(); ++i) {
      const networking::Server& server = (*gateway_)->servers[i];
      const ServerUse use = use_of(server);
      const uint32_t port = server.port ? server.port->number : 0;
      if (use == ServerUse::kHttp) {
        // Servers of plain HTTP share their routes, those with TLS do not.
        const size_t own = server.tls ? i + 1 : 0;
        for (Bound& bound : by_server[i]) {
          auto& group = groups[{own, port, bound.name}];
          if (group.empty() || group.back() != bound.rule) group.push_back(bound.rule);
        }
      } else if (use == ServerUse::kTcp) {
        check_tcp(by_server[i], port);
      } else if (use == ServerUse::kTls) {
        check_tls(by_server[i], port, server.bind);
      }
    }
    for (const auto& [key, group] : groups) check_http(group, std::get<1>(key), std::get<2>(key));
  }

 private:
  struct Bound {
    const Rule* rule = nullptr;
    std::string name;
  };
  // By server with TLS, port and name.
  using HttpGroups = std::map<std::tuple<size_t, uint32_t, std::string>, std::vector<const Rule*>>;

  // Without the servers: what VirtualServices of the very same host do to one another.
  void check_unknown() {
    std::map<std::string, std::vector<const Rule*>> groups;
    for (const Rule* rule : rules_) {
      for (const std::string& host : rule->spec->hosts) groups[host].push_back(rule);
    }
    for (const auto& [host, group] : groups) check_http(group, 0, host);
  }

  bool applies(const auto& match, uint32_t port) const {
    const auto& names = match.gateways;
    return (match.port == 0 || port == 0 || match.port == port) &&
           (names.empty() || std::find(names.begin(), names.end(), name_) != names.end());
  }

  void lose(const Part& part, const Part& winner, std::string what, bool all = false) {
    ledger_.losses[part].push_back({name_, std::move(what), taker_text(winner, part, ns_), all});
  }

  // Visits the matches that count here, as they are here, up to one that takes every request.
  template <typename F>
  void each_match(const Rule& rule, uint32_t port, F&& visit) const {
    static const HTTPMatchRequest kAll;
    const auto& routes = rule.spec->http;
    for (size_t i = 0; i < routes.size(); ++i) {
      if (routes[i].match.empty()) {
        visit(Part{&rule, List::kHttp, i, {}}, kAll);
        if (!routes[i].delegate) return;
      }
      for (size_t j = 0; j < routes[i].match.size(); ++j) {
        if (!applies(routes[i].match[j], port)) continue;
        HTTPMatchRequest match = routes[i].match[j];
        match.gateways.clear();
        if (port != 0) match.port = 0;
        visit(Part{&rule, List::kHttp, i, j}, match);
        if (!routes[i].delegate && is_catch_all(match)) return;
      }
    }
  }

  void check_http(const std::vector<const Rule*>& group, uint32_t port, const std::string& name) {
    RouteTakers takers;
    std::vector<Part> parts;
    std::set<const Rule*> seen;  // a rule may come by several servers of a port
    for (const Rule* rule : group) {
      if (!seen.insert(rule).second) continue;
      const bool separated = model::has_ingress_semantics(rule->object());
      std::vector<std::pair<HTTPMatchRequest, Part>> own;
      each_match(*rule, port, [&](const Part& part, const HTTPMatchRequest& match) {
        ++ledger_.places[part];
        // What a delegate matches lies within what is delegated, and is not all of it.
        const bool delegated = static_cast<bool>(rule->spec->http[part.route].delegate);
        const bool all = is_catch_all(match);
        if (group.size() == 1) return;
        if (!delegated) own.emplace_back(match, part);
        if (delegated && all) return;
        const auto taker = takers.first_over(match, separated);
        if (taker) lose(part, parts[*taker], "host " + quoted(name), all);
      });
      for (auto& [match, part] : own) {
        takers.add(match, separated, static_cast<uint32_t>(parts.size()));
        parts.push_back(part);
      }
    }
  }

  // The first route for the port takes it.
  void check_tcp(const std::vector<Bound>& bound, uint32_t port) {
    std::optional<Part> first;
    const Rule* last = nullptr;
    for (const Bound& each : bound) {
      if (std::exchange(last, each.rule) == each.rule) continue;
      const auto& routes = each.rule->spec->tcp;
      for (size_t i = 0; i < routes.size(); ++i) {
        const bool here = routes[i].match.empty() ||
                          std::any_of(routes[i].match.begin(), routes[i].match.end(),
                                      [&](const auto& match) { return applies(match, port); });
        if (!here || routes[i].route.empty()) continue;
        const Part part{each.rule, List::kTcp, i, {}};
        ++ledger_.places[part];
        if (!first) first = part;
        if (first->rule != each.rule) lose(part, *first, "port " + std::to_string(port));
      }
    }
  }

  // A match counts if none of its names is taken on the port.
  void check_tls(const std::vector<Bound>& bound, uint32_t port, const std::string& bind) {
    auto& taken = taken_[{port, bind}];
    const Rule* last = nullptr;
    for (const Bound& each : bound) {
      if (std::exchange(last, each.rule) == each.rule) continue;
      const auto& routes = each.rule->spec->tls;
      for (size_t i = 0; i < routes.size(); ++i) {
        for (size_t j = 0; j < routes[i].match.size(); ++j) {
          const auto& match = routes[i].match[j];
          if (!applies(match, port) || routes[i].route.empty()) continue;
          const Part part{each.rule, List::kTls, i, j};
          ++ledger_.places[part];
          take(match.sni_hosts, part, port, taken);
        }
      }
    }
  }

  void take(const std::vector<std::string>& names, const Part& part, uint32_t port,
            std::map<std::string, Part>& taken) {
    for (const std::string& name : names) {
      const auto found = taken.find(name);
      if (found == taken.end()) continue;
      if (found->second.rule == part.rule) return;
      return lose(part, found->second, "name " + quoted(name) + " on port " + std::to_string(port));
    }
    for (const std::string& name : names) taken.emplace(name, part);
  }

  const std::string& name_;
  const index::Gateway* gateway_;
  std::vector<const Rule*> rules_;
  const std::string ns_;
  Ledger& ledger_;
  std::map<std::pair<uint32_t, std::string>, std::map<std::string, Part>> taken_;
};

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

// Where the proxies of a Gateway are: of the first pod that it selects, else beside it.
std::string namespace_of(const index::Gateway* gateway, const std::string& name,
                         const Surroundings& around) {
  if (gateway == nullptr) return name.substr(0, name.find('/'));
  if ((*gateway)->selector.empty()) return gateway->ns();
  const auto pods = around.selected("", (*gateway)->selector);
  return pods.empty() ? gateway->ns() : pods.front()->key.ns;
}

}  // namespace

Diagnostics gateway_routes(const Surroundings& around) {
  const index::Mesh& mesh = around.mesh();
  std::vector<Rule> rules;
  rules.reserve(mesh.virtual_services->size());
  std::map<std::string, std::vector<const Rule*>> by_gateway;
  for (const index::VirtualService& config : *mesh.virtual_services) {
    if (config->gateways.empty() || config->hosts.empty()) continue;
    auto spec = model::with_full_names(config.object, *config.spec, mesh.cluster_domain);
    rules.push_back(
        {&config, std::move(spec),
         visibility_or_default(config->export_to, mesh.config->default_virtual_service_export_to,
                               config.ns())});
    for (const std::string& gateway : rules.back().spec->gateways) {
      if (gateway != model::kMeshGateway) by_gateway[gateway].push_back(&rules.back());
    }
  }
  Ledger ledger;
  for (auto& [name, bound] : by_gateway) {
    if (bound.size() < 2) continue;
    const auto known = around.gateways().find(name);
    const index::Gateway* gateway = known == around.gateways().end() ? nullptr : known->second;
    AtGateway(name, gateway, std::move(bound), namespace_of(gateway, name, around), ledger).check();
  }
  Diagnostics out;
  tell(ledger, out);
  return out;
}

}  // namespace mesh::traffic
