// What VirtualServices name.
#include <algorithm>
#include <type_traits>

#include "libmesh/base/net.h"
#include "libmesh/model/host.h"
#include "libmesh/model/protocol.h"
#include "libmesh/model/rule_names.h"
#include "libmesh/traffic/check/finder.h"
#include "libmesh/traffic/check/references.h"
#include "libmesh/traffic/delegates.h"
#include "libmesh/traffic/virtual_services.h"
#include "libmesh/traffic/visibility.h"

namespace mesh::traffic {
namespace {

using networking::Destination;
using networking::VirtualService;

// By namespace and name.
using RulesByName = std::map<std::string, std::map<std::string, const index::VirtualService*>>;

class RouteReferences {
 public:
  RouteReferences(const index::VirtualService& config, const Surroundings& around,
                  const RulesByName& rules, Diagnostics& out)
      : around_(around),
        rules_(rules),
        written_(*config.spec),
        spec_(model::with_full_names(config.object, *config.spec, around.mesh().cluster_domain)),
        out_(out),
        finder_(*config.object, out) {}

  void check() {
    check_gateways();
    check_hosts();
    check_export_to(written_.export_to, around_, finder_);
    for (size_t i = 0; i < spec_->http.size(); ++i) check_http(spec_->http[i], at("spec.http", i));
    for (size_t i = 0; i < spec_->tls.size(); ++i) check_tls(spec_->tls[i], at("spec.tls", i));
    for (size_t i = 0; i < spec_->tcp.size(); ++i) {
      const std::string path = at("spec.tcp", i);
      check_destinations(spec_->tcp[i].route, path + ".route");
      for (size_t j = 0; j < spec_->tcp[i].match.size(); ++j) {
        check_match(spec_->tcp[i].match[j], at(path + ".match", j));
      }
    }
  }

 private:
  void check_gateways() {
    for (size_t i = 0; i < spec_->gateways.size(); ++i) {
      const std::string& name = spec_->gateways[i];
      if (name == model::kMeshGateway || around_.gateways().contains(name)) continue;
      finder_.warn(Code::kUnknownReference, at("spec.gateways", i),
                   "there is no Gateway " + quoted(name),
                   Surroundings::mend_name(name, around_.gateway_names(), "create the Gateway"));
    }
  }

  void check_hosts() {
    const std::string end = ".svc." + around_.mesh().cluster_domain;
    for (size_t i = 0; i < spec_->hosts.size(); ++i) {
      const std::string& host = spec_->hosts[i];
      // Other names may be routed without a service.
      if (is_for_sidecars(*spec_) && host.ends_with(end) && !model::is_wildcard(host) &&
          around_.services(host).empty()) {
        unknown_host(at("spec.hosts", i), host);
      }
      check_gateway_host(host, i);
      for (size_t j = 0; j < i; ++j) {
        // Of equal texts the rules tell already.
        if (written_.hosts[j] == written_.hosts[i] || !model::host_matches(spec_->hosts[j], host)) {
          continue;
        }
        tell_twice(i, j);
        break;
      }
    }
  }

  // Istio compares hosts as they are written: a short name and its full one may stand together.
  void tell_twice(size_t i, size_t j) {
    const std::string said =
        quoted(written_.hosts[i]) + " is of " + quoted(written_.hosts[j]) + " already";
    if (model::host_matches(written_.hosts[j], written_.hosts[i])) {
      finder_.invalid(at("spec.hosts", i), said, "write one of them");
    } else {
      finder_.remark(Code::kNoEffect, at("spec.hosts", i), said, "one of them is enough");
    }
  }

  // Whether the rule's routes are for such a server: HTTP routes where it reads requests, TLS routes where it passes
  // connections on, TCP routes for those that it does not read.
  bool is_for(const networking::Server& server) const {
    using Mode = networking::ServerTLSSettings_TLSmode;
    const auto protocol = model::parse_protocol(server.port ? server.port->protocol : "");
    const bool passes = server.tls && (server.tls->mode == Mode::PASSTHROUGH ||
                                       server.tls->mode == Mode::AUTO_PASSTHROUGH);
    const bool reads = model::is_http(protocol) || (protocol == model::Protocol::kHttps && !passes);
    if (reads) return !spec_->http.empty();
    return !spec_->tls.empty() || !spec_->tcp.empty();
  }

