#include <algorithm>
#include <array>

#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/listener.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/route.h"
#include "libmesh/xds/common.h"
#include "libmesh/xds/lds/filter_chain.h"
#include "libmesh/xds/lds/filter_chain_tls.h"
#include "libmesh/xds/lds/filters.h"
#include "libmesh/xds/lds/listeners_inbound.h"
#include "libmesh/xds/rds/route_builder.h"

namespace mesh::xds {
namespace {

using envoy::listener::FilterChain;
using envoy::listener::Listener;

// What the client's sidecar says about what it sends over mutual TLS.
constexpr std::array<std::string_view, 3> kMtlsHttp = {"istio-http/1.0", "istio-http/1.1",
                                                       "istio-h2"};
constexpr std::array<std::string_view, 2> kMtlsTcp = {"istio-peer-exchange", "istio"};
constexpr std::span<const std::string_view> kNone = {};

constexpr bool kHttp = true;
constexpr bool kTcp = false;

using Matches = std::span<const InboundMatch>;

constexpr InboundMatch kMatches[] = {
    // Mutual TLS where the client offers it, plain text otherwise.
    {kMtlsHttp, kTls, kHttp, true},            // the client's sidecar saw HTTP
    {kHttpInspectorAlpns, kRawBuffer, kHttp},  // plain HTTP
    {kMtlsTcp, kTls, kTcp, true},              // the client's sidecar could not tell
    {kNone, kRawBuffer, kTcp},                 // plain, and not HTTP
    {kNone, kTls, kTcp},                       // TLS of the application itself
    // The same where HTTP is declared,
    {kMutualTlsAlpns, kTls, kHttp, true},
    {kNone, kRawBuffer, kHttp},
    // and TCP.
    {kMutualTlsAlpns, kTls, kTcp, true},
    {kNone, kTls, kTcp},
    {kNone, kRawBuffer, kTcp},
    // Nothing but mutual TLS: sniffed, HTTP, TCP.
    {kMtlsHttp, kTls, kHttp, true},
    {kNone, kTls, kTcp, true},
    {kNone, kTls, kHttp, true},
    {kNone, kTls, kTcp, true},
    // Nothing but plain text: the same.
    {kHttpInspectorAlpns, kRawBuffer, kHttp},
    {kNone, kRawBuffer, kTcp},
    {kNone, kRawBuffer, kHttp},
    {kNone, kRawBuffer, kTcp},
};
constexpr Matches kPermissiveSniffed(kMatches, 5);
constexpr Matches kPermissiveHttp(kMatches + 5, 2);
constexpr Matches kPermissiveTcp(kMatches + 7, 3);
constexpr Matches kStrictSniffed(kMatches + 10, 2);
constexpr Matches kStrictHttp(kMatches + 12, 1);
constexpr Matches kStrictTcp(kMatches + 13, 1);
constexpr Matches kPlainSniffed(kMatches + 14, 2);
constexpr Matches kPlainHttp(kMatches + 16, 1);
constexpr Matches kPlainTcp(kMatches + 17, 1);

Matches by_mode(traffic::MutualTls mode, Matches strict, Matches permissive, Matches plain) {
  switch (mode) {
    case traffic::MutualTls::kStrict:
      return strict;
    case traffic::MutualTls::kPermissive:
      return permissive;
    case traffic::MutualTls::kDisable:
    case traffic::MutualTls::kUnknown:
      break;
  }
  return plain;
}

// One route for all: to the workload itself. Retried only while nothing of the request was sent;
// gRPC streams not even then.
void put_inbound_routes(const InboundPort& port, envoy::route::RouteConfiguration& config) {
  thread_local std::string text;  // a name at hand
  const Digits service_port(port.service_port);
  config.name(port.cluster);
  config.validate_clusters(false);
  config.virtual_hosts(wire::Wide{[&](envoy::route::VirtualHost host) {
    text.clear();
    append_texts(text, "inbound|http|", service_port.text());
    host.name(text);
    host.domains("*");
    host.routes([&](envoy::route::Route route) {
      route.name("default");
      route.match([](envoy::route::RouteMatch match) { match.prefix("/"); });
      text.clear();
      append_host_port(port.host, service_port.text(), text);
      text.append("/*");
      route.decorator([&](auto& decorator) { decorator.operation(text); });
      route.route([&](envoy::route::RouteAction action) {
        action.cluster(port.cluster);
        action.timeout(schema::Duration{});
        action.max_stream_duration([](auto& limit) {
          limit.max_stream_duration(schema::Duration{});
          limit.grpc_timeout_header_max(schema::Duration{});
        });
        if (model::is_grpc(port.protocol)) return;
        action.retry_policy([](auto& retry) {
          retry.retry_on("reset-before-request");
          retry.num_retries(2u);
        });
      });
    });
  }});
}

std::string_view passthrough_name(bool http) {
  return http ? "virtualInbound-catchall-http" : "virtualInbound";
}

// Of what is passed as it comes: nothing in it depends on the port.
std::string_view passthrough_routes() {
  static const std::string routes = [] {
    InboundPort all;
    all.cluster = kInboundPassthroughCluster;
    std::string out;
    envoy::route::RouteConfiguration config(out);
    put_inbound_routes(all, config);
    return out;
  }();
  return routes;
}

// What a match says beside the port; one of those above.
std::string_view fields_of(const InboundMatch& match) {
  static const std::array<std::string, std::size(kMatches)> kFields = [] {
    std::array<std::string, std::size(kMatches)> out;
    for (size_t i = 0; i < out.size(); ++i) {
      envoy::listener::FilterChainMatch message(out[i]);
      for (std::string_view alpn : kMatches[i].alpns) message.application_protocols(alpn);
      message.transport_protocol(kMatches[i].transport);
    }
    return out;
  }();
  return kFields[static_cast<size_t>(&match - kMatches)];
}

void put_inbound_match(FilterChain& chain, const InboundMatch& match, uint32_t port) {
  chain.filter_chain_match([&](envoy::listener::FilterChainMatch message) {
    if (port != 0) message.destination_port(port);
    message.append_raw(fields_of(match));
  });
}

}  // namespace

bool InboundMatch::inspects_tls() const { return transport == kTls; }

bool InboundMatch::inspects_http() const { return alpns.data() == kHttpInspectorAlpns; }

std::span<const InboundMatch> inbound_matches(traffic::MutualTls mode, model::Protocol protocol) {
  if (model::is_http(protocol)) return by_mode(mode, kStrictHttp, kPermissiveHttp, kPlainHttp);
  if (model::is_tcp(protocol) || protocol == model::Protocol::kUdp) {
    return by_mode(mode, kStrictTcp, kPermissiveTcp, kPlainTcp);
  }
  return by_mode(mode, kStrictSniffed, kPermissiveSniffed, kPlainSniffed);
}

std::string InboundPort::chain_name() const { return listener_name(bind, target_port); }

void InboundBuilder::ChainSet::inspect(uint32_t port, bool tls, bool http) {
  auto at = std::find_if(inspections.begin(), inspections.end(),
                         [&](const Inspection& known) { return known.port == port; });
  if (at == inspections.end()) at = inspections.insert(at, {port, false, false});
  at->tls = at->tls || tls;
  at->http = at->http || http;
}

// What the largest listeners need is given back.
void InboundBuilder::ChainSet::clear() {
  constexpr size_t kMost = 1 << 18;
  if (parts.own().capacity() > kMost) parts = {};
  parts.clear();
  inspections.clear();
}

// Who calls the listener's own port was not redirected; passing that on would come back for ever.
void InboundBuilder::add_black_hole(ChainSet& chains) const {
  const uint32_t port = context_.inbound_port();
  Listener(chains.parts.own()).filter_chains(wire::Wide{[&](FilterChain chain) {
    chain.name("virtualInbound-blackhole");
    chain.filter_chain_match([&](auto& match) { match.destination_port(port); });
    if (context_.istio) chain.append_raw(network_filters::metadata_exchange());
    chain.append_raw(context_.tcp_metrics);
    chain.append_raw(network_filters::black_hole());
  }});
  chains.inspect(port, false, false);
}

void InboundBuilder::add_passthrough(ChainSet& chains, uint32_t port) {
  InboundPort all;  // passthrough_routes() goes by these
  all.cluster = kInboundPassthroughCluster;
  all.port_name = "virtualInbound";
  all.target_port = port;
  all.passthrough = true;
  add_chains(chains, all);
}

const std::string& InboundBuilder::hcm_body_of(const InboundPort& port) {
  HcmOptions options;
  options.http2 = model::is_http2(port.protocol);
  options.grpc_web = port.protocol == model::Protocol::kGrpcWeb;
  options.port = port.target_port;
  const uint32_t extensions = context_.extensions.of_port(options.port).number;
  std::string& body =
      hcm_bodies_[extensions * 4 + (options.http2 ? 1 : 0) + (options.grpc_web ? 2 : 0)];
  if (body.empty()) body = hcm_body(context_, options);
  return body;
}

InboundBuilder::Filters InboundBuilder::http_filters_of(const InboundPort& port) {
  thread_local std::string stat_prefix;  // keeps its memory
  stat_prefix.clear();
  const std::string& body = hcm_body_of(port);
  std::string& out = heads_.next();
  out.reserve(1024);
  if (context_.istio) out.append(network_filters::metadata_exchange());
  context_.extensions.of_port(port.target_port).network.append_to(out);
  if (port.passthrough) {
    append_texts(stat_prefix, port.cluster, ";");
    append_inline_hcm_head(stat_prefix, passthrough_routes(), body.size(), out);
    return {out, body};
  }
  thread_local std::string routes;
  routes.clear();
  envoy::route::RouteConfiguration config(routes);
  put_inbound_routes(port, config);
  append_texts(stat_prefix, "inbound_", port.bind, "_", Digits(port.target_port).text(), ";");
  append_inline_hcm_head(stat_prefix, routes, body.size(), out);
  return {out, body};
}

InboundBuilder::Filters InboundBuilder::tcp_filters_of(const InboundPort& port) {
  std::string own_prefix;
  if (!context_.config.inbound_cluster_stat_name.empty()) {
    StatSubject subject;
    subject.host = port.host;
    subject.name = port.service_name;
    subject.ns = port.service_ns;
    subject.port = port.service_port;
    subject.port_name = port.port_name;
    subject.inbound = true;
    own_prefix = listener_stat_name(context_.config.inbound_cluster_stat_name, subject);
  }
  TcpTarget target;
  target.stat_prefix = context_.config.inbound_cluster_stat_name.empty()
                           ? std::string_view(port.cluster)
                           : own_prefix;
  target.cluster = port.cluster;
  target.protocol = port.protocol;
  target.metadata_exchange = true;
  target.port = port.service_port;
  const std::string_view leading = leading_filters(target);
  std::string& out = heads_.next();
  append_proxy_filters(context_, target, out);
  return {leading, out};
}

std::string_view InboundBuilder::leading_filters(const TcpTarget& target) {
  const uint32_t extensions = context_.extensions.of_port(target.port).number;
  if (!leading_.empty() && leading_of_ == extensions) return leading_;
  std::string& out = heads_.next();
  append_leading_filters(context_, target, out);
  leading_ = out;
  leading_of_ = extensions;
  return leading_;
}

std::string_view InboundBuilder::tls_of(bool http) {
  std::string& socket = http ? http_tls_ : tcp_tls_;
  if (tls_settings_.empty()) tls_settings_ = mesh_tls_settings(context_);
  if (socket.empty()) socket = mesh_tls_socket(tls_settings_, !http);
  return socket;
}

void InboundBuilder::add_chains(ChainSet& chains, const InboundPort& port) {
  static const char tag = [] {
    std::string field;
    Listener(field).filter_chains();
    return field.front();
  }();
  thread_local std::string before;
  thread_local std::string after;
  // The filters of a port are the same in each of its HTTP chains, and in each of its TCP chains.
  Filters filters[2];
  const std::string name = port.passthrough ? std::string() : port.chain_name();
  for (const InboundMatch& match :
       inbound_matches(authn_.for_port(port.target_port), port.protocol)) {
    Filters& used = filters[match.http ? 1 : 0];
    if (used.empty()) used = match.http ? http_filters_of(port) : tcp_filters_of(port);
    const std::string_view tls = match.tls ? tls_of(match.http) : std::string_view();
    before.clear();
    after.clear();
    FilterChain start(before);
    put_inbound_match(start, match, port.target_port);
    FilterChain end(after);
    end.name(port.passthrough ? passthrough_name(match.http) : std::string_view(name));
    if (port.of_sidecar) {
      end.metadata([&](envoy::core::Metadata metadata) {
        const traffic::Scope& scope = *context_.view.scope;
        put_config_metadata(metadata, "sidecar", scope.ns, scope.name);
      });
    }
    std::string& own = chains.parts.own();
    own.push_back(tag);
    wire::put_varint(
        own, before.size() + used.first.size() + used.second.size() + tls.size() + after.size());
    own.append(before);
    for (const std::string_view shared : {used.first, used.second, tls})
      chains.parts.append(shared);
    own.append(after);
    chains.inspect(port.target_port, match.inspects_tls(), match.inspects_http());
  }
}

}  // namespace mesh::xds
