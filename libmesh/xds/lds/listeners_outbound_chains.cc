#include <algorithm>

#include "libmesh/base/labels.h"
#include "libmesh/model/host.h"
#include "libmesh/traffic/addresses.h"
#include "libmesh/xds/common.h"
#include "libmesh/xds/lds/filter_chain.h"
#include "libmesh/xds/lds/listeners_outbound.h"
#include "libmesh/xds/rds/route_domains.h"
#include "libmesh/xds/security/service_policies.h"

namespace mesh::xds {
namespace {

constexpr std::string_view kMeshGateway = "mesh";

bool rule_has_host(const traffic::VirtualService& rule, const model::Service& service) {
  return std::any_of(rule->hosts.begin(), rule->hosts.end(), [&](const std::string& host) {
    return model::host_matches(host, service.hostname);
  });
}

// What can be told of a match without a connection: port, labels, namespace, gateway.
template <typename Match>
bool match_applies(const Match& match, const model::Proxy& proxy, uint32_t port) {
  if (!match.gateways.empty() && std::find(match.gateways.begin(), match.gateways.end(),
                                           kMeshGateway) == match.gateways.end()) {
    return false;
  }
  return (match.port == 0 || match.port == port) &&
         (match.source_namespace.empty() || match.source_namespace == proxy.ns) &&
         labels_match(match.source_labels, proxy.labels);
}

std::vector<std::string_view> views(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

bool is_dynamic_wildcard(const model::Service& service) {
  return service.resolution == model::Resolution::kDynamicDns &&
         model::is_wildcard(service.hostname);
}

}  // namespace

OutboundBuilder::Chains OutboundBuilder::make_chains(const Request& request, Shape shape) {
  Chains out;
  switch (shape) {
    case Shape::kHttp: {
      // A shared listener must let pass what is not HTTP.
      const bool sniffed = request.bind.address == context_.wildcard &&
                           request.port.protocol != model::Protocol::kHttpProxy;
      add_http_chain(request, shape, sniffed, out);
      break;
    }
    case Shape::kTcp:
      add_tcp_chains(request, out);
      break;
    case Shape::kSniffed:
      add_tcp_chains(request, out);
      add_http_chain(request, shape, true, out);
      break;
    case Shape::kNone:
      break;
  }
  return out;
}

void OutboundBuilder::push(OutboundChain chain, Chains& out) {
  const auto at = static_cast<uint32_t>(chains_.size());
  chains_.push_back(std::move(chain));
  if (out.first == 0) {
    out.first = at;
  } else {
    chains_[out.last].next = at;
  }
  out.last = at;
}

void OutboundBuilder::add_http_chain(const Request& request, Shape shape, bool sniffed,
                                     Chains& out) {
  OutboundChain chain;
  chain.http = true;
  chain.sniffed_http = sniffed;
  chain.grpc_web = request.port.protocol == model::Protocol::kGrpcWeb;
  if (is_dynamic_wildcard(*request.service)) chain.forward_proxy = request.service;
  chain.route_port = request.port.number;
  if (request.port.number == 0) {
    chain.route_host = request.bind.address;  // the path of a Unix socket
  } else if (shape == Shape::kSniffed && request.bind.address != context_.wildcard) {
    // The listener is this service's alone, and so are the routes.
    chain.route_host = request.service->hostname;
  }
  push(std::move(chain), out);
}

void OutboundBuilder::add_tcp_chains(const Request& request, Chains& out) {
  if (model::is_tls(request.port.protocol)) {
    add_tls_rule_chains(request, out);
    if (out.first == 0) add_default_chain(request, out);
  } else if (!add_tcp_rule_chains(request, out)) {
    add_default_chain(request, out);
  }
}

OutboundChain OutboundBuilder::route_chain(const traffic::VirtualService& rule,
                                           const std::vector<networking::RouteDestination>& routes,
                                           const OutboundPort& port) {
  OutboundChain chain;
  TcpRouteSource source;
  source.routes = &routes;
  source.rule = &rule;
  source.port = port.number;
  source.port_name = port.name;
  source.protocol = port.protocol;
  chain.filters_at = text_.size();
  append_route_filters(context_, source, text_);
  chain.filters_size = text_.size() - chain.filters_at;
  return chain;
}

void OutboundBuilder::add_tls_rule_chains(const Request& request, Chains& out) {
  // Matches that differ only in what was told already would be one match twice to Envoy: the first
  // counts. A match's subnets hold for those after it too, as in Istio.
  std::vector<std::string> seen;
  std::vector<std::string_view> cidrs = request.cidrs;
  for (const traffic::VirtualService* rule : tcp_rules_) {
    if (!rule_has_host(*rule, *request.service)) continue;
    for (const networking::TLSRoute& tls : (*rule)->tls) {
      if (tls.route.empty()) continue;
      for (const networking::TLSMatchAttributes& match : tls.match) {
        if (!match_applies(match, context_.proxy, request.port.number)) continue;
        if (!match.destination_subnets.empty() && request.port.number > 0) {
          cidrs = views(match.destination_subnets);
        }
        std::string key;
        for (const std::string& host : match.sni_hosts) key.append(host).append(",");
        key.append("|");
        for (const std::string& subnet : match.destination_subnets) key.append(subnet).append(",");
        if (std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
        seen.push_back(std::move(key));
        OutboundChain chain = route_chain(*rule, tls.route, request.port);
        chain.rule = rule;
        chain.sni_hosts = views(match.sni_hosts);
        chain.cidrs = cidrs;
        push(std::move(chain), out);
      }
    }
  }
}

bool OutboundBuilder::add_tcp_rule_chains(const Request& request, Chains& out) {
  bool same_as_default = false;
  for (const traffic::VirtualService* rule : tcp_rules_) {
    if (!rule_has_host(*rule, *request.service)) continue;
    for (const networking::TCPRoute& tcp : (*rule)->tcp) {
      if (tcp.route.empty()) continue;
      std::vector<std::string_view> subnets;
      bool all = tcp.match.empty();
      for (const networking::L4MatchAttributes& match : tcp.match) {
        if (!match_applies(match, context_.proxy, request.port.number)) continue;
        all = match.destination_subnets.empty() || request.port.number == 0;
        if (all) break;
        subnets.insert(subnets.end(), match.destination_subnets.begin(),
                       match.destination_subnets.end());
      }
      if (!all && subnets.empty()) continue;
      OutboundChain chain = route_chain(*rule, tcp.route, request.port);
      if (all) {
        chain.rule = rule;
        chain.cidrs = request.cidrs;
        push(std::move(chain), out);
        return true;  // nothing is left for later rules
      }
      chain.cidrs = subnets;
      push(std::move(chain), out);
      // The service's own chain would have the same match.
      std::vector<std::string_view> own = request.cidrs;
      std::sort(subnets.begin(), subnets.end());
      std::sort(own.begin(), own.end());
      same_as_default = same_as_default || subnets == own;
    }
  }
  return same_as_default;
}

// Without an address of its own, the name in the TLS handshake tells the service.
std::vector<std::string_view> OutboundBuilder::default_sni_hosts(const Request& request) {
  const model::Service& service = *request.service;
  std::string_view address = traffic::address_for(service, context_.proxy);
  if (address.find('/') != std::string_view::npos) address = {};
  if (service.registry == model::Registry::kExternal && address == traffic::kNoAddress &&
      context_.wildcard == "::") {
    address = context_.wildcard;
  }
  const std::string_view wildcard = context_.wildcard;
  const bool by_name = !request.cidrs.empty() || address.empty() ||
                       (address == wildcard && request.bind.address == wildcard) ||
                       is_dynamic_wildcard(service);
  std::vector<std::string_view> out;
  if (!by_name) return out;
  out.push_back(service.hostname);
  for (const model::NamespacedName& alias : service.aliases) {
    model::Service named;
    named.hostname = alias.name;
    named.registry = model::Registry::kExternal;
    DomainList domains;
    append_domains(named, 0, context_.proxy, false, domains);
    for (size_t i = 0; i < domains.size(); ++i) out.push_back(own(std::string(domains.text(i))));
  }
  return out;
}

void OutboundBuilder::add_default_chain(const Request& request, Chains& out) {
  const model::Service& service = *request.service;
  // A port declared by a Sidecar may differ from the service's: a service with one port means that.
  const uint32_t port =
      service.ports.size() == 1 ? service.ports.front().number : request.port.number;
  const std::string& pattern = context_.config.outbound_cluster_stat_name;
  std::string stat_prefix;
  if (!pattern.empty()) {
    stat_prefix = listener_stat_name(pattern, listener_stat_subject(service, "", port, ""));
  }
  traffic::DestinationRulePtr rule;
  if (!scope_.destination_rules.empty()) {
    rule = scope_.destination_rule(context_.proxy.labels, service.hostname);
  }
  OutboundChain chain;
  if (model::is_tls(request.port.protocol)) chain.sni_hosts = default_sni_hosts(request);
  chain.cidrs = request.cidrs;
  const bool plain = !rule && pattern.empty() && !is_dynamic_wildcard(service) &&
                     request.port.protocol != model::Protocol::kMongo;
  if (plain) {
    chain.plain = &service;
    chain.plain_port = port;
    push(std::move(chain), out);
    return;
  }
  const std::string cluster = model::outbound_cluster_name(port, "", service.hostname);
  chain.filters_at = text_.size();
  SecurityFilters security;
  TcpTarget target;
  target.cluster = cluster;
  target.stat_prefix = stat_prefix.empty() ? cluster : stat_prefix;
  target.rule = rule ? rule->spec.get() : nullptr;
  target.protocol = request.port.protocol;
  target.port = request.port.number;
  if (is_dynamic_wildcard(service)) {
    target.sni_forward_proxy = service.hostname;
    target.sni_port = request.port.number;
    security = service_policies(context_.view, service);
    target.security = &security;
    chain.needs_sni = true;
  }
  append_tcp_filters(context_, target, text_);
  chain.filters_size = text_.size() - chain.filters_at;
  push(std::move(chain), out);
}

void OutboundBuilder::append_plain_filters(const OutboundChain& chain, std::string& out) {
  thread_local std::string cluster;  // "outbound|<port>||<host>"
  cluster.clear();
  append_texts(cluster, "outbound|", Digits(chain.plain_port).text(), "||", chain.plain->hostname);
  plain_tcp_filters(port_).append(cluster, cluster, out);
}

// Filters to a cluster that no rule says anything about.
NamedTemplates& OutboundBuilder::plain_tcp_filters(uint32_t port) {
  const uint32_t key = context_.extensions.of_port(port).number;
  const auto known = plain_tcp_filters_.find(key);
  if (known != plain_tcp_filters_.end()) return known->second;
  const auto write = [this, port](auto stat_prefix, auto cluster, auto& out) {
    TcpTarget target;
    target.stat_prefix = stat_prefix;
    target.cluster = cluster;
    target.port = port;
    append_tcp_filters(context_, target, out);
  };
  return plain_tcp_filters_.emplace(key, write).first->second;
}

}  // namespace mesh::xds
