#include "libmesh/xds/change/standing.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "libmesh/index/registry/targets.h"
#include "libmesh/model/host.h"
#include "libmesh/model/rule_names.h"
#include "libmesh/traffic/features.h"
#include "libmesh/traffic/virtual_services.h"
#include "libmesh/xds/cds/cluster_policy.h"
#include "libmesh/xds/change/share.h"

namespace mesh::xds {
namespace {

using traffic::EgressListener;
using traffic::RuleList;
using traffic::Scope;
using traffic::VirtualServicePtr;

// Clusters and listeners carry the endpoints of everything that is not resolved by EDS.
bool endpoints_stay_in_eds(const model::Service& service) {
  return service.resolution == model::Resolution::kClientSideLb;
}

bool is_l4(const networking::VirtualService& rule) {
  return !rule.tcp.empty() || !rule.tls.empty();
}

bool same_rules(const RuleList& a, const RuleList& b) { return a.same(b) || a.get() == b.get(); }

// Those of the rules that listeners carry.
bool same_l4(const RuleList& a, const RuleList& b) {
  if (a.same(b)) return true;
  auto l4_of = [](const RuleList& rules) {
    std::vector<const traffic::VirtualService*> out;
    for (const VirtualServicePtr& rule : rules) {
      if (is_l4(*rule->spec)) out.push_back(rule.get());
    }
    return out;
  };
  return l4_of(a) == l4_of(b);
}

bool hashes(const networking::LoadBalancerSettings* settings) {
  return settings != nullptr && settings->consistent_hash;
}

// Of a DestinationRule, routes carry what requests are hashed by.
bool hashes(const networking::DestinationRule& rule) {
  auto of_policy = [](const networking::TrafficPolicy* policy) {
    if (policy == nullptr) return false;
    if (hashes(policy->load_balancer.get())) return true;
    return std::any_of(policy->port_level_settings.begin(), policy->port_level_settings.end(),
                       [](const auto& port) { return hashes(port.load_balancer.get()); });
  };
  if (of_policy(rule.traffic_policy.get())) return true;
  return std::any_of(rule.subsets.begin(), rule.subsets.end(),
                     [&](const auto& subset) { return of_policy(subset.traffic_policy.get()); });
}

// Some host lost, got or exchanged a rule by which requests are hashed: whatever changed it, a rule of its own or
// one that goes before it.
bool hashing_differs(const Scope& a, const Scope& b) {
  return std::any_of(a.destination_rules.begin(), a.destination_rules.end(), [&](const auto& at) {
    auto other = b.destination_rules.find(at.first);
    if (other != b.destination_rules.end() && other->second == at.second) return false;
    return std::any_of(at.second.begin(), at.second.end(),
                       [](const auto& rule) { return hashes(*rule->spec); });
  });
}

// Straight to the pods: whether they are spoken to with mutual TLS is told from all of them
// (Traffic::service_mutual_tls).
bool passes(const networking::TrafficPolicy* policy) {
  return policy != nullptr && is_passthrough(policy->load_balancer.get());
}

bool passes(const networking::DestinationRule& rule) {
  return passes(rule.traffic_policy.get()) ||
         std::any_of(rule.subsets.begin(), rule.subsets.end(),
                     [](const auto& subset) { return passes(subset.traffic_policy.get()); });
}

// Hosts of the rules that do; a rule that came or went is told as a DestinationRule.
std::vector<std::string> passed_hosts(const index::Mesh& mesh) {
  std::vector<std::string> out;
  for (const index::DestinationRule& rule : mesh.destination_rules) {
    if (!passes(*rule.spec)) continue;
    out.push_back(model::with_full_names(rule.object, *rule.spec, mesh.cluster_domain)->host);
  }
  return out;
}

// Most often there is one, or none.
bool has(const std::unordered_set<std::string>& hosts, std::string_view host) {
  if (hosts.size() > 4) return hosts.count(std::string(host)) != 0;
  return std::find(hosts.begin(), hosts.end(), host) != hosts.end();
}

// The port of "80" and "host:80"; 0 of other names.
uint32_t port_of(std::string_view route) {
  if (size_t colon = route.rfind(':'); colon != std::string_view::npos) {
    route.remove_prefix(colon + 1);
  }
  uint32_t port = 0;
  auto [end, error] = std::from_chars(route.data(), route.data() + route.size(), port);
  return error == std::errc() && end == route.data() + route.size() ? port : 0;
}

}  // namespace

MeshChange mesh_change(const traffic::Traffic& before, const traffic::Traffic& after,
                       uint64_t from) {
  MeshChange change;
  const traffic::Difference& difference = after.change();
  if (difference.everything) return change;
  const index::Mesh& mesh = after.mesh();
  const index::Mesh& last = before.mesh();
  std::optional<std::vector<std::string>> passed;  // asked for when some endpoint differs
  mesh.endpoints.difference(last.endpoints, [&](const index::ServiceKey& key, const auto&) {
    change.hosts.insert(key.hostname);
    if (!passed) passed = passed_hosts(mesh);
    const bool passes_through =
        std::any_of(passed->begin(), passed->end(), [&](const std::string& host) {
          return host == key.hostname || model::host_matches(host, key.hostname);
        });
    auto look = [&](const model::ServicePtr& service) {
      if (service->ns == key.ns && (passes_through || !endpoints_stay_in_eds(*service))) {
        change.not_in_eds.insert(key.hostname);
      }
    };
    mesh.each_of_host(key.hostname, look);
    last.each_of_host(key.hostname, look);
  });
  change.from = from;
  change.only_endpoints = difference.nothing() && change.not_in_eds.empty();
  change.same_entries = index::same_entry_targets(mesh, last);
  return change;
}

Standing::Standing(Before before, const traffic::ProxyView& now, const MeshChange& change)
    : before_(std::move(before)), now_(now), change_(change), difference_(now.traffic->change()) {
  compare_scopes();
  find_touched();
  find_routes();
}

void Standing::compare_scopes() {
  const Scope& old = *before_.scope;
  const Scope& scope = *now_.scope;
  if (&old == &scope) {
    same_services_ = same_rules_ = same_egress_ = true;
    return;
  }
  same_rules_ = old.destination_rules == scope.destination_rules;
  same_egress_ = old.sidecar_object == scope.sidecar_object &&
                 old.egress_listeners.size() == scope.egress_listeners.size() &&
                 old.outbound_mode == scope.outbound_mode;
  same_imports_ = old.sidecar_object == scope.sidecar_object && same_rules_;
  for (const VirtualServicePtr& rule : difference_.virtual_services) {
    for (const auto& [host, port] : traffic::destinations(*rule->spec, scope.ns)) {
      led_to_.emplace(host);
    }
  }
  same_services_ = same_egress_ && traffic::same_list(old.services, scope.services);
  for (size_t i = 0; same_services_ && i < scope.egress_listeners.size(); ++i) {
    same_services_ =
        traffic::same_list(old.egress_listeners[i].services, scope.egress_listeners[i].services);
  }
}

bool Standing::same_rule(const std::string& host) const {
  if (same_rules_) return true;
  const auto& labels = now_.proxy.labels;
  return before_.scope->destination_rule(labels, host) ==
         now_.scope->destination_rule(labels, host);
}

bool Standing::clusters_of(const model::ServicePtr& service) const {
  return same_rule(service->hostname) && change_.not_in_eds.count(service->hostname) == 0;
}

// Whether it is a gateway that has clusters of those services only that its rules lead to (traffic/gateway_services.h).
bool Standing::chooses_services() const {
  return now_.proxy.type == model::ProxyType::kGateway &&
         traffic::features_of(now_.mesh().config).filter_gateway_clusters;
}

bool Standing::clusters() const {
  if (!same_services_ || !same_rules_) return false;
  if (chooses_services() && !difference_.virtual_services.empty()) return false;
  for (const std::string& host : change_.not_in_eds) {
    if (now_.scope->service(host) != nullptr) return false;
  }
  return before_.gateway == now_.gateway;
}

bool Standing::same_l4_rules() const {
  if (now_.proxy.type != model::ProxyType::kSidecar) {
    return std::none_of(difference_.virtual_services.begin(), difference_.virtual_services.end(),
                        [](const auto& rule) { return is_l4(*rule->spec); });
  }
  const auto& old = before_.scope->egress_listeners;
  const auto& now = now_.scope->egress_listeners;
  for (size_t i = 0; i < now.size(); ++i) {
    if (!same_l4(old[i].virtual_services, now[i].virtual_services)) return false;
  }
  return true;
}

// A gateway's listeners carry policies, and a sidecar's those to hosts that are resolved by SNI (security/service_policies.h).
bool Standing::has_outbound_policies() const {
  if (now_.proxy.type != model::ProxyType::kSidecar) return true;
  const auto& services = now_.scope->services;
  return std::any_of(services.begin(), services.end(), [](const model::ServicePtr& service) {
    return service->resolution == model::Resolution::kDynamicDns;
  });
}

bool Standing::listeners() const {
  if (difference_.extensions) return false;
  if (difference_.inbound_policies && has_outbound_policies()) return false;
  return clusters() && same_egress_ && same_l4_rules();
}

bool Standing::own() const {
  return !difference_.extensions && !difference_.inbound_policies && same_rules_ &&
         before_.scope->sidecar_object == now_.scope->sidecar_object;
}

void Standing::find_touched() {
  constexpr size_t kFew = 8;
  const bool same_scope = before_.scope == now_.scope;
  if (!same_scope && !same_imports_) return;
  const size_t others = same_scope ? 0 : difference_.hosts.size() + led_to_.size();
  if (change_.hosts.size() + others > kFew) return;
  touched_.emplace(change_.hosts.begin(), change_.hosts.end());
  if (same_scope) return;
  touched_->insert(touched_->end(), difference_.hosts.begin(), difference_.hosts.end());
  touched_->insert(touched_->end(), led_to_.begin(), led_to_.end());
}

// Most names end in none of the few hosts that something happened to, and need not be taken apart.
bool Standing::assignment(std::string_view cluster) const {
  const auto ends = [&](std::string_view host) { return cluster.ends_with(host); };
  if (touched_ && std::none_of(touched_->begin(), touched_->end(), ends)) return true;
  return endpoints_of(host_of_cluster(cluster));
}

bool Standing::endpoints_of(std::string_view host) const {
  if (has(change_.hosts, host)) return false;
  if (before_.scope == now_.scope) return true;
  if (same_imports_ && !has(difference_.hosts, host) && !has(led_to_, host)) return true;
  const model::ServicePtr service = now_.scope->service(host);
  return service == before_.scope->service(host) &&
         (service == nullptr || same_rule(service->hostname));
}

// ---- routes ------------------------------------------------------------------------------------

bool Standing::leads_to_changed(const networking::VirtualService& rule) const {
  auto is_changed = [&](const auto& destination) {
    return destination && difference_.hosts.count(destination->host) != 0;
  };
  return std::any_of(rule.http.begin(), rule.http.end(), [&](const networking::HTTPRoute& route) {
    return is_changed(route.mirror) ||
           std::any_of(route.route.begin(), route.route.end(),
                       [&](const auto& to) { return is_changed(to.destination); }) ||
           std::any_of(route.mirrors.begin(), route.mirrors.end(),
                       [&](const auto& to) { return is_changed(to.destination); });
  });
}

void Standing::find_routes() {
  no_route_ = !same_rules_ && (hashing_differs(*before_.scope, *now_.scope) ||
                               hashing_differs(*now_.scope, *before_.scope));
  if (no_route_) return;
  if (now_.proxy.type == model::ProxyType::kSidecar) {
    all_routes_ = before_.scope == now_.scope;
    if (all_routes_) return;
    no_route_ = !same_egress_;
    if (!no_route_) find_ports();
    return;
  }
  no_route_ = before_.gateway != now_.gateway;
  if (!no_route_) find_gateways();
}

// Ports of the services that differ or that a rule means that differs. Rules for what is no service answer on port 80.
void Standing::find_ports() {
  const auto& old = before_.scope->egress_listeners;
  const auto& now = now_.scope->egress_listeners;
  auto add_ports = [&](const model::ServicePtr& service) {
    for (const model::Port& port : service->ports) ports_.insert(port.number);
  };
  auto add_services_of = [&](const EgressListener& egress, const std::string& written) {
    std::string host = written;
    std::transform(host.begin(), host.end(), host.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    for (const model::ServicePtr& service : egress.services) {
      if (service->hostname == written || model::host_matches(host, service->hostname)) {
        add_ports(service);
      }
    }
  };
  for (size_t i = 0; i < now.size() && !no_route_; ++i) {
    traffic::each_apart(old[i].services.get(), now[i].services.get(), add_ports);
    if (!same_rules(old[i].virtual_services, now[i].virtual_services)) {
      traffic::each_apart(old[i].virtual_services.get(), now[i].virtual_services.get(),
                          [&](const VirtualServicePtr& rule) {
                            ports_.insert(80);
                            for (const std::string& host : rule->spec->hosts) {
                              add_services_of(old[i], host);
                              add_services_of(now[i], host);
                            }
                          });
    }
    if (difference_.hosts.empty()) continue;
    no_route_ = std::any_of(now[i].virtual_services.begin(), now[i].virtual_services.end(),
                            [&](const auto& rule) { return leads_to_changed(*rule->spec); });
  }
}

// Gateways with a rule that differs, or that leads to a service that does.
void Standing::find_gateways() {
  for (const VirtualServicePtr& rule : difference_.virtual_services) {
    gateways_.insert(rule->spec->gateways.begin(), rule->spec->gateways.end());
  }
  if (difference_.hosts.empty() || now_.gateway == nullptr) return;
  gateways_.merge(now_.traffic->gateways_leading_to(difference_.hosts));
}

bool Standing::all_routes() const {
  return !no_route_ && (all_routes_ || (ports_.empty() && gateways_.empty() && same_services_));
}

bool Standing::route(const std::string& name) const {
  if (no_route_) return false;
  if (all_routes()) return true;
  if (now_.proxy.type == model::ProxyType::kSidecar) {
    const uint32_t port = port_of(name);
    return port != 0 && ports_.count(port) == 0;
  }
  if (gateways_.empty()) return true;
  if (now_.gateway == nullptr) return false;
  const traffic::GatewayRoute* const route = now_.gateway->route(name);
  return route != nullptr && std::ranges::none_of(route->servers, [&](const auto* server) {
           return gateways_.contains(server->gateway_name);
         });
}

}  // namespace mesh::xds