  // A host that no server of the gateways has is served by none.
  void check_gateway_host(const std::string& host, size_t i) {
    if (spec_->http.empty() && spec_->tls.empty() && spec_->tcp.empty()) return;
    bool any = false;
    std::set<std::string> known;
    for (const std::string& name : spec_->gateways) {
      const auto found = around_.gateways().find(name);
      if (found == around_.gateways().end()) return;  // mesh, or one that is not there
      any = true;
      for (const auto& server : found->second->spec->servers) {
        if (!is_for(server)) continue;
        for (const std::string& entry : server.hosts) {
          if (gateway_host_matches(*found->second, entry, host)) return;
          known.insert(entry.substr(entry.find('/') + 1));
        }
      }
    }
    if (!any) return;
    finder_.warn(Code::kUnknownHost, at("spec.hosts", i),
                 "no server of the gateways has host " + quoted(host),
                 Surroundings::mend_name(host, known, "add it to the hosts of a server"));
  }

  bool gateway_host_matches(const index::Gateway& gateway, const std::string& entry,
                            const std::string& host) const {
    const size_t slash = entry.find('/');
    if (slash == std::string::npos) return model::host_matches(entry, host);
    const std::string ns = entry.substr(0, slash);
    const bool allowed = ns == "*" || (ns == "." ? gateway.ns() : ns) == finder_.ns();
    return allowed && model::host_matches(entry.substr(slash + 1), host);
  }

  void unknown_host(std::string field, const std::string& host) {
    finder_.warn(Code::kUnknownHost, std::move(field),
                 "no service of the mesh has host " + quoted(host), around_.mend_host(host));
  }

  void check_destination(const Destination& destination, const std::string& path) {
    const auto services = around_.services(destination.host);
    if (services.empty()) return unknown_host(path + ".host", destination.host);
    const model::Service* visible = visible_of(services);
    if (visible == nullptr) {
      finder_.warn(
          Code::kUnknownHost, path + ".host",
          quoted(destination.host) + " is not exported to namespace " + quoted(finder_.ns()),
          "export it, or name one that is");
      return;
    }
    check_port(destination, services, path);
    if (destination.subset.empty()) return;
    const auto subsets = around_.subsets(destination.host);
    if (subsets.contains(destination.subset)) return;
    finder_.warn(Code::kUnknownSubset, path + ".subset",
                 "no DestinationRule of " + quoted(destination.host) + " has subset " +
                     quoted(destination.subset),
                 Surroundings::mend_name(destination.subset, subsets,
                                         "give the host a DestinationRule with this subset"));
  }

  const model::Service* visible_of(const std::vector<model::ServicePtr>& services) const {
    for (const model::ServicePtr& service : services) {
      const Visibility visibility =
          visibility_of(*service, around_.mesh().config->default_service_export_to);
      if (visibility.sees(finder_.ns()) || service->ns == finder_.ns()) return service.get();
    }
    return nullptr;
  }

  void check_port(const Destination& destination, const std::vector<model::ServicePtr>& services,
                  const std::string& path) {
    std::string known;
    size_t count = 0;
    for (const model::ServicePtr& service : services) {
      for (const model::Port& port : service->ports) {
        if (destination.port && port.number == destination.port->number) return;
        known += (known.empty() ? "" : ", ") + std::to_string(port.number);
        ++count;
      }
    }
    if (destination.port && destination.port->number != 0) {
      finder_.warn(
          Code::kUnknownPort, path + ".port.number",
          quoted(destination.host) + " has no port " + std::to_string(destination.port->number),
          known.empty() ? "give its Service the port" : "its ports are " + known);
    } else if (!destination.port && count > 1 && services.size() == 1 && !is_for_sidecars(*spec_)) {
      finder_.warn(Code::kUnknownPort, path + ".port",
                   quoted(destination.host) + " has several ports, and none is chosen",
                   "choose one of " + known);
    }
  }

