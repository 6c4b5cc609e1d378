#include "libmesh/xds/routes_gateway.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>

#include "libmesh/base/text_index.h"
#include "libmesh/model/host.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/route.h"
#include "libmesh/xds/proxy_headers.h"
#include "libmesh/xds/route_builder.h"
#include "libmesh/xds/virtual_hosts.h"

namespace mesh::xds {
namespace {

namespace er = envoy::route;
using traffic::GatewayServer;
using traffic::VirtualServicePtr;

constexpr uint32_t kMaxDirectResponse = 1024 * 1024;  // what Istio's validation allows

// One host of the gateway's servers. Its routes are those of one rule after the other.
struct Host {
  std::string name;  // "host:port" in lower case, the port of the server that named it first
  size_t domain_offset = 0;  // the host in it, without brackets
  size_t domain_size = 0;
  bool require_tls = false;
  std::vector<const BuiltRoutes*> rules;
  const Host* same = nullptr;  // the next host with the same routes

  std::string_view domain() const {
    return std::string_view(name).substr(domain_offset, domain_size);
  }
};

// Calls `visit` with the narrower of each two hosts of a server and a rule that overlap, some of them perhaps more
// than once. Of a server's hosts those count that are for the rule's namespace: "ns/host" is only for ns
// (NamesForNamespace).
template <typename F>
void for_each_common_host(const networking::Server& server, const traffic::VirtualService& rule,
                          F&& visit) {
  for (const std::string& written : server.hosts) {
    std::string_view served = written;
    if (size_t slash = served.find('/'); slash != std::string_view::npos) {
      std::string_view ns = served.substr(0, slash);
      if (ns != rule.ns() && ns != "*") continue;
      served.remove_prefix(slash + 1);
    }
    for (const std::string& host : rule.spec->hosts) {
      if (model::host_subset_of(served, host)) {
        visit(served);
      } else if (model::host_subset_of(host, served)) {
        visit(host);
      }
    }
  }
}

class Builder {
 public:
  // `pool` takes the routes; nothing in it is needed any more.
  Builder(RouteContext& context, std::string& pool, const std::vector<GatewayServer>& servers)
      : view_(context.view), context_(context), bytes_(pool) {
    bytes_.clear();
    size_t expected = 0;
    for (const GatewayServer& server : servers) expected += server.server->hosts.size();
    hosts_.reserve(expected);
    index_.reset(expected);
  }

  void add(const GatewayServer& server) {
    Rules& rules = rules_of(server.gateway_name);
    for (size_t i = 0; i < rules.rules.size(); ++i) add(server, *rules.rules[i], rules.built[i]);
    if (redirects(server)) add_redirects(server);
  }

  // Writes the virtual hosts; `port` names the one that stands for none. The pool is then part of `out`.
  void write(MessageParts& out, uint32_t port) {
    if (hosts_.empty()) {
      er::RouteConfiguration(out.own()).virtual_hosts([&](er::VirtualHost v) {
        v.name(host_port("blackhole", port));
        v.domains("*");
      });
      return;
    }
    const bool attempts = includes_attempt_count(view_);
    for (const Host* host : collapse()) write(*host, attempts, out);
  }

 private:
  // The rules of one Gateway, and where the routes of each are, once they are made: on the port of the
  // Gateway's first server that has the rule.
  struct Rules {
    std::vector<VirtualServicePtr> rules;
    std::vector<std::optional<BuiltRoutes>> built;  // never moved: hosts point to them
  };

  static bool redirects(const GatewayServer& server) {
    return server.server->tls && server.server->tls->https_redirect;
  }

  Rules& rules_of(std::string_view gateway) {
    auto [it, fresh] = rules_.try_emplace(gateway);
    if (fresh) {
      it->second.rules = view_.traffic->virtual_services(view_.proxy.ns, std::string(gateway));
      it->second.built.resize(it->second.rules.size());
    }
    return it->second;
  }

  void add(const GatewayServer& server, const traffic::VirtualService& rule,
           std::optional<BuiltRoutes>& built) {
    for_each_common_host(*server.server, rule, [&](std::string_view name) {
      if (!built) {
        context_.port = server.server->port->number;
        context_.tls = static_cast<bool>(server.server->tls);
        context_.http3 = view_.gateway->http3_routes.contains(server.route_name);
        context_.gateway = server.gateway_name;
        built = append_routes(context_, rule, bytes_);
      }
      if (built->empty()) return;
      Host& host = host_of(name, server);
      // A rule may name a host twice, or two that the server's host is the narrower of.
      if (host.rules.empty() || host.rules.back() != &*built) host.rules.push_back(&*built);
      host.require_tls |= redirects(server);
    });
  }

