#include "libmesh/xds/rds/routes_gateway.h"

#include <algorithm>
#include <span>
#include <vector>

#include "libmesh/base/strings.h"
#include "libmesh/base/text_index.h"
#include "libmesh/model/host.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/route.h"
#include "libmesh/schema/varint.h"
#include "libmesh/xds/common.h"
#include "libmesh/xds/rds/proxy_headers.h"
#include "libmesh/xds/rds/route_builder.h"
#include "libmesh/xds/rds/virtual_hosts.h"
#include "libmesh/xds/stateful_session.h"

namespace mesh::xds {
namespace {

namespace er = envoy::route;
using traffic::GatewayServer;
using traffic::VirtualServicePtr;

constexpr uint32_t kMaxDirectResponse = 1024 * 1024;  // what Istio's validation allows
constexpr uint32_t kNone = ~uint32_t{0};

// One host of the gateway's servers. Its routes are those of one rule after the other.
struct Host {
  uint32_t domain = 0;  // where it starts in the names, in lower case
  uint32_t domain_size = 0;
  uint32_t name = 0;  // where "host:port" starts there; of a head only
  uint32_t name_size = 0;
  uint32_t port = 0;            // of the server that named it first
  uint32_t first_rule = kNone;  // links
  uint32_t last_rule = kNone;
  uint32_t last_server = 0;  // that the last one came with, counted from 1
  uint64_t rules = 0;        // a hash of them
  uint32_t next =
      kNone;  // the next host with the same first rule, then the next with the same routes
  const model::Service* session = nullptr;  // of that name, if it may ask for sticky sessions
  bool require_tls = false;
  bool written = false;
};

// A rule of a host.
struct Link {
  uint32_t rule = 0;
  uint32_t next = kNone;
};

// A rule bound to one Gateway, and its routes once they are made.
struct Rule {
  const traffic::VirtualService* rule = nullptr;
  BuiltRoutes routes;
  uint32_t made_for = 0;  // the number of the name
  bool lasting = false;   // the routes are the same for every name that does not serve HTTP/3
  uint32_t hosts_of = 0;  // the name that `first_host` is of
  uint32_t first_host = kNone;
};

}  // namespace

// What is known of the rules while one view's names are made, and tables of the name at hand. Kept for the
// memory: nothing in it outlives the names.
struct GatewayRoutes::Tables {
  // Of a Gateway, by its number: where its rules are.
  struct Range {
    uint32_t begin = kNone;
    uint32_t end = 0;
  };
  std::vector<Range> gateways;
  std::vector<Rule> rules;
  std::string
      pool;  // the routes of all rules, lasting ones as long as the view, others for the name
  size_t lasting = 0;     // where the last lasting ones end
  uint32_t name = 0;      // counts the names
  bool attempts = false;  // requests say how often they were tried

  std::string names;
  TextIndex index;  // in hosts, by what the specs say
  std::vector<Host> hosts;
  std::vector<Link> links;
  std::vector<uint32_t> same;   // hosts with one first rule
  std::vector<uint32_t> heads;  // hosts that are written, each with those that share its routes
  std::string fields;
  MessageParts parts;

