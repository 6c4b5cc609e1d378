#include "libmesh/testing/walk/walk.h"

#include <algorithm>

#include "libmesh/testing/walk/policy_name.h"
#include "libmesh/testing/walk/way.h"

namespace mesh::testing {
namespace {

constexpr std::string_view kTcpProxy = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";
constexpr std::string_view kSniCluster =
    "envoy.extensions.filters.network.sni_cluster.v3.SniCluster";

// Network filters that measure, or look at bytes that are passed on as they are.
bool is_harmless(std::string_view type) {
  constexpr std::string_view kHarmless[] = {"envoy.tcp.metadataexchange.config.",
                                            "envoy.extensions.network_filters.peer_metadata.",
                                            "stats.",
                                            "envoy.extensions.filters.network.mongo_proxy.",
                                            "envoy.extensions.filters.network.mysql_proxy.",
                                            "envoy.extensions.filters.network.set_filter_state.",
                                            "envoy.extensions.filters.network.connection_limit."};
  return std::any_of(std::begin(kHarmless), std::end(kHarmless),
                     [&](std::string_view each) { return type.starts_with(each); });
}

// "ns[shop]-policy[deny-all]-rule[0]" -> "AuthorizationPolicy/shop/deny-all"
std::string policy_object(std::string_view name) {
  const PolicyRule found = policy_rule(name);
  return found.policy.empty() ? "" : "AuthorizationPolicy/" + found.policy;
}

bool is_gateway(const xds::ProxyConfig& config) {
  return config.proxy().type == model::ProxyType::kGateway;
}

uint32_t port_of(const Request& request) {
  const size_t start = port_start(request.host);
  uint32_t port = 0;
  for (size_t i = start; start != request.host.npos && ++i < request.host.size();) {
    const char c = request.host[i];
    if (c < '0' || c > '9' || port > 65535) return 0;
    port = port * 10 + static_cast<uint32_t>(c - '0');
  }
  return port;
}

std::string bare_host(const Request& request) {
  std::string host = request.host.substr(0, port_start(request.host));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

// What a client would do that was asked for no more than this.
Request completed(const xds::ProxyConfig& config, Readings& readings, Request request) {
  const model::Proxy& proxy = config.proxy();
  if (request.side == Side::kAuto) {
    request.side = is_gateway(config) ? Side::kInbound : Side::kOutbound;
  }
  const bool tls = request.tls != Tls::kNone;
  request.port = arrival_port(config, request);
  if (request.address.empty() && request.side == Side::kInbound) {
    request.address = proxy.ip_addresses.empty() ? Request::kNobody : proxy.ip_addresses.front();
  }
  const std::string host = bare_host(request);
  if (request.address.empty()) {
    request.address =
        is_ip_address(host) ? host : readings.names(config)->address(host, proxy.dns_domain);
    if (request.address.empty()) request.address = Request::kNobody;
  }
  if (request.source.ip.empty()) {
    request.source.ip = request.side == Side::kOutbound && !proxy.ip_addresses.empty()
                            ? proxy.ip_addresses.front()
                            : "198.51.100.1";  // TEST-NET-2
  }
  if (tls && request.sni.empty() && !is_ip_address(host)) request.sni = host;
  if (tls && request.alpn.empty()) {
    if (request.protocol == Protocol::kHttp2) request.alpn = {"h2"};
    if (request.protocol == Protocol::kHttp1) request.alpn = {"http/1.1"};
  }
  return request;
}

Connection connection_of(const Request& request) {
  Connection out;
  out.destination = parse_ip(request.address);
  out.destination_port = request.port;
  out.source = parse_ip(request.source.ip);
  out.tls = request.tls;
  out.sni = request.sni;
  out.alpn = request.alpn;
  return out;
}

// Why no listener takes the connection, and where there are some.
std::string nothing_listens(const ListenerSet& listeners, const std::string& where) {
  constexpr size_t kShown = 5;
  std::vector<std::string> places;
  for (const auto& listener : listeners.all()) {
    if (places.size() > kShown) break;
    for (const Listener::Address& address : listener->addresses()) {
      if (listener->is_udp() || address.port == 0) continue;
      places.push_back(address.ip + ":" + std::to_string(address.port));
    }
  }
  std::string out = "nothing listens at " + where;
  for (size_t i = 0; i < std::min(places.size(), kShown); ++i) {
    out += (i == 0 ? "; listeners are at " : ", ") + places[i];
  }
  if (places.size() > kShown) out += ", …";
  return out;
}

// The listener that a connection comes to; tells why.
const Listener* enter(Way& way, const ListenerSet& listeners) {
  const Request& request = way.request;
  const std::string where = request.address + ":" + std::to_string(request.port);
  const Listener* first = nullptr;
  if (!is_gateway(way.config)) {
    first = request.side == Side::kOutbound ? listeners.outbound() : listeners.inbound();
  }
  const Listener* found = nullptr;
  std::string why = "listens at " + where;
  if (first == nullptr) {
    found = listeners.at(request.address, request.port);
  } else if (first->hands_over()) {
    found = listeners.at(request.address, request.port);
    why = "the connection was going to " + where;
    if (found == nullptr) why = "no listener is for " + where;
  } else {
    why = "all that arrives is redirected to it";
  }
  if (found == nullptr) found = first;
  if (found == nullptr) {
    way.end(Verdict::kNoListener, nothing_listens(listeners, where));
    way.step("listener", "", "", way.out.detail);
    return nullptr;
  }
  way.out.listener = found->name();
  if (!found->refusal().empty()) {
    why = "Envoy does not take " + found->name() + ": " + found->refusal();
    way.end(Verdict::kNoListener, why);
  }
  way.step("listener", found->name(), "listeners/" + found->name(), why,
           object_of(found->message()));
  return found->refusal().empty() ? found : nullptr;
}

// False when the handshake fails.
bool shake_hands(Way& way, const FilterChain& chain) {
  const DownstreamTls& tls = chain.tls();
  Connection& connection = way.connection;
  const auto refuse = [&](const char* why) {
    way.end(Verdict::kTlsRefused, why);
    return false;
  };
  if (!tls.unknown.empty()) way.cannot_tell(tls.unknown);
  if (!tls.terminates) return true;
  if (connection.tls == Tls::kNone) return refuse("TLS is wanted, the client sends plain text");
  const bool mutual = connection.tls == Tls::kMutual && tls.asks_certificate;
  if (tls.requires_certificate && !mutual) return refuse("a client certificate is wanted");
  const std::string& identity = way.request.source.identity;
  if (mutual && !tls.subject_alt_names.empty() && !identity.empty() &&
      std::none_of(tls.subject_alt_names.begin(), tls.subject_alt_names.end(),
                   [&](const TextMatcher& each) { return each.matches(identity); })) {
    return refuse("the client's certificate has another name than is allowed");
  }
  connection.terminated = true;
  if (mutual) connection.principal = identity;
  way.out.principal = connection.principal;
  way.out.tls = mutual ? Tls::kMutual : Tls::kTls;
  return true;
}

void walk_chain(Way& way, const FilterChain& chain, const std::string& resource) {
  Exchange exchange;
  exchange.connection = &way.connection;
  exchange.remote = way.connection.source;
  bool by_server_name = false;
  for (const NetworkFilter& filter : chain.filters()) {
    if (filter.http != nullptr) {
      if (way.connection.tls != Tls::kNone && !way.connection.terminated) {
        return way.end(Verdict::kNotHttp, "the filter chain speaks plain HTTP, the client TLS");
      }
      return walk_http(way, *filter.http, resource);
    }
    if (filter.type == kTcpProxy) {
      return take_tcp_proxy(way, filter.config.message, by_server_name);
    }
    if (filter.rbac != nullptr) {
      if (!pass_rbac(way, *filter.rbac, exchange, resource)) return;
    } else if (filter.ext_authz != nullptr) {
      pass_ext_authz(way, *filter.ext_authz, exchange, resource);
    } else if (filter.type == kSniCluster) {
      by_server_name = true;
    } else if (!is_harmless(filter.type)) {
      way.cannot_tell("the network filter " + filter.name +
                      (filter.type.empty() ? "" : " (" + filter.type + ")"));
    }
  }
  way.end(Verdict::kUnknown, "the filter chain has no filter that forwards");
}

void walk_proxy(Way& way) {
  const auto listeners = way.readings.listeners(way.config);
  const Listener* listener = enter(way, *listeners);
  if (listener == nullptr) return;
  listener->inspect(way.request, way.connection);
  const FilterChain* chain = listener->choose(way.connection);
  if (chain == nullptr) {
    way.end(Verdict::kNoFilterChain, "no filter chain of " + listener->name() + " is for it");
    return way.step("filter-chain", "", "listeners/" + listener->name(), way.out.detail);
  }
  const std::string resource = "listeners/" + listener->name();
  way.out.filter_chain = chain->name();
  way.step("filter-chain", chain->name(), resource,
           listener->is_default(chain) ? "the default, as no other is for it"
                                       : "is for " + chain->describe(),
           object_of(chain->message()));
  if (shake_hands(way, *chain)) walk_chain(way, *chain, resource);
}

// What may have denied the request leaves the verdict open, unless it is denied all the same.
void settle(Way& way) {
  if (way.undecided.empty() || way.out.verdict == Verdict::kDenied) return;
  for (const std::string& each : way.undecided) way.cannot_tell(each);
  way.end(Verdict::kUnknown, "may be denied: " + way.undecided.front() + " is not known");
}

}  // namespace

void Way::step(std::string what, std::string name, std::string resource, std::string why,
               std::string object) {
  out.because.push_back(
      {std::move(what), std::move(name), std::move(resource), std::move(why), std::move(object)});
}

void Way::end(Verdict verdict, std::string detail) {
  out.verdict = verdict;
  out.detail = std::move(detail);
}

void Way::cannot_tell(std::string what) {
  if (std::find(out.unknown.begin(), out.unknown.end(), what) == out.unknown.end()) {
    out.unknown.push_back(std::move(what));
  }
}

namespace {

// Each policy that could have allowed the request, once.
void name_allow_policies(Way& way, const Rbac& rbac, const std::string& resource) {
  std::string last;
  for (const std::string& name : rbac.policies()) {
    std::string object = policy_object(name);
    if (object.empty() || object == last) continue;
    way.step("filter", rbac.filter(), resource, "no rule of it allows the request", object);
    last = std::move(object);
  }
}

}  // namespace

bool pass_rbac(Way& way, const Rbac& rbac, Exchange& exchange, const std::string& resource) {
  for (std::string& each : rbac.unknown_shadow(exchange)) {
    way.unknown_shadow.push_back(std::move(each));
  }
  const RbacRules::Answer answer = rbac.decide(exchange);
  const bool by_rule = rbac.denies_by_rule();
  if (!answer.unknown.empty()) {
    way.undecided.insert(way.undecided.end(), answer.unknown.begin(), answer.unknown.end());
    way.step("filter", rbac.filter(), resource, "may deny it: " + answer.unknown.front());
    return true;
  }
  if (answer.allowed) {
    if (!answer.policy.empty()) {
      way.out.allowed_by.push_back(answer.policy);
      way.step("filter", rbac.filter(), resource, "allowed by " + answer.policy,
               policy_object(answer.policy));
    }
    return true;
  }
  way.out.denied_by = DeniedBy{rbac.filter(), by_rule ? "DENY" : "ALLOW", answer.policy};
  const std::string why =
      by_rule ? "denied by " + answer.policy : "denied: no ALLOW rule is for it";
  way.step("filter", rbac.filter(), resource, why, policy_object(answer.policy));
  if (!by_rule) name_allow_policies(way, rbac, resource);
  way.end(Verdict::kDenied, why);
  return false;
}

void pass_ext_authz(Way& way, const ExtAuthz& filter, const Exchange& exchange,
                    const std::string& resource) {
  if (!filter.asks(exchange)) {
    if (filter.enabled) {
      for (const std::string& each : way.unknown_shadow) way.cannot_tell(each);
    }
    return;
  }
  Asked asked{filter.filter, filter.service, ""};
  for (std::string_view rbac : {"envoy.filters.http.rbac", "envoy.filters.network.rbac"}) {
    const document::Value* found = exchange.metadata.find(rbac);
    if (found == nullptr) continue;
    asked.policy = found->string_at("istio_ext_authz_shadow_effective_policy_id");
  }
  way.step("filter", filter.filter, resource, filter.service + " is asked",
           policy_object(asked.policy));
  way.out.asked.push_back(std::move(asked));
}

uint32_t arrival_port(const xds::ProxyConfig& config, uint32_t port) {
  if (!is_gateway(config)) return port;
  for (const model::ServiceTarget& target : config.own()->targets) {
    if (target.port.number == port && target.target_port != 0) return target.target_port;
  }
  return port;
}

uint32_t arrival_port(const xds::ProxyConfig& config, const Request& request) {
  uint32_t port = request.port != 0 ? request.port : port_of(request);
  if (port == 0) port = request.tls != Tls::kNone ? 443 : 80;
  return arrival_port(config, port);
}

Walker::Walker() : readings_(std::make_unique<Readings>()) {}
Walker::~Walker() = default;

void Walker::forget() const { readings_->forget(); }

Outcome Walker::walk(const xds::ProxyConfig& config, const Request& request) const {
  const Request whole = completed(config, *readings_, request);
  Way way{*readings_, config, whole, connection_of(whole), {}, {}, {}};
  walk_proxy(way);
  settle(way);
  return std::move(way.out);
}

}  // namespace mesh::testing
