#include "libmesh/xds/routes_gateway.h"

#include <algorithm>
#include <deque>
#include <map>
#include <unordered_map>

#include "libmesh/base/strings.h"
#include "libmesh/model/host.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/route.h"
#include "libmesh/xds/route_builder.h"
#include "libmesh/xds/virtual_hosts.h"

namespace mesh::xds {
namespace {

namespace er = envoy::route;
using traffic::GatewayServer;
using traffic::VirtualServicePtr;

constexpr uint32_t kMaxDirectResponse = 1024 * 1024;  // what Istio's validation allows

struct VirtualHost {
  std::string name;
  std::vector<std::string> domains;
  std::vector<const BuiltRoute*> routes;
  bool require_tls = false;
  bool attempts = true;
};

// Hosts of a server that count for a namespace: "ns/host" only for ns (NamesForNamespace).
std::vector<std::string> hosts_for(const networking::Server& server, const std::string& ns) {
  std::vector<std::string> out;
  for (const std::string& host : server.hosts) {
    size_t slash = host.find('/');
    if (slash == std::string::npos) {
      out.push_back(host);
    } else if (host.compare(0, slash, ns) == 0 || host.compare(0, slash, "*") == 0) {
      out.push_back(host.substr(slash + 1));
    }
  }
  return out;
}

// The narrower of each two hosts that overlap.
std::vector<std::string> intersection(const std::vector<std::string>& a,
                                      const std::vector<std::string>& b) {
  std::vector<std::string> out;
  auto add = [&out](const std::string& host) {
    if (std::find(out.begin(), out.end(), host) == out.end()) out.push_back(host);
  };
  for (const std::string& x : a) {
    for (const std::string& y : b) {
      if (model::host_subset_of(x, y)) {
        add(x);
      } else if (model::host_subset_of(y, x)) {
        add(y);
      }
    }
  }
  return out;
}

class Builder {
 public:
  explicit Builder(const traffic::ProxyView& view)
      : view_(view), attempts_(includes_attempt_count(view)) {}

  void add(const GatewayServer& server) {
    for (const VirtualServicePtr& rule : rules_of(server.gateway_name)) add(server, *rule);
    if (redirects(server)) add_redirects(server);
  }

  std::vector<VirtualHost> finish(uint32_t port) {
    if (hosts_.empty()) {
      VirtualHost none;
      none.name = host_port("blackhole", port);
      none.domains = {"*"};
      none.attempts = false;
      return {none};
    }
    std::vector<VirtualHost> out = collapse();
    for (VirtualHost& host : out) {
      std::stable_partition(host.routes.begin(), host.routes.end(),
                            [](const BuiltRoute* route) { return !route->catch_all; });
    }
    std::stable_sort(out.begin(), out.end(),
                     [](const VirtualHost& a, const VirtualHost& b) { return a.name < b.name; });
    return out;
  }

 private:
  static bool redirects(const GatewayServer& server) {
    return server.server->tls && server.server->tls->https_redirect;
  }

  const std::vector<VirtualServicePtr>& rules_of(const std::string& gateway) {
    auto [it, fresh] = rules_.try_emplace(gateway);
    if (fresh) it->second = view_.traffic->virtual_services(view_.proxy.ns, gateway);
    return it->second;
  }

  // Of the rule's own namespace if the proxy may see it, else as the proxy's scope has it.
  const model::Service* service_for(const traffic::VirtualService& rule, const std::string& host) {
    const model::ServicePtr* own = view_.mesh().find_service(host, rule.ns());
    if (own != nullptr && view_.traffic->is_visible(**own, view_.proxy.ns)) return own->get();
    return view_.scope->service(host).get();
  }

  // A rule's routes are made once per gateway, on the port of its first server.
  const std::vector<const BuiltRoute*>& routes_of(const GatewayServer& server,
                                                  const traffic::VirtualService& rule) {
    auto [it, fresh] = routes_.try_emplace({server.gateway_name, &rule});
    if (!fresh) return it->second;
    RouteContext context = route_context(
        view_, server.server->port->number, static_cast<bool>(server.server->tls),
        server.gateway_name, [&](const std::string& host) { return service_for(rule, host); });
    for (BuiltRoute& route : build_routes(context, rule)) {
      storage_.push_back(std::move(route));
      it->second.push_back(&storage_.back());
    }
    return it->second;
  }

