// Listeners of a gateway: one for each port of the Gateways that select it, merged.
//
// Plaintext HTTP servers of a port share one chain and one route configuration. Servers with TLS
// are chains told apart by SNI: HTTPS that ends here has routes of its own; TCP and TLS take the
// tcp and tls routes of the VirtualServices bound to the Gateway; AUTO_PASSTHROUGH has a chain for
// every in-mesh service. As in Istio's pilot/pkg/networking/core/gateway.go.
#include <algorithm>
#include <array>
#include <list>
#include <map>
#include <optional>

#include "libmesh/model/host.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/listener.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/xds/common.h"
#include "libmesh/xds/envoyfilter/apply.h"
#include "libmesh/xds/generate.h"
#include "libmesh/xds/lds/filter_chain.h"
#include "libmesh/xds/lds/filter_chain_tls.h"
#include "libmesh/xds/lds/filters.h"
#include "libmesh/xds/lds/hcm.h"

namespace mesh::xds {
namespace {

using envoy::listener::FilterChain;
using envoy::listener::FilterChainMatch;
using envoy::listener::Listener;
using traffic::GatewayServer;
using traffic::VirtualServicePtr;
using TlsMode = networking::ServerTLSSettings_TLSmode;

constexpr uint32_t kConnectionsPerEvent = 1;
constexpr schema::Duration kHandshakeTimeout{15, 0};

bool is_passthrough(const networking::Server& server) {
  return server.tls && (server.tls->mode == TlsMode::PASSTHROUGH ||
                        server.tls->mode == TlsMode::AUTO_PASSTHROUGH);
}

model::Protocol protocol_of(const networking::Server& server) {
  return server.port ? model::parse_protocol(server.port->protocol) : model::Protocol::kUnsupported;
}

std::string udp_address(std::string_view host, uint32_t port) {
  std::string out;
  envoy::core::Address(out).socket_address([&](envoy::core::SocketAddress socket) {
    socket.protocol(envoy::core::SocketAddress_Protocol::UDP);
    socket.address(host);
    socket.port_value(port);
  });
  return out;
}

// A server's host that a VirtualService serves: "ns/host" counts for that namespace only.
bool server_has_host(const networking::Server& server, const traffic::VirtualService& rule) {
  for (const std::string& host : server.hosts) {
    std::string_view name = host;
    if (const size_t slash = name.find('/'); slash != std::string_view::npos) {
      if (name.substr(0, slash) != rule.ns()) continue;
      name.remove_prefix(slash + 1);
    }
    for (const std::string& own : rule->hosts) {
      if (model::host_matches(name, own)) return true;
    }
  }
  return false;
}

template <typename Match>
bool match_applies(const Match& match, const GatewayServer& server) {
  const uint32_t port = server.server->port ? server.server->port->number : 0;
  return (match.port == 0 || match.port == port) &&
         (match.gateways.empty() || std::find(match.gateways.begin(), match.gateways.end(),
                                              server.gateway_name) != match.gateways.end());
}

// What has gone into one listener.
struct PortListener {
  std::string name;
  std::string_view bind;
  uint32_t port = 0;
  bool udp = false;         // QUIC
  bool everywhere = false;  // no Gateway names its address
  bool inspects_tls = false;
  bool network_extensions = false;  // are written
  MessageParts parts;               // the message: `filter_chains` fields, then the others
};

class GatewayBuilder {
 public:
  explicit GatewayBuilder(const traffic::ProxyView& view)
      : context_(view, ListenerClass::kGateway), gateway_(*view.gateway) {
    listeners_.reserve(gateway_.ports.size());
  }

  void write(Resources& out);