  template <typename Route>
  void check_destinations(const std::vector<Route>& routes, const std::string& path) {
    for (size_t i = 0; i < routes.size(); ++i) {
      if (routes[i].destination) {
        check_destination(*routes[i].destination, at(path, i) + ".destination");
      }
    }
  }

  void check_http(const networking::HTTPRoute& route, const std::string& path) {
    check_destinations(route.route, path + ".route");
    if (route.mirror) check_destination(*route.mirror, path + ".mirror");
    for (size_t i = 0; i < route.mirrors.size(); ++i) {
      if (route.mirrors[i].destination) {
        check_destination(*route.mirrors[i].destination, at(path + ".mirrors", i) + ".destination");
      }
    }
    if (route.delegate) check_delegate(route, path);
    for (size_t i = 0; i < route.match.size(); ++i) {
      check_match(route.match[i], at(path + ".match", i));
    }
  }

  void check_delegate(const networking::HTTPRoute& route, const std::string& path) {
    const networking::Delegate& delegate = *route.delegate;
    const std::string ns = delegate.namespace_.empty() ? finder_.ns() : delegate.namespace_;
    const auto own = rules_.find(ns);
    if (own != rules_.end()) {
      const auto found = own->second.find(delegate.name);
      if (found != own->second.end()) return check_delegated(route, path, *found->second);
    }
    std::set<std::string> known;
    if (own != rules_.end()) {
      for (const auto& [name, rule] : own->second) known.insert(name);
    }
    finder_.warn(Code::kUnknownReference, path + ".delegate.name",
                 "there is no VirtualService " + quoted(ns + "/" + delegate.name),
                 Surroundings::mend_name(delegate.name, known, "create the VirtualService"));
  }

  // Whether the root may use it; if not, the route is left out without a word (mergeVirtualServicesIfNeeded).
  bool is_usable(const std::string& path, const index::VirtualService& other) {
    const std::string name = to_string(other.object->key);
    if (!other->hosts.empty()) {
      finder_.warn(Code::kNoEffect, path + ".delegate.name",
                   name +
                       " has hosts (spec.hosts), and only a VirtualService without hosts is a "
                       "delegate: the route is left out",
                   "take the hosts out of it, or name another one");
      return false;
    }
    const Visibility seen = visibility_or_default(
        other->export_to, around_.mesh().config->default_virtual_service_export_to, other.ns());
    if (seen.sees(finder_.ns())) return true;
    finder_.warn(Code::kUnknownReference, path + ".delegate",
                 name + " is not exported to namespace " + quoted(finder_.ns()) +
                     " (spec.exportTo): the route is left out",
                 "add the namespace to its exportTo");
    return false;
  }

  // Routes that match what the root does not hand over are left out without a word.
  void check_delegated(const networking::HTTPRoute& root, const std::string& path,
                       const index::VirtualService& other) {
    if (!is_usable(path, other)) return;
    const auto& routes = other.spec->http;
    Finder at_delegate(*other.object, out_);
    for (size_t i = 0; i < routes.size(); ++i) {
      if (delegate_fits(root.match, routes[i].match)) continue;
      at_delegate.warn(Code::kNoEffect, at("spec.http", i) + ".match",
                       "is not within what " + to_string(finder_.object().key) + " " + path +
                           " matches, so the route is left out",
                       "match a part of what is delegated, with the same ignoreUriCase");
    }
  }

  void check_tls(const networking::TLSRoute& route, const std::string& path) {
    check_destinations(route.route, path + ".route");
    for (size_t i = 0; i < route.match.size(); ++i) {
      const std::string match = at(path + ".match", i);
      check_match(route.match[i], match);
      for (size_t j = 0; j < route.match[i].sni_hosts.size(); ++j) {
        check_sni(route.match[i].sni_hosts[j], at(match + ".sniHosts", j));
      }
    }
  }