  Host& host_of(std::string_view name, const GatewayServer& server) {
    const uint32_t at = index_.insert(name, static_cast<uint32_t>(hosts_.size()));
    if (at != TextIndex::kNone) return hosts_[at];
    Host& host = hosts_.emplace_back();
    host.name = host_port(name, server.server->port->number);
    for (char& c : host.name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    host.domain_offset = host.name.front() == '[' && name.front() != '[' ? 1 : 0;
    host.domain_size = name.size();
    return host;
  }

  // httpsRedirect holds for hosts without a rule too.
  void add_redirects(const GatewayServer& server) {
    for (const std::string& written : server.server->hosts) {
      host_of(written, server).require_tls = true;
    }
  }

  // Hosts with the same routes become one, named after the most specific (collapseDuplicateRoutes).
  std::vector<const Host*> collapse() {
    std::vector<Host*> hosts;
    hosts.reserve(hosts_.size());
    for (Host& host : hosts_) hosts.push_back(&host);
    std::sort(hosts.begin(), hosts.end(), [](const Host* a, const Host* b) {
      return model::host_more_specific(a->domain(), b->domain());
    });
    std::vector<const Host*> out;
    out.reserve(hosts.size());
    auto less = [](const Host* a, const Host* b) { return a->rules < b->rules; };
    std::map<const Host*, Host*, decltype(less)> last(less);  // by routes: the last of the chain
    for (Host* host : hosts) {
      auto [it, fresh] = last.try_emplace(host, host);
      if (!fresh && it->second->require_tls == host->require_tls) {
        it->second->same = host;
      } else {
        out.push_back(host);
      }
      it->second = host;
    }
    std::stable_sort(out.begin(), out.end(),
                     [](const Host* a, const Host* b) { return a->name < b->name; });
    return out;
  }

  // A virtual_hosts field whose routes stay where they are: they may be megabytes.
  void write(const Host& host, bool attempts, MessageParts& out) const {
    static const std::string kTag = [] {
      std::string field;
      er::RouteConfiguration(field).virtual_hosts();
      field.pop_back();  // the length, 0
      return field;
    }();
    thread_local std::string fields;
    fields.clear();
    er::VirtualHost v(fields);
    v.name(host.name);
    for (const Host* one = &host; one != nullptr; one = one->same) v.domains(one->domain());
    if (host.require_tls) v.require_tls(er::VirtualHost_TlsRequirementType::ALL);
    v.include_request_attempt_count(attempts);
    size_t routes = 0;
    for (const BuiltRoutes* rule : host.rules) routes += rule->end - rule->begin;
    out.own().append(kTag);
    wire::put_varint(out.own(), fields.size() + routes);
    out.own().append(fields);
    append_routes_of(host, out);
  }

  // What matches every request comes last.
  void append_routes_of(const Host& host, MessageParts& out) const {
    const std::string_view bytes = bytes_;
    for (const BuiltRoutes* rule : host.rules) {
      out.append(bytes.substr(rule->begin, rule->catch_all - rule->begin));
    }
    for (const BuiltRoutes* rule : host.rules) {
      out.append(bytes.substr(rule->catch_all, rule->end - rule->catch_all));
    }
  }

  const traffic::ProxyView& view_;
  RouteContext& context_;
  std::string& bytes_;                                 // the routes of all rules
  std::unordered_map<std::string_view, Rules> rules_;  // by gateway
  TextIndex index_;                                    // in hosts_, by what the specs say
  std::vector<Host> hosts_;
};

const std::vector<GatewayServer>* find_servers(const traffic::MergedGateway& gateway,
                                               const std::string& route_name) {
  auto it = gateway.by_route.find(route_name);
  return it == gateway.by_route.end() ? nullptr : &it->second;
}

// Of the rule's own namespace if the proxy may see it, else as the proxy's scope has it.
const model::Service* find_service(const traffic::ProxyView& view,
                                   const traffic::VirtualService& rule, const std::string& host) {
  const model::ServicePtr* own = view.mesh().find_service(host, rule.ns());
  if (own != nullptr && view.traffic->is_visible(**own, view.proxy.ns)) return own->get();
  return view.scope->service(host).get();
}

}  // namespace

GatewayRoutes::GatewayRoutes(const traffic::ProxyView& view)
    : context_(view, [&view](const auto& rule, const auto& host) {
        return find_service(view, rule, host);
      }) {}

ResourcePtr GatewayRoutes::build(std::string_view name) {
  thread_local MessageParts parts;
  thread_local std::string pool;
  parts.clear();
  std::string key(name);
  er::RouteConfiguration out(parts.own());
  out.name(name);
  out.validate_clusters(false);
  const traffic::MergedGateway* gateway = context_.view.gateway.get();
  const auto* servers = gateway == nullptr ? nullptr : find_servers(*gateway, key);
  if (servers == nullptr) return make_resource(Type::kRoute, key, parts);
  Builder builder(context_, pool, *servers);
  for (const GatewayServer& server : *servers) builder.add(server);
  builder.write(parts, servers->front().server->port->number);
  out.max_direct_response_body_size_bytes(kMaxDirectResponse);
  out.ignore_port_in_host_matching(true);
  return make_resource(Type::kRoute, key, parts);
}

}  // namespace mesh::xds