 private:
  PortListener& listener_of(const traffic::ServerPort& port, bool udp = false);
  void add_http(PortListener& listener, std::string_view route_name, model::Protocol protocol);
  void add_server(PortListener& listener, const GatewayServer& server);
  void add_https(PortListener& listener, const GatewayServer& server);
  void add_http3(PortListener& listener, const GatewayServer& server);
  void add_tcp(PortListener& listener, const GatewayServer& server);
  void add_passthrough(PortListener& listener, const GatewayServer& server);
  void add_auto_passthrough(PortListener& listener, const GatewayServer& server);
  void add_sni_dnat(PortListener& listener, const model::Service& service, const model::Port& port,
                    const networking::DestinationRule* rule, std::string_view subset);
  std::optional<std::string> tcp_route_filters(const GatewayServer& server);
  const std::vector<VirtualServicePtr>& rules_of(const GatewayServer& server);
  static constexpr std::array<std::string_view, 0> kNoNames{};
  enum class Codec { kAny, kGrpcWeb, kHttp3 };
  static constexpr uint32_t kCodecs = 3;
  const std::string& hcm_body_of(Codec codec, uint32_t port);
  void append_network_extensions(PortListener& listener, std::string& out) const;
  // SNI hosts that no earlier passthrough chain of the port has; Envoy refuses the same match
  // twice.
  bool take_sni_hosts(uint32_t port, std::string_view bind, const std::vector<std::string>& hosts);
  const std::string& tls_socket(const GatewayServer& server, bool tcp);

  template <typename Names, typename F>
  void add_chain(PortListener& listener, const Names& sni_hosts, std::string_view tls,
                 F&& append_filters, std::string_view body = {});
  void append_chain(PortListener& listener, std::string_view fields, std::string_view body,
                    std::string_view tls) const;
  void put_addresses(const PortListener& listener, Listener& out) const;
  void write_listener(PortListener& listener, Resources& out) const;