  void check_sni(const std::string& sni, const std::string& path) {
    if (is_ip_address(sni)) {
      finder_.warn(Code::kNoEffect, path, quoted(sni) + " is an IP address: clients ask for names",
                   "write a name, or match the address: destinationSubnets");
      return;
    }
    std::set<std::string> known(written_.hosts.begin(), written_.hosts.end());
    for (const std::string& host : spec_->hosts) {
      if (model::host_subset_of(sni, host)) return;
    }
    for (const std::string& host : written_.hosts) {
      if (model::host_subset_of(sni, host)) return;
    }
    finder_.invalid(path, quoted(sni) + " is in none of the hosts",
                    Surroundings::mend_name(sni, known, "add it to spec.hosts"));
  }

  // Of all three kinds of routes.
  template <typename Match>
  void check_match(const Match& match, const std::string& path) {
    for (size_t i = 0; i < match.gateways.size(); ++i) {
      const std::string& name = match.gateways[i];
      const bool known =
          std::find(spec_->gateways.begin(), spec_->gateways.end(), name) != spec_->gateways.end();
      if (known || (spec_->gateways.empty() && name == model::kMeshGateway)) continue;
      finder_.warn(Code::kNoEffect, at(path + ".gateways", i),
                   "is not one of the gateways of the whole, so nothing matches there",
                   Surroundings::mend_name(name, {spec_->gateways.begin(), spec_->gateways.end()},
                                           "add it to spec.gateways"));
    }
    if (!match.source_labels.empty() && around_.has_pods("") &&
        !around_.selects_workload("", match.source_labels)) {
      finder_.warn(Code::kSelectsNothing, path + ".sourceLabels",
                   around_.missing_label("", match.source_labels),
                   around_.mend_labels("", match.source_labels));
    }
    if (!match.source_namespace.empty()) {
      check_namespace(match.source_namespace, path + ".sourceNamespace", around_, finder_);
    }
    if (match.port != 0) {
      constexpr bool kOfHttp = std::is_same_v<Match, networking::HTTPMatchRequest>;
      check_match_port(match.port, kOfHttp, path + ".port");
    }
  }

  // A port that none of the hosts, and no server of the gateways, has.
  void check_match_port(uint32_t port, bool of_http, const std::string& path) {
    std::set<uint32_t> known;
    bool any = false;
    bool http = false;
    for (const std::string& host : spec_->hosts) {
      for (const model::ServicePtr& service : around_.services(host)) {
        any = true;
        for (const model::Port& each : service->ports) {
          known.insert(each.number);
          http = http || model::is_http(each.protocol) || model::is_unsupported(each.protocol);
        }
      }
    }
    // Sidecars route requests of port 80 where no host has a port for HTTP
    // (pilot/pkg/networking/core/route/route.go, buildSidecarVirtualHostsForVirtualService).
    if (port == 80 && of_http && !http && is_for_sidecars(*spec_)) return;
    for (const std::string& name : spec_->gateways) {
      const auto found = around_.gateways().find(name);
      if (found == around_.gateways().end()) continue;
      any = true;
      for (const auto& server : found->second->spec->servers) {
        if (server.port) known.insert(server.port->number);
      }
    }
    if (any && !known.contains(port)) {
      finder_.warn(Code::kUnknownPort, path,
                   "no host or gateway of this rule has port " + std::to_string(port),
                   "their ports are " + numbers_text(known));
    }
  }

  const Surroundings& around_;
  const RulesByName& rules_;
  const VirtualService& written_;
  const std::shared_ptr<const VirtualService> spec_;
  Diagnostics& out_;
  Finder finder_;
};

}  // namespace

void check_route_references(const Surroundings& around, Diagnostics& out) {
  RulesByName rules;
  for (const index::VirtualService& config : *around.mesh().virtual_services) {
    rules[config.ns()].emplace(config.name(), &config);
  }
  for (const index::VirtualService& config : *around.mesh().virtual_services) {
    RouteReferences(config, around, rules, out).check();
  }
}

}  // namespace mesh::traffic