  void add(const GatewayServer& server, const traffic::VirtualService& rule) {
    auto hosts = intersection(hosts_for(*server.server, rule.ns()), rule.spec->hosts);
    if (hosts.empty()) return;
    const auto& routes = routes_of(server, rule);
    if (routes.empty()) return;
    for (const std::string& written : hosts) {
      VirtualHost& host = host_of(lower_ascii(written), server);
      host.routes.insert(host.routes.end(), routes.begin(), routes.end());
      host.require_tls |= redirects(server);
    }
  }

  VirtualHost& host_of(const std::string& name, const GatewayServer& server) {
    auto [it, fresh] = hosts_.try_emplace(name);
    if (fresh) {
      it->second.name = host_port(name, server.server->port->number);
      it->second.domains = {name};
      it->second.attempts = attempts_;
    }
    return it->second;
  }

  // httpsRedirect holds for hosts without a rule too.
  void add_redirects(const GatewayServer& server) {
    for (const std::string& written : server.server->hosts) {
      host_of(lower_ascii(written), server).require_tls = true;
    }
  }

  // Hosts with the same routes become one, named after the most specific (collapseDuplicateRoutes).
  std::vector<VirtualHost> collapse() {
    std::vector<std::string> names;
    names.reserve(hosts_.size());
    for (const auto& entry : hosts_) names.push_back(entry.first);
    std::sort(names.begin(), names.end(), model::host_more_specific);
    std::vector<VirtualHost> out;
    std::map<std::vector<const BuiltRoute*>, size_t> known;
    for (const std::string& name : names) {
      VirtualHost& host = hosts_.at(name);
      auto [it, fresh] = known.try_emplace(host.routes, out.size());
      if (!fresh && out[it->second].require_tls == host.require_tls) {
        auto& domains = out[it->second].domains;
        domains.insert(domains.end(), host.domains.begin(), host.domains.end());
        continue;
      }
      it->second = out.size();
      out.push_back(std::move(host));
    }
    return out;
  }

  const traffic::ProxyView& view_;
  const bool attempts_;
  std::unordered_map<std::string, std::vector<VirtualServicePtr>> rules_;
  std::map<std::pair<std::string, const traffic::VirtualService*>, std::vector<const BuiltRoute*>>
      routes_;
  std::deque<BuiltRoute> storage_;  // what routes_ points into
  std::unordered_map<std::string, VirtualHost> hosts_;
};

void write(er::RouteConfiguration& out, const VirtualHost& host) {
  out.virtual_hosts([&](er::VirtualHost v) {
    v.name(host.name);
    for (const std::string& domain : host.domains) v.domains(domain);
    for (const BuiltRoute* route : host.routes) v.routes(wire::Raw{route->bytes});
    if (host.require_tls) v.require_tls(er::VirtualHost_TlsRequirementType::ALL);
    v.include_request_attempt_count(host.attempts);
  });
}

}  // namespace

ResourcePtr gateway_route(const traffic::ProxyView& view, std::string_view name) {
  thread_local std::string scratch;
  scratch.clear();
  er::RouteConfiguration out(scratch);
  out.name(name);
  out.validate_clusters(false);
  const std::vector<GatewayServer>* servers = nullptr;
  if (view.gateway != nullptr) {
    auto it = view.gateway->by_route.find(std::string(name));
    if (it != view.gateway->by_route.end()) servers = &it->second;
  }
  if (servers == nullptr) return make_resource(Type::kRoute, std::string(name), scratch);
  Builder builder(view);
  for (const GatewayServer& server : *servers) builder.add(server);
  for (const VirtualHost& host : builder.finish(servers->front().server->port->number)) {
    write(out, host);
  }
  out.max_direct_response_body_size_bytes(kMaxDirectResponse);
  out.ignore_port_in_host_matching(true);
  return make_resource(Type::kRoute, std::string(name), scratch);
}

}  // namespace mesh::xds