  std::string_view name_of(const Host& host) const {
    return std::string_view(names).substr(host.name, host.name_size);
  }
  std::string_view domain_of(const Host& host) const {
    return std::string_view(names).substr(host.domain, host.domain_size);
  }
  void start_name() {
    ++name;
    pool.resize(lasting);
    names.clear();
    hosts.clear();
    links.clear();
    heads.clear();
    parts.clear();
  }
};

namespace {

// Calls `visit` with the narrower of each two hosts of a server and a rule that overlap, some of them perhaps more
// than once. Of a server's hosts those count that are for the rule's namespace: "ns/host" is only for ns
// (NamesForNamespace). One that is no wildcard is the narrower of all that it overlaps; and lists that name the same
// hosts mostly have them in one order, so the rule's are looked through from behind the last one found.
template <typename F>
void for_each_common_host(const networking::Server& server, const traffic::VirtualService& rule,
                          F&& visit) {
  const std::vector<std::string>& hosts = rule.spec->hosts;
  size_t next = 0;
  for (const std::string& written : server.hosts) {
    std::string_view served = written;
    if (size_t slash = served.find('/'); slash != std::string_view::npos) {
      std::string_view ns = served.substr(0, slash);
      if (ns != rule.ns() && ns != "*") continue;
      served.remove_prefix(slash + 1);
    }
    if (!model::is_wildcard(served)) {
      for (size_t left = hosts.size(); left > 0; --left) {
        const std::string& host = hosts[next];
        next = next + 1 == hosts.size() ? 0 : next + 1;
        if (model::is_wildcard(host) ? !model::host_subset_of(served, host) : served != host) {
          continue;
        }
        visit(served);
        break;
      }
      continue;
    }
    for (const std::string& host : hosts) {
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
  using Tables = GatewayRoutes::Tables;

  Builder(RouteContext& context, Tables& tables, const traffic::GatewayServers& servers)
      : view_(context.view), context_(context), t_(tables) {
    size_t expected = 0;
    for (const GatewayServer* server : servers) expected += server->server->hosts.size();
    t_.index.reset(expected);
  }

  void add(const GatewayServer& server) {
    ++servers_;
    const Tables::Range rules = rules_of(server);
    context_.port = server.server->port->number;
    context_.tls = static_cast<bool>(server.server->tls);
    context_.http3 = !view_.gateway->http3_routes.empty() &&
                     view_.gateway->http3_routes.contains(server.route_name);
    context_.gateway = server.gateway_name;
    for (uint32_t i = rules.begin; i < rules.end; ++i) add(server, i);
    if (redirects(server)) add_redirects(server);
  }

  // Writes the virtual hosts; `port` names the one that stands for none. The pool is then part of the message.
  void write(uint32_t port) {
    if (t_.hosts.empty()) {
      er::RouteConfiguration(t_.parts.own()).virtual_hosts([&](er::VirtualHost v) {
        v.name(host_port("blackhole", port));
        v.domains("*");
      });
      return;
    }
    collapse();
    for (const uint32_t host : t_.heads) write(t_.hosts[host]);
  }

 private:
  static bool redirects(const GatewayServer& server) {
    return server.server->tls && server.server->tls->https_redirect;
  }

  Tables::Range rules_of(const GatewayServer& server) {
    Tables::Range& range = t_.gateways[server.gateway_number];
    if (range.begin != kNone) return range;
    range.begin = static_cast<uint32_t>(t_.rules.size());
    for (const auto rules : view_.traffic->virtual_services(view_.proxy.ns, server.gateway_name)) {
      for (const VirtualServicePtr& rule : rules)
        t_.rules.push_back({rule.get(), {}, 0, false, 0, kNone});
    }
    range.end = static_cast<uint32_t>(t_.rules.size());
    return range;
  }

  // On the port of the Gateway's first server of the name that has the rule; those of another name are the same if
  // nothing in them depends on the port.
  void make_routes(Rule& rule) {
    if (rule.made_for == t_.name) return;
    if (!rule.lasting || context_.http3) {
      rule.routes = append_routes(context_, *rule.rule, t_.pool);
      rule.lasting = !rule.routes.of_listener && !context_.http3;
      if (rule.lasting) t_.lasting = t_.pool.size();
    }
    rule.made_for = t_.name;
  }

  void add(const GatewayServer& server, uint32_t at) {
    Rule& rule = t_.rules[at];
    for_each_common_host(*server.server, *rule.rule, [&](std::string_view name) {
      make_routes(rule);
      if (rule.routes.empty()) return;
      Host& host = host_of(name, server);
      if (context_.sessions && host.last_rule == kNone) host.session = led_to(*rule.rule, name);
      // A rule may name a host twice, or two that the server's host is the narrower of. With each further server of
      // the host its routes come once more, as in Istio.
      if (host.last_server != servers_ || t_.links[host.last_rule].rule != at) link(host, at);
      host.require_tls |= redirects(server);
    });
  }

  // The service of that name, where requests that the rule routes or mirrors go there (buildNameToServiceMapForHTTPRoutes).
  const model::Service* led_to(const traffic::VirtualService& rule, std::string_view name) const {
    const std::string host = lower_ascii(name);
    const auto is_it = [&](const auto& destination) {
      return destination && destination->host == host;
    };
    const auto leads = [&](const networking::HTTPRoute& route) {
      const auto to = [&](const auto& each) { return is_it(each.destination); };
      return is_it(route.mirror) || std::any_of(route.route.begin(), route.route.end(), to) ||
             std::any_of(route.mirrors.begin(), route.mirrors.end(), to);
    };
    const auto& routes = rule.spec->http;
    return std::any_of(routes.begin(), routes.end(), leads) ? context_.service(rule, host)
                                                            : nullptr;
  }

  void link(Host& host, uint32_t rule) {
    const auto at = static_cast<uint32_t>(t_.links.size());
    t_.links.push_back({rule, kNone});
    if (host.last_rule == kNone) {
      host.first_rule = at;
    } else {
      t_.links[host.last_rule].next = at;
    }
    host.last_rule = at;
    host.last_server = servers_;
    host.rules = (host.rules ^ rule) * 0x9e3779b97f4a7c15u;
    host.rules ^= host.rules >> 32;
  }

  Host& host_of(std::string_view name, const GatewayServer& server) {
    const uint32_t at = t_.index.insert(name, static_cast<uint32_t>(t_.hosts.size()));
    if (at != TextIndex::kNone) return t_.hosts[at];
    Host& host = t_.hosts.emplace_back();
    host.domain = static_cast<uint32_t>(t_.names.size());
    host.domain_size = static_cast<uint32_t>(name.size());
    append_lower_ascii(name, t_.names);
    host.port = server.server->port->number;
    return host;
  }

  // Behind the domains, which stay where they are: there is room before the host's own is read.
  void put_name(Host& host) {
    const size_t start = t_.names.size();
    const Digits port(host.port);
    const size_t need = start + host.domain_size + sizeof("[]:") + port.text().size();
    if (t_.names.capacity() < need) t_.names.reserve(std::max(need, 2 * t_.names.capacity()));
    append_host_port(t_.domain_of(host), port.text(), t_.names);
    host.name = static_cast<uint32_t>(start);
    host.name_size = static_cast<uint32_t>(t_.names.size() - start);
  }

  // httpsRedirect holds for hosts without a rule too.
  void add_redirects(const GatewayServer& server) {
    for (const std::string& written : server.server->hosts) {
      host_of(written, server).require_tls = true;
    }
  }

  // Hosts with the same routes become one, named after the most specific (collapseDuplicateRoutes). Only those with
  // the same first rule can be.
  void collapse() {
    uint32_t without = kNone;  // the first host without a rule
    for (uint32_t i = static_cast<uint32_t>(t_.hosts.size()); i-- > 0;) {
      Host& host = t_.hosts[i];
      uint32_t& first = host.first_rule == kNone ? without : first_host(host);
      host.next = first;
      first = i;
    }
    for (uint32_t i = 0; i < t_.hosts.size(); ++i) {
      if (t_.hosts[i].written) continue;
      t_.same.clear();
      for (uint32_t at = i; at != kNone; at = t_.hosts[at].next) t_.same.push_back(at);
      join_same();
    }
    const auto by_name = [&](uint32_t a, uint32_t b) {
      return t_.name_of(t_.hosts[a]) < t_.name_of(t_.hosts[b]);
    };
    if (!std::is_sorted(t_.heads.begin(), t_.heads.end(), by_name)) {
      std::stable_sort(t_.heads.begin(), t_.heads.end(), by_name);
    }
  }

  uint32_t& first_host(const Host& host) {
    Rule& rule = t_.rules[t_.links[host.first_rule].rule];
    if (rule.hosts_of != t_.name) {
      rule.hosts_of = t_.name;
      rule.first_host = kNone;
    }
    return rule.first_host;
  }

  // Of hosts with one first rule.
  void join_same() {
    const auto in_order = [&](uint32_t a, uint32_t b) {
      const Host& x = t_.hosts[a];
      const Host& y = t_.hosts[b];
      if (x.rules != y.rules) return x.rules < y.rules;
      return model::host_more_specific(t_.domain_of(x), t_.domain_of(y));
    };
    // Rules mostly name their hosts in order.
    if (!std::is_sorted(t_.same.begin(), t_.same.end(), in_order)) {
      std::sort(t_.same.begin(), t_.same.end(), in_order);
    }
    uint32_t last = kNone;
    for (const uint32_t at : t_.same) {
      Host& host = t_.hosts[at];
      host.next = kNone;
      host.written = true;
      if (last != kNone && t_.hosts[last].require_tls == host.require_tls &&
          same_rules(t_.hosts[last], host)) {
        t_.hosts[last].next = at;
      } else {
        t_.heads.push_back(at);
        put_name(host);
      }
      last = at;
    }
  }

  bool same_rules(const Host& a, const Host& b) const {
    if (a.rules != b.rules) return false;
    uint32_t x = a.first_rule;
    uint32_t y = b.first_rule;
    for (; x != kNone && y != kNone; x = t_.links[x].next, y = t_.links[y].next) {
      if (t_.links[x].rule != t_.links[y].rule) return false;
    }
    return x == y;
  }

  // A virtual_hosts field whose routes stay where they are: they may be megabytes.
  void write(const Host& host) {
    static const char tag = [] {
      std::string field;
      er::RouteConfiguration(field).virtual_hosts();
      return field.front();
    }();
    t_.fields.clear();
    er::VirtualHost v(t_.fields);
    v.name(t_.name_of(host));
    for (const Host* one = &host;; one = &t_.hosts[one->next]) {
      v.domains(t_.domain_of(*one));
      if (one->next == kNone) break;
    }
    if (host.require_tls) v.require_tls(er::VirtualHost_TlsRequirementType::ALL);
    v.include_request_attempt_count(t_.attempts);
    if (host.session != nullptr) write_session(v, *host.session);
    size_t routes = 0;
    for (uint32_t at = host.first_rule; at != kNone; at = t_.links[at].next) {
      routes += routes_of(at).end - routes_of(at).begin;
    }
    const size_t size = t_.fields.size() + routes;
    char* to = wire::extend(t_.parts.own(), 1 + wire::varint_size(size) + t_.fields.size());
    *to++ = tag;
    t_.fields.copy(wire::write_varint(to, size), t_.fields.size());
    append_routes_of(host);
  }

  const BuiltRoutes& routes_of(uint32_t link) const { return t_.rules[t_.links[link].rule].routes; }

  // What matches every request comes last.
  void append_routes_of(const Host& host) {
    const std::string_view bytes = t_.pool;
    const auto add = [&](size_t begin, size_t end) {
      t_.parts.append(bytes.substr(begin, end - begin));
    };
    if (host.first_rule == kNone) return;
    if (host.first_rule == host.last_rule) {
      return add(routes_of(host.first_rule).begin, routes_of(host.first_rule).end);
    }
    for (uint32_t at = host.first_rule; at != kNone; at = t_.links[at].next) {
      add(routes_of(at).begin, routes_of(at).catch_all);
    }
    for (uint32_t at = host.first_rule; at != kNone; at = t_.links[at].next) {
      add(routes_of(at).catch_all, routes_of(at).end);
    }
  }

  const traffic::ProxyView& view_;
  RouteContext& context_;
  Tables& t_;
  uint32_t servers_ = 0;  // of the name so far
};

// The end of every configuration that has servers.
const std::string& last_fields() {
  static const std::string bytes = [] {
    std::string out;
    er::RouteConfiguration fields(out);
    fields.max_direct_response_body_size_bytes(kMaxDirectResponse);
    fields.ignore_port_in_host_matching(true);
    return out;
  }();
  return bytes;
}

// Of the rule's own namespace if the proxy may see it, else as the proxy's scope has it.
const model::Service* find_service(const traffic::ProxyView& view,
                                   const traffic::VirtualService& rule, const std::string& host) {
  const model::ServicePtr* own = view.mesh().find_service(host, rule.ns());
  if (own != nullptr && view.traffic->is_visible(**own, view.proxy.ns)) return own->get();
  return view.scope->service(host).get();
}

}  // namespace

GatewayRoutes::Tables& GatewayRoutes::tables() {
  thread_local Tables kept;
  return kept;
}

GatewayRoutes::GatewayRoutes(const traffic::ProxyView& view)
    : context_(view, [&view](const auto& rule,
                             const auto& host) { return find_service(view, rule, host); }),
      tables_(tables()) {
  tables_.gateways.clear();
  tables_.rules.clear();
  tables_.pool.clear();
  tables_.lasting = 0;
  tables_.name = 0;
  tables_.attempts = includes_attempt_count(view);
  if (view.gateway == nullptr) return;
  tables_.gateways.resize(view.gateway->gateways);
}

// Names mostly come in their order.
const GatewayRoutes::Servers* GatewayRoutes::servers_of(std::string_view name) {
  if (context_.view.gateway == nullptr) return nullptr;
  const auto& all = context_.view.gateway->routes;
  const bool next = next_ < all.size() && all[next_].name == name;
  const traffic::GatewayRoute* const route =
      next ? &all[next_] : context_.view.gateway->route(name);
  if (route == nullptr) return nullptr;
  next_ = static_cast<size_t>(route - all.data()) + 1;
  return &route->servers;
}

ResourcePtr GatewayRoutes::build(std::string_view name) {
  tables_.start_name();
  MessageParts& parts = tables_.parts;
  er::RouteConfiguration out(parts.own());
  out.name(name);
  out.validate_clusters(false);
  const Servers* servers = servers_of(name);
  if (servers == nullptr) return make_resource(Type::kRoute, name, parts);
  Builder builder(context_, tables_, *servers);
  for (const GatewayServer* server : *servers) builder.add(*server);
  builder.write(servers->front()->server->port->number);
  out.append_raw(last_fields());
  return make_resource(Type::kRoute, name, parts);
}

}  // namespace mesh::xds
