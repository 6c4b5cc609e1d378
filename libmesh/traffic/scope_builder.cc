#include "libmesh/traffic/scope_builder.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "libmesh/model/host.h"
#include "libmesh/model/rule_names.h"
#include "libmesh/traffic/egress_hosts.h"
#include "libmesh/traffic/scope_services.h"

namespace mesh::traffic {
namespace {

using model::Registry;
using model::ServicePtr;

const std::vector<std::string> kEverything{"*/*"};

// A listener with a port serves that port only, unless it is a generic HTTP proxy.
bool needs_port_match(const networking::IstioEgressListener* listener) {
  return listener != nullptr && listener->port && listener->port->number != 0 &&
         model::parse_protocol(listener->port->protocol) != model::Protocol::kHttpProxy;
}

// One of several services of a host: that of the own namespace, else a Kubernetes one, else the
// first seen (selectServices). `unique` becomes their table if there was one of each from the start.
std::vector<ServicePtr> one_per_host(std::vector<ServicePtr> services, const std::string& own_ns,
                                     std::optional<index::Shared<index::HostTable>>& unique) {
  struct Winner {
    std::string ns;
    bool kubernetes;
  };
  index::HostTable hosts;
  hosts.reserve(services.size());
  bool several = false;
  for (size_t i = 0; i < services.size(); ++i) several = !hosts.add(services) || several;
  if (!several) {
    unique = std::move(hosts);
    return services;
  }
  std::unordered_map<std::string, Winner> winners;
  for (const ServicePtr& service : services) {
    bool kubernetes = service->registry == Registry::kKubernetes;
    auto [it, fresh] = winners.try_emplace(service->hostname, Winner{service->ns, kubernetes});
    if (fresh) continue;
    Winner& winner = it->second;
    bool own = service->ns == own_ns;
    if (own || (!winner.kubernetes && kubernetes && winner.ns != own_ns)) {
      winner = {service->ns, kubernetes};
    }
  }
  services.erase(
      std::remove_if(services.begin(), services.end(),
                     [&](const ServicePtr& s) { return winners.at(s->hostname).ns != s->ns; }),
      services.end());
  return services;
}

// A service keeps only the aliases that are imported too.
ServicePtr with_imported_aliases(const ServicePtr& service, const ImportedHosts& hosts) {
  if (service == nullptr || service->aliases.empty()) return service;
  auto matched = service->aliases;
  matched.erase(
      std::remove_if(matched.begin(), matched.end(),
                     [&](const auto& alias) { return !hosts.matches_service(alias.name); }),
      matched.end());
  if (matched.size() == service->aliases.size()) return service;
  auto trimmed = std::make_shared<model::Service>(*service);
  trimmed->aliases = std::move(matched);
  return trimmed;
}

// Whether no two services of the mesh are of one host.
bool one_of_each_host(const index::Mesh& mesh) {
  for (uint32_t i = 0; i < mesh.services.size(); ++i) {
    if (mesh.hosts->next(i) != index::HostTable::kNone) return false;
  }
  return true;
}

class Builder {
 public:
  Builder(const ScopeSources& from, std::string ns) : from_(from), ns_(std::move(ns)) {}

  EgressListener listener(const networking::IstioEgressListener* spec) {
    EgressListener out;
    out.listener = spec;
    out.match_port = needs_port_match(spec);
    EgressHosts hosts(spec != nullptr ? spec->hosts : kEverything, ns_);
    out.virtual_services = from_.virtual_services.select(ns_, hosts);
    hosts_.reset();
    if (spec == nullptr && from_.services.shows_all_of(from_.mesh) &&
        one_of_each_host(from_.mesh)) {
      // Everything is imported and nobody hides anything: the mesh's own list and table.
      out.services = from_.mesh.services;
      hosts_ = from_.mesh.hosts;
    } else {
      out.services = select_services(hosts, out);
    }
    return out;
  }

