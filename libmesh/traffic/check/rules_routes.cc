// What Istio refuses in VirtualServices; of the parts of HTTP routes in rules_route_parts.cc and rules_route_headers.cc.
#include <algorithm>

#include "libmesh/base/net.h"
#include "libmesh/traffic/check/finder.h"
#include "libmesh/traffic/check/rules.h"
#include "libmesh/traffic/check/rules_route_parts.h"
#include "libmesh/traffic/check/words.h"
#include "libmesh/traffic/virtual_services.h"

namespace mesh::traffic {
namespace {

using networking::HTTPRoute;
using networking::StringMatch;
using networking::VirtualService;

constexpr const char* kName = "name the host that requests go to";

// "outbound_.80_.SUBSET_.HOST", which gateways between networks are asked for: a port with a digit and a host with a letter
// (ValidateWildcardDomainForVirtualServiceBoundToGateway).
bool is_made_up_name(std::string_view host) {
  constexpr size_t kMostName = 255;
  constexpr std::string_view kStart = "outbound_";
  if (!host.starts_with(kStart) || host.size() > kMostName) return false;
  const std::string_view rest = host.substr(kStart.size());
  const size_t port = rest.find('_');
  const size_t subset = port == rest.npos ? rest.npos : rest.find('_', port + 1);
  if (subset == rest.npos) return false;
  const std::string_view name = rest.substr(subset + 1, rest.find('_', subset + 1) - subset - 1);
  const auto has = [](std::string_view text, auto&& is) {
    return std::any_of(text.begin(), text.end(), is);
  };
  return has(rest.substr(0, port), [](char c) { return c >= '0' && c <= '9'; }) &&
         has(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

class RouteRules {
 public:
  RouteRules(const index::VirtualService& config, const std::set<std::string>& delegates,
             Diagnostics& out)
      : rule_(*config.spec),
        delegate_(delegates.contains(config.ns() + "/" + config.name())),
        finder_(*config.object, out) {}

  void check() {
    if (rule_.hosts.empty()) check_delegate();
    check_hosts();
    check_gateways(rule_.gateways, "spec.gateways");
    check_export_rules(rule_.export_to, {}, finder_);
    if (rule_.http.empty() && rule_.tls.empty() && rule_.tcp.empty()) {
      finder_.invalid("spec", "has no route", "write http, tls or tcp");
    }
    for (size_t i = 0; i < rule_.http.size(); ++i) check_http(rule_.http[i], at("spec.http", i));
    for (size_t i = 0; i < rule_.tls.size(); ++i) check_tls(rule_.tls[i], at("spec.tls", i));
    for (size_t i = 0; i < rule_.tcp.size(); ++i) {
      const std::string path = at("spec.tcp", i);
      for (size_t j = 0; j < rule_.tcp[i].match.size(); ++j) {
        check_connection(rule_.tcp[i].match[j], at(path + ".match", j));
      }
      check_routes(rule_.tcp[i].route, path + ".route");
    }
  }

 private:
  // A VirtualService without hosts is what others delegate to.
  void check_delegate() {
    if (!delegate_) {
      finder_.warn(Code::kNoEffect, "spec.hosts",
                   "names no host, and no VirtualService delegates to it",
                   "write the hosts, or a VirtualService that delegates to it");
    }
    auto refuse = [&](bool set, const char* field) {
      if (set) {
        finder_.invalid(field, "stands in a VirtualService without hosts",
                        "write the hosts, or take it away: only http can be delegated");
      }
    };
    refuse(!rule_.gateways.empty(), "spec.gateways");
    refuse(!rule_.tls.empty(), "spec.tls");
    refuse(!rule_.tcp.empty(), "spec.tcp");
  }

  // Of hosts, beside TLS routes that ask for names.
  bool has_sni_hosts() const {
    return std::any_of(rule_.tls.begin(), rule_.tls.end(), [](const networking::TLSRoute& route) {
      return std::any_of(route.match.begin(), route.match.end(),
                         [](const auto& match) { return !match.sni_hosts.empty(); });
    });
  }

  void check_hosts() {
    const bool sidecars = is_for_sidecars(rule_);
    const bool made_up = has_sni_hosts();
    std::set<std::string> seen;
    for (size_t i = 0; i < rule_.hosts.size(); ++i) {
      const std::string& host = rule_.hosts[i];
      const std::string field = at("spec.hosts", i);
      if (sidecars && host == "*") {
        finder_.invalid(field, "\"*\" is no host for sidecars",
                        "name the hosts, or a gateway other than mesh");
      }
      if (host.empty()) finder_.invalid(field, "is empty", "name the host");
      if (sidecars || !made_up || !is_made_up_name(host)) check_host_name(host, field, finder_);
      if (!seen.insert(host).second) {
        finder_.invalid(field, quoted(host) + " stands here twice", "write it once");
      }
    }
  }

  // "mesh", a name of the own namespace, "NAMESPACE/NAME", or the old "NAME.NAMESPACE.svc…". Istio looks at none after
  // the first without a namespace (validateGatewayNames).
  void check_gateways(const std::vector<std::string>& names, const std::string& path) {
    for (size_t i = 0; i < names.size(); ++i) {
      const size_t slash = names[i].find('/');
      const bool alone = slash == std::string::npos;
      const std::string_view name = names[i];
      const bool good =
          alone ? is_fqdn(name)
                : is_dns_label(name.substr(0, slash)) && is_dns_label(name.substr(slash + 1));
      if (!good) {
        finder_.invalid(at(path, i), quoted(names[i]) + " is no name of a Gateway",
                        "write NAMESPACE/NAME, or mesh");
      }
      if (alone) return;
    }
  }

  void check_http(const HTTPRoute& route, const std::string& path) {
    check_actions(route, path);
    for (size_t i = 0; i < route.match.size(); ++i) {
      check_match(route.match[i], at(path + ".match", i));
    }
    check_routes(route.route, path + ".route");
    for (size_t i = 0; i < route.route.size(); ++i) {
      check_header_changes(route.route[i].headers, at(path + ".route", i) + ".headers", finder_);
    }
    check_duration(route.timeout, path + ".timeout", finder_);
    if (route.retries) {
      check_retries(*route.retries, path + ".retries", finder_);
      check_try(route, path + ".retries.perTryTimeout");
    }
    if (route.fault) check_fault(*route.fault, path + ".fault", finder_);
    check_mirrors(route, path);
    if (route.rewrite) check_rewrite(*route.rewrite, path + ".rewrite", finder_);
    if (route.cors_policy) check_cors(*route.cors_policy, path + ".corsPolicy", finder_);
    if (route.redirect) check_redirect(route, path + ".redirect", finder_);
    if (route.direct_response) {
      check_direct_response(*route.direct_response, path + ".directResponse", finder_);
    }
    check_header_changes(route.headers, path + ".headers", finder_);
    check_authority(route, path, finder_);
  }

  void check_mirrors(const HTTPRoute& route, const std::string& path) {
    check_percent(route.mirror_percentage, path + ".mirrorPercentage.value", finder_);
    if (route.mirror) check_destination(*route.mirror, path + ".mirror");
    const bool root = route.delegate && !rule_.hosts.empty();  // what it mirrors counts for nothing
    if (route.mirror && !route.mirrors.empty() && !root) {
      finder_.invalid(path + ".mirrors", "stands beside mirror", "write one of them");
    }
    for (size_t i = 0; i < route.mirrors.size(); ++i) {
      const std::string here = at(path + ".mirrors", i);
      check_percent(route.mirrors[i].percentage, here + ".percentage.value", finder_);
      if (!route.mirrors[i].destination) {
        finder_.invalid(here + ".destination", "is not set", kName);
      } else {
        check_destination(*route.mirrors[i].destination, here + ".destination");
      }
    }
    if (route.mirror_percent && *route.mirror_percent > 100) {
      finder_.invalid(path + ".mirrorPercent", "is more than 100", "write a percentage");
    }
  }

  void check_actions(const HTTPRoute& route, const std::string& path) {
    const bool action = route.redirect || route.direct_response || route.delegate;
    if (!route.route.empty() && action) {
      finder_.invalid(path, "has destinations and another action",
                      "a route has one of route, redirect, directResponse and delegate");
    } else if (route.route.empty() && !action) {
      finder_.invalid(path, "does nothing with what it matches",
                      "write route, redirect, directResponse or delegate");
    }
    if (route.redirect && (route.direct_response || route.delegate)) {
      finder_.invalid(path + ".redirect", "stands beside another action",
                      "a route has one of route, redirect, directResponse and delegate");
    }
    if (rule_.hosts.empty() && route.delegate) {
      finder_.invalid(path + ".delegate", "is of a delegate itself",
                      "delegates are one level deep");
    }
    // What is answered at once is not delayed, and goes nowhere.
    if (route.delegate || !(route.redirect || route.direct_response)) return;
    const std::string name = route.redirect ? "redirect" : "directResponse";
    if (route.fault) {
      finder_.invalid(path + ".fault", "stands beside " + name, "write one of them");
    }
    if (route.rewrite) {
      finder_.invalid(path + ".rewrite", "stands beside " + name, "write one of them");
    }
  }

  // `prefix`: an empty one matches nothing that Envoy takes; of paths it matches all.
  void check_text(const StringMatch& match, bool prefix, const std::string& path) {
    if (match.regex) check_expression(*match.regex, path + ".regex", finder_);
    if (prefix && match.prefix && match.prefix->empty()) {
      finder_.invalid(path + ".prefix", "is empty", "write what the text begins with");
    }
  }
  void check_text(const schema::Box<StringMatch>& match, bool prefix, const std::string& path) {
    if (match) check_text(*match, prefix, path);
  }

  void check_match(const networking::HTTPMatchRequest& match, const std::string& path) {
    check_text(match.uri, false, path + ".uri");
    check_text(match.scheme, true, path + ".scheme");
    check_text(match.method, true, path + ".method");
    check_text(match.authority, true, path + ".authority");
    for (const auto& [name, text] : match.headers) {
      check_text(text, true, path + ".headers." + name);
      check_header(name, path + ".headers." + name);
    }
    for (const auto& [name, text] : match.without_headers) {
      // "*" asks whether the header is there.
      if (text.regex.value_or("") != "*") check_text(text, true, path + ".withoutHeaders." + name);
      check_header(name, path + ".withoutHeaders." + name);
    }
    for (const auto& [name, text] : match.query_params) {
      check_text(text, true, path + ".queryParams." + name);
    }
    check_place(match, path);
    if (match.uri) check_path(*match.uri, path);
  }

  // A path begins with a slash, so such a prefix is none.
  void check_path(const StringMatch& uri, const std::string& path) {
    for (const auto& [text, key] :
         {std::pair{&uri.prefix, ".uri.prefix"}, std::pair{&uri.exact, ".uri.exact"}}) {
      if (!text->has_value() || (!(*text)->empty() && (*text)->front() == '/')) continue;
      if ((*text)->empty() || **text == "*") continue;
      finder_.warn(Code::kNoEffect, path + key,
                   quoted(**text) + " matches no request: paths begin with /",
                   "write \"/" + **text + "\"");
    }
  }

  void check_header(const std::string& name, const std::string& path) {
    check_matched_header(name, path, finder_);
    if (!is_claim(name) || !is_for_sidecars(rule_)) return;
    finder_.invalid(path, quoted(name) + " is matched at gateways only",
                    "bind the VirtualService to gateways, and not to mesh");
  }

  // Of all three kinds of routes: where a request comes from and to.
  template <typename Match>
  void check_place(const Match& match, const std::string& path) {
    if (match.port != 0) check_port_number(match.port, path + ".port", finder_);
    check_labels(match.source_labels, path + ".sourceLabels", finder_);
    check_gateways(match.gateways, path + ".gateways");
    if constexpr (!std::is_same_v<Match, networking::HTTPMatchRequest>)
      return;  // Istio asks no more
    if (match.source_namespace.empty() || is_dns_label(match.source_namespace)) return;
    finder_.invalid(path + ".sourceNamespace",
                    quoted(match.source_namespace) + " is no name of a namespace",
                    "name one namespace");
  }

  template <typename Match>
  void check_connection(const Match& match, const std::string& path) {
    for (size_t i = 0; i < match.destination_subnets.size(); ++i) {
      check_subnet(match.destination_subnets[i], at(path + ".destinationSubnets", i), finder_);
    }
    check_place(match, path);
  }

  void check_tls(const networking::TLSRoute& route, const std::string& path) {
    const bool named_mesh = is_for_sidecars(rule_) && !rule_.gateways.empty();
    if (route.match.empty()) {
      finder_.invalid(path + ".match", "is not set", "a TLS route matches names: sniHosts");
    }
    for (size_t j = 0; j < route.match.size(); ++j) {
      const std::string here = at(path + ".match", j);
      const auto& names = route.match[j].sni_hosts;
      if (names.empty()) {
        finder_.invalid(here + ".sniHosts", "is not set", "write the names that clients ask for");
      }
      for (size_t k = 0; k < names.size(); ++k) {
        if (named_mesh || !is_made_up_name(names[k])) {
          check_host_name(names[k], at(here + ".sniHosts", k), finder_);
        }
      }
      check_connection(route.match[j], here);
    }
    check_routes(route.route, path + ".route");
  }

  void check_destination(const networking::Destination& destination, const std::string& path) {
    if (destination.host.empty()) {
      finder_.invalid(path + ".host", "is not set", kName);
    } else if (destination.host == "*" || is_ip_address(destination.host)) {
      finder_.invalid(path + ".host", quoted(destination.host) + " is no host to send to", kName);
    } else {
      check_host_name(destination.host, path + ".host", finder_);
    }
    if (!destination.subset.empty() && !is_dns_label(destination.subset)) {
      finder_.invalid(path + ".subset", quoted(destination.subset) + " is no name of a subset",
                      "write letters, digits and \"-\" between them, at most 63");
    }
    if (destination.port) {
      check_port_number(destination.port->number, path + ".port.number", finder_);
    }
  }

  template <typename Route>
  void check_routes(const std::vector<Route>& routes, const std::string& path) {
    constexpr bool kHttp = std::is_same_v<Route, networking::HTTPRouteDestination>;
    if (!kHttp && routes.empty()) finder_.invalid(path, "is not set", kName);
    int64_t total = 0;
    for (size_t i = 0; i < routes.size(); ++i) {
      if (routes[i].weight < 0) {
        finder_.invalid(at(path, i) + ".weight", "is negative", "write 0 or more");
      }
      total += std::max<int64_t>(routes[i].weight, 0);
      if (!routes[i].destination) {
        finder_.invalid(at(path, i) + ".destination", "is not set", kName);
      } else {
        check_destination(*routes[i].destination, at(path, i) + ".destination");
      }
    }
    // Shares need not add up to 100; what nearly does was meant to.
    if (routes.size() > 1 && total >= 80 && total <= 120 && total != 100) {
      finder_.remark(Code::kOutOfRange, path,
                     "has weights that add up to " + std::to_string(total) +
                         ", not to 100: they are shares, no percentages",
                     "share out 100");
    }
    if (routes.size() > 1 && total == 0) {
      finder_.invalid(path, "has destinations of which none has a weight",
                      "give each one its weight");
    }
  }

  // The timeout of the whole ends a try that may last longer.
  void check_try(const HTTPRoute& route, const std::string& path) {
    const auto& one = route.retries->per_try_timeout;
    if (!one || !route.timeout || (route.timeout->seconds == 0 && route.timeout->nanos == 0))
      return;
    if (std::pair(one->seconds, one->nanos) <=
        std::pair(route.timeout->seconds, route.timeout->nanos)) {
      return;
    }
    finder_.warn(Code::kNoEffect, path,
                 "is longer than the timeout of the route, which ends it first",
                 "write less than the timeout, or a longer timeout");
  }

  const VirtualService& rule_;
  const bool delegate_;
  Finder finder_;
};

}  // namespace

Diagnostics check_route_rules(const index::Mesh& mesh) {
  std::set<std::string> delegates;
  for (const index::VirtualService& config : *mesh.virtual_services) {
    for (const HTTPRoute& route : config->http) {
      if (!route.delegate) continue;
      const std::string& ns = route.delegate->namespace_;
      delegates.insert((ns.empty() ? config.ns() : ns) + "/" + route.delegate->name);
    }
  }
  Diagnostics out;
  for (const index::VirtualService& config : *mesh.virtual_services) {
    if (config.object->synthesized) continue;  // of an Ingress, which is told itself
    RouteRules(config, delegates, out).check();
  }
  return out;
}

}  // namespace mesh::traffic