  const ListenerContext context_;
  const traffic::MergedGateway& gateway_;
  std::vector<PortListener> listeners_;
  std::map<std::string, size_t, std::less<>> by_name_;
  std::map<uint32_t, std::vector<VirtualServicePtr>> rules_;  // by the Gateway's number
  std::map<uint32_t, std::map<std::string, std::string, std::less<>>> taken_sni_;
  // By Codec, and kCodecs times the number of the port's extensions.
  std::map<uint32_t, std::string> hcm_bodies_;
  // Gateways of one kind share their TLS settings, not their names: the last one made.
  const networking::ServerTLSSettings* last_tls_ = nullptr;
  bool last_tls_tcp_ = false;
  std::list<std::string> sockets_;  // the last of them; listeners point to all
  std::list<std::string> quic_sockets_;
};

const std::string& GatewayBuilder::hcm_body_of(Codec codec, uint32_t port) {
  const uint32_t key =
      context_.extensions.of_port(port).number * kCodecs + static_cast<uint32_t>(codec);
  std::string& body = hcm_bodies_[key];
  if (!body.empty()) return body;
  HcmOptions options;
  options.grpc_web = codec == Codec::kGrpcWeb;
  options.http3 = codec == Codec::kHttp3;
  options.port = port;
  return body = hcm_body(context_, options);
}

// In the listener's first HTTP chain only, as in Istio.
void GatewayBuilder::append_network_extensions(PortListener& listener, std::string& out) const {
  if (context_.extensions.empty() || listener.network_extensions) return;
  listener.network_extensions = true;
  context_.extensions.of_port(listener.port).network.append_to(out);
}

const std::vector<VirtualServicePtr>& GatewayBuilder::rules_of(const GatewayServer& server) {
  const auto [at, fresh] = rules_.try_emplace(server.gateway_number);
  if (!fresh) return at->second;
  for (const auto rules :
       context_.view.traffic->virtual_services(context_.proxy.ns, server.gateway_name)) {
    for (const VirtualServicePtr& rule : rules) {
      if (!rule->spec->tcp.empty() || !rule->spec->tls.empty()) at->second.push_back(rule);
    }
  }
  return at->second;
}

const std::string& GatewayBuilder::tls_socket(const GatewayServer& server, bool tcp) {
  const networking::ServerTLSSettings& settings = *server.server->tls;
  if (last_tls_ == nullptr || last_tls_tcp_ != tcp || *last_tls_ != settings) {
    last_tls_ = &settings;
    last_tls_tcp_ = tcp;
    sockets_.push_back(server_tls_socket(context_, settings, tcp));
  }
  return sockets_.back();
}

bool GatewayBuilder::take_sni_hosts(uint32_t port, std::string_view bind,
                                    const std::vector<std::string>& hosts) {
  auto& taken = taken_sni_[port];
  for (const std::string& host : hosts) {
    const auto at = taken.find(host);
    if (at != taken.end() && at->second == bind) return false;
  }
  for (const std::string& host : hosts) taken[host] = bind;
  return true;
}

// A `filter_chains` field of these fields, with a body and a socket that stand elsewhere and stay.
void GatewayBuilder::append_chain(PortListener& listener, std::string_view fields,
                                  std::string_view body, std::string_view tls) const {
  static const char tag = [] {
    std::string field;
    Listener(field).filter_chains();
    return field.front();
  }();
  static const std::string timeout = [] {
    std::string field;
    FilterChain(field).transport_socket_connect_timeout(kHandshakeTimeout);
    return field;
  }();
  std::string& own = listener.parts.own();
  own.push_back(tag);
  wire::put_varint(own, fields.size() + body.size() + tls.size() + timeout.size());
  own.append(fields);
  listener.parts.append(body);
  listener.parts.append(tls);
  own.append(timeout);
}

// `append_filters` writes the filters, up to the body if there is one. Body and `tls` have to stay.
template <typename Names, typename F>
void GatewayBuilder::add_chain(PortListener& listener, const Names& sni_hosts, std::string_view tls,
                               F&& append_filters, std::string_view body) {
  thread_local std::string fields;
  listener.inspects_tls = listener.inspects_tls || !sni_hosts.empty() || !tls.empty();
  fields.clear();
  FilterChain chain(fields);
  const bool every =
      sni_hosts.empty() || std::find(sni_hosts.begin(), sni_hosts.end(), "*") != sni_hosts.end();
  if (!every) {
    chain.filter_chain_match([&](FilterChainMatch match) {
      if (std::is_sorted(sni_hosts.begin(), sni_hosts.end())) {
        for (std::string_view name : sni_hosts) match.server_names(name);
        return;
      }
      std::vector<std::string_view> names(sni_hosts.begin(), sni_hosts.end());
      std::stable_sort(names.begin(), names.end());
      for (std::string_view name : names) match.server_names(name);
    });
  }
  append_filters(fields);
  append_chain(listener, fields, body, tls);
}

void GatewayBuilder::add_http(PortListener& listener, std::string_view route_name,
                              model::Protocol protocol) {
  const std::string stat_prefix = "outbound_" + listener.name + ";";
  const std::string& body = hcm_body_of(
      protocol == model::Protocol::kGrpcWeb ? Codec::kGrpcWeb : Codec::kAny, listener.port);
  const auto append = [&](std::string& out) {
    append_network_extensions(listener, out);
    append_rds_hcm_head(stat_prefix, route_name, body.size(), out);
  };
  add_chain(listener, kNoNames, {}, append, body);
}

void GatewayBuilder::add_https(PortListener& listener, const GatewayServer& server) {
  const std::string stat_prefix =
      server.server->name.empty() ? "outbound_" + listener.name + ";" : server.server->name;
  const std::string& body = hcm_body_of(Codec::kAny, listener.port);
  const auto append = [&](std::string& out) {
    append_network_extensions(listener, out);
    append_rds_hcm_head(stat_prefix, server.route_name, body.size(), out);
  };
  add_chain(listener, server.sni_hosts, tls_socket(server, false), append, body);
}

// A mirror of an HTTPS server, with its routes.
void GatewayBuilder::add_http3(PortListener& listener, const GatewayServer& server) {
  const std::string stat_prefix =
      server.server->name.empty() ? "outbound_" + listener.name + ";" : server.server->name;
  const std::string& body = hcm_body_of(Codec::kHttp3, listener.port);
  const std::string& tls =
      quic_sockets_.emplace_back(server_quic_socket(context_, *server.server->tls));
  const auto append = [&](std::string& out) {
    append_rds_hcm_head(stat_prefix, server.route_name, body.size(), out);
  };
  add_chain(listener, server.sni_hosts, tls, append, body);
}

// The first rule with a route for this server, or nothing.
std::optional<std::string> GatewayBuilder::tcp_route_filters(const GatewayServer& server) {
  const networking::Server& spec = *server.server;
  for (const VirtualServicePtr& rule : rules_of(server)) {
    if (rule->spec->tcp.empty() || !server_has_host(spec, *rule)) continue;
    for (const networking::TCPRoute& tcp : rule->spec->tcp) {
      const bool applies =
          tcp.match.empty() || std::any_of(tcp.match.begin(), tcp.match.end(),
                                           [&](const auto& m) { return match_applies(m, server); });
      if (!applies || tcp.route.empty()) continue;
      TcpRouteSource source;
      source.routes = &tcp.route;
      source.rule = rule.get();
      source.port = spec.port ? spec.port->number : 0;
      source.port_name = spec.port ? std::string_view(spec.port->name) : std::string_view();
      source.protocol = protocol_of(spec);
      source.metadata_exchange = spec.tls && spec.tls->mode == TlsMode::ISTIO_MUTUAL;
      std::string out;
      append_route_filters(context_, source, out);
      return out;
    }
  }
  return std::nullopt;
}

void GatewayBuilder::add_tcp(PortListener& listener, const GatewayServer& server) {
  const auto filters = tcp_route_filters(server);
  if (!filters) return;
  const auto append = [&](std::string& out) { out.append(*filters); };
  if (!server.server->tls) {
    add_chain(listener, kNoNames, {}, append);
    return;
  }
  add_chain(listener, server.sni_hosts, tls_socket(server, true), append);
}

void GatewayBuilder::add_passthrough(PortListener& listener, const GatewayServer& server) {
  const networking::Server& spec = *server.server;
  for (const VirtualServicePtr& rule : rules_of(server)) {
    if (rule->spec->tls.empty() || !server_has_host(spec, *rule)) continue;
    for (const networking::TLSRoute& tls : rule->spec->tls) {
      if (tls.route.empty()) continue;
      for (const networking::TLSMatchAttributes& match : tls.match) {
        if (!match_applies(match, server)) continue;
        if (!take_sni_hosts(listener.port, spec.bind, match.sni_hosts)) continue;
        TcpRouteSource source;
        source.routes = &tls.route;
        source.rule = rule.get();
        source.port = spec.port ? spec.port->number : 0;
        source.port_name = spec.port ? std::string_view(spec.port->name) : std::string_view();
        source.protocol = protocol_of(spec);
        add_chain(listener, match.sni_hosts, {},
                  [&](std::string& out) { append_route_filters(context_, source, out); });
      }
    }
  }
}

// The client's proxy puts the name of the cluster into SNI and speaks Istio's mutual TLS: so only
// what ends at a sidecar is let through.
void GatewayBuilder::add_sni_dnat(PortListener& listener, const model::Service& service,
                                  const model::Port& port, const networking::DestinationRule* rule,
                                  std::string_view subset) {
  const std::string cluster = model::sni_name(port.number, subset, service.hostname);
  const std::string& pattern = context_.config.outbound_cluster_stat_name;
  const std::string stat_prefix =
      pattern.empty() ? cluster
                      : listener_stat_name(pattern, listener_stat_subject(service, subset,
                                                                          port.number, port.name));
  listener.inspects_tls = true;
  thread_local std::string fields;
  fields.clear();
  FilterChain(fields).filter_chain_match([&](FilterChainMatch match) {
    match.server_names(cluster);
    for (std::string_view alpn : kMutualTlsAlpns) match.application_protocols(alpn);
  });
  TcpTarget target;
  target.stat_prefix = stat_prefix;
  target.cluster = cluster;
  target.subset = subset;
  target.rule = rule;
  target.tunnel = false;
  target.authorize = false;  // the workload behind it does
  target.port = port.number;
  target.protocol = port.protocol;
  append_tcp_filters(context_, target, fields);
  append_chain(listener, fields, {}, {});
}

void GatewayBuilder::add_auto_passthrough(PortListener& listener, const GatewayServer& server) {
  const traffic::Scope& scope = *context_.view.scope;
  for (const model::ServicePtr& service : scope.services) {
    // Envoy refuses a listener with "*" inside of a server name (traffic/check/passthrough_hosts.h).
    if (service->mesh_external || model::is_wildcard(service->hostname)) continue;
    const bool named = std::any_of(
        server.sni_hosts.begin(), server.sni_hosts.end(),
        [&](std::string_view host) { return model::host_subset_of(service->hostname, host); });
    if (!named) continue;
    const auto rule = scope.destination_rule(context_.proxy.labels, service->hostname);
    const networking::DestinationRule* spec = rule ? rule->spec.get() : nullptr;
    for (const model::Port& port : service->ports) {
      if (port.protocol == model::Protocol::kUdp) continue;
      add_sni_dnat(listener, *service, port, spec, "");
      if (spec == nullptr) continue;
      for (const networking::Subset& subset : spec->subsets) {
        add_sni_dnat(listener, *service, port, spec, subset.name);
      }
    }
  }
}

void GatewayBuilder::add_server(PortListener& listener, const GatewayServer& server) {
  const networking::Server& spec = *server.server;
  if (spec.tls && protocol_of(spec) == model::Protocol::kHttps && !is_passthrough(spec)) {
    add_https(listener, server);
  } else if (!is_passthrough(spec)) {
    add_tcp(listener, server);
  } else if (spec.tls->mode == TlsMode::AUTO_PASSTHROUGH) {
    add_auto_passthrough(listener, server);
  } else {
    add_passthrough(listener, server);
  }
}

PortListener& GatewayBuilder::listener_of(const traffic::ServerPort& port, bool udp) {
  const bool everywhere = port.bind.empty();
  const std::string_view bind = everywhere ? context_.wildcard : port.bind;
  std::string name = (udp ? "udp_" : "") + listener_name(bind, port.number);
  const auto [at, fresh] = by_name_.try_emplace(name, listeners_.size());
  if (fresh) {
    listeners_.push_back({std::move(name), bind, port.number, udp, everywhere, false, false, {}});
  }
  return listeners_[at->second];
}

void GatewayBuilder::put_addresses(const PortListener& listener, Listener& out) const {
  std::vector<std::string_view> more;
  if (listener.everywhere) more = context_.more_wildcards();
  if (!listener.udp) {
    out.address([&](envoy::core::Address address) {
      write_address(address, listener.bind, listener.port);
    });
    put_additional_addresses(out, more, listener.port);
    return;
  }
  out.address(wire::Raw{udp_address(listener.bind, listener.port)});
  for (std::string_view address : more) {
    out.additional_addresses([&](auto& additional) {
      additional.address(wire::Raw{udp_address(address, listener.port)});
    });
  }
}

void GatewayBuilder::write_listener(PortListener& listener, Resources& out) const {
  Listener message(listener.parts.own());
  message.name(listener.name);
  put_addresses(listener, message);
  if (listener.udp) {
    message.udp_listener_config([](envoy::listener::UdpListenerConfig udp) {
      udp.downstream_socket_config();
      udp.quic_options();
    });
  }
  message.traffic_direction(envoy::core::TrafficDirection::OUTBOUND);
  message.max_connections_to_accept_per_socket_event(kConnectionsPerEvent);
  if (context_.exact_balance && !listener.udp) {
    message.connection_balance_config([](auto& balance) { balance.exact_balance(); });
  }
  const auto& topology = context_.proxy_config().gateway_topology;
  if (topology && topology->proxy_protocol && !listener.udp) {
    message.append_raw(listener_filters::proxy_protocol());
  }
  if (listener.inspects_tls && !listener.udp) {
    message.append_raw(listener_filters::tls_inspector());
  }
  if (context_.connections) {
    const auto& limit = context_.connections->listener_per_connection_buffer_limit_bytes;
    if (limit && *limit >= 0) {
      message.per_connection_buffer_limit_bytes(static_cast<uint32_t>(*limit));
    }
  }
  message.append_raw(context_.listener_access_log);
  out.push_back(make_resource(Type::kListener, listener.name, listener.parts));
}

void GatewayBuilder::write(Resources& out) {
  for (const traffic::ServerPort& port : gateway_.ports) {
    if (context_.is_privileged(port.number)) continue;
    const auto servers = gateway_.servers.find(port);
    if (servers == gateway_.servers.end()) continue;
    PortListener& listener = listener_of(port);
    constexpr size_t kOwnBytesOfAChain = 448;
    listener.parts.own().reserve((servers->second.servers.size() + 1) * kOwnBytesOfAChain);
    if (model::is_http(port.protocol)) {
      add_http(listener, servers->second.route_name, port.protocol);
    } else {
      for (const GatewayServer* server : servers->second.servers) add_server(listener, *server);
    }
    if (const auto quic = gateway_.quic.find(port); quic != gateway_.quic.end()) {
      PortListener& mirror = listener_of(port, true);
      for (const GatewayServer* server : quic->second) add_http3(mirror, *server);
    }
  }
  for (PortListener& listener : listeners_) {
    if (listener.parts.size() != 0) write_listener(listener, out);
  }
}

}  // namespace

void gateway_listeners(const traffic::ProxyView& view, Resources& out) {
  const size_t first = out.size();
  if (view.gateway) GatewayBuilder(view).write(out);
  envoyfilter::patch_outbound_listeners(view, first, out);
}

}  // namespace mesh::xds