  void collect_services(Scope& scope) {
    ScopeServices services;
    const bool starts_with_all = scope.egress_listeners.size() == 1 && hosts_;
    if (starts_with_all) {
      services.list = scope.egress_listeners.front().services;
      services.hosts = *std::move(hosts_);
    } else {
      services.reserve(scope.egress_listeners.front().services.size());
    }
    for (const EgressListener& listener : scope.egress_listeners) {
      if (!starts_with_all) {
        for (const ServicePtr& service : listener.services) services.add(service);
      }
      for (const VirtualServicePtr& vs : listener.virtual_services) {
        add_destinations(*vs, listener, services, scope.destinations);
      }
    }
    scope.services = std::move(services.list);
    scope.hosts = std::move(services.hosts);
  }

  void select_rules(Scope& scope) const {
    if (from_.destination_rules.empty()) return;
    for (const ServicePtr& service : scope.services) {
      auto rules = from_.destination_rules.rules_for(scope.ns, *service);
      if (!rules.empty()) scope.destination_rules[service->hostname] = std::move(rules);
    }
  }

 private:
  std::vector<ServicePtr> candidates(const EgressHosts& hosts) const {
    if (hosts.of_any() != nullptr) return from_.services.visible_to(ns_);
    if (!hosts.all_exact()) {
      std::vector<std::string> owners;
      for (const auto& [ns, group] : hosts.by_namespace()) owners.push_back(ns);
      return from_.services.visible_to(ns_, owners);
    }
    std::vector<ServicePtr> out;
    for (const auto& [ns, group] : hosts.by_namespace()) {
      for (const std::string& host : group.exact) {
        const ServicePtr* service = from_.mesh.find_service(host, ns);
        if (service != nullptr && from_.services.is_visible(**service, ns_)) {
          out.push_back(*service);
        }
      }
    }
    std::sort(out.begin(), out.end(), [](const ServicePtr& a, const ServicePtr& b) {
      return std::tie(a->creation_time, a->name, a->ns) <
             std::tie(b->creation_time, b->name, b->ns);
    });
    return out;
  }

  std::vector<ServicePtr> select_services(const EgressHosts& hosts,
                                          const EgressListener& listener) {
    const ImportedHosts* any = hosts.of_any();
    std::vector<ServicePtr> out;
    for (const ServicePtr& service : candidates(hosts)) {
      if (hosts.excludes(service->ns, service->hostname)) continue;
      const ImportedHosts* own = hosts.of(service->ns);
      ServicePtr found = imported(own, service, listener);
      if (found == nullptr) found = imported(any, service, listener);
      if (found != nullptr) out.push_back(std::move(found));
    }
    return one_per_host(std::move(out), ns_, hosts_);
  }

  static ServicePtr imported(const ImportedHosts* group, const ServicePtr& service,
                             const EgressListener& listener) {
    if (group == nullptr || !group->matches_service(service->hostname)) return nullptr;
    ServicePtr found =
        listener.match_port ? with_port(service, listener.listener->port->number) : service;
    return with_imported_aliases(found, *group);
  }

  // Destinations of the listener's VirtualServices are seen even when no host imports them.
  void add_destinations(const VirtualService& vs, const EgressListener& listener,
                        ScopeServices& services, decltype(Scope::destinations)& hosts) {
    destinations(*vs.spec, ns_, destinations_);
    for (auto at = destinations_.begin(); at != destinations_.end();) {
      const std::string_view host = at->host;
      ports_.clear();
      for (; at != destinations_.end() && at->host == host; ++at) ports_.push_back(at->port);
      hosts.emplace(host);
      ServicePtr service = pick(host);
      if (service == nullptr) continue;
      services.add(listener.match_port ? with_port(service, listener.listener->port->number)
                                       : with_ports(service, ports_));
    }
  }

  // Of the host's services: that of the own namespace, else a visible Kubernetes one, else the
  // oldest visible one (pickBestVisibleNamespace; ties by namespace, where Istio takes any).
  ServicePtr pick(std::string_view host) const {
    auto key = [&](const ServicePtr& s) {
      return std::make_tuple(s->ns != ns_, s->registry != Registry::kKubernetes, s->creation_time,
                             s->ns);
    };
    ServicePtr best;
    from_.mesh.each_of_host(host, [&](const ServicePtr& service) {
      if (best != nullptr && best->ns == ns_) return;  // the first of the own namespace
      if (service->ns != ns_ && !from_.services.is_visible(*service, ns_)) return;
      if (best == nullptr || key(service) < key(best)) best = service;
    });
    return best;
  }

  const ScopeSources& from_;
  std::string ns_;
  // Of the last listener's services, if each has a host of its own.
  std::optional<index::Shared<index::HostTable>> hosts_;
  // Of the rule at hand.
  std::vector<RuleDestination> destinations_;
  std::vector<uint32_t> ports_;
};

void set_outbound_policy(Scope& scope, const index::Mesh& mesh) {
  const networking::OutboundTrafficPolicy* policy =
      scope.sidecar != nullptr ? scope.sidecar->outbound_traffic_policy.get() : nullptr;
  auto convert = [](int32_t mode) {
    // The two enums, Sidecar's and MeshConfig's, have the same numbers.
    switch (mode) {
      case 0:
        return OutboundMode::kRegistryOnly;
      case 3:  // 2 was never given out
        return OutboundMode::kAllowAnyDynamicDns;
      default:
        return OutboundMode::kAllowAny;
    }
  };
  if (policy != nullptr) {
    scope.outbound_mode = convert(static_cast<int32_t>(policy->mode));
    scope.egress_proxy = policy->egress_proxy.get();
  } else if (mesh.config->outbound_traffic_policy) {
    scope.outbound_mode = convert(static_cast<int32_t>(mesh.config->outbound_traffic_policy->mode));
  }
}

}  // namespace

ScopePtr build_scope(const ScopeSources& from, const index::Sidecar* sidecar,
                     const std::string& ns) {
  auto scope = std::make_shared<Scope>();
  scope->name = "default-sidecar";
  scope->ns = ns;
  if (sidecar != nullptr) {
    scope->name = sidecar->name();
    scope->sidecar = sidecar->spec;
    scope->sidecar_object = sidecar->object;
  }
  Builder builder(from, ns);
  if (sidecar != nullptr && !sidecar->spec->egress.empty()) {
    for (const auto& listener : sidecar->spec->egress) {
      scope->egress_listeners.push_back(builder.listener(&listener));
    }
  } else {
    scope->egress_listeners.push_back(builder.listener(nullptr));
  }
  builder.collect_services(*scope);
  builder.select_rules(*scope);
  set_outbound_policy(*scope, from.mesh);
  return scope;
}

ScopePtr build_gateway_scope(const ScopeSources& from, const std::string& ns) {
  auto scope = std::make_shared<Scope>();
  scope->name = "default-sidecar";
  scope->ns = ns;
  scope->gateway = true;
  if (from.services.shows_all_of(from.mesh) && one_of_each_host(from.mesh)) {
    scope->services = from.mesh.services;
    scope->hosts = from.mesh.hosts;
  } else {
    ScopeServices services;
    const std::vector<ServicePtr> visible = from.services.visible_to(ns);
    services.reserve(visible.size());
    for (const ServicePtr& service : visible) services.add(service);
    scope->services = std::move(services.list);
    scope->hosts = std::move(services.hosts);
  }
  EgressListener everything;
  std::vector<VirtualServicePtr> rules;
  for (const auto list : from.virtual_services.select(ns, std::string(model::kMeshGateway))) {
    rules.insert(rules.end(), list.begin(), list.end());
  }
  everything.virtual_services = std::move(rules);
  scope->egress_listeners.push_back(std::move(everything));
  Builder(from, ns).select_rules(*scope);
  return scope;
}

}  // namespace mesh::traffic
