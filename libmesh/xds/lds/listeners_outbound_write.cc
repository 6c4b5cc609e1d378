#include <algorithm>
#include <charconv>

#include "libmesh/base/net.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/listener.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/route.h"
#include "libmesh/traffic/addresses.h"
#include "libmesh/xds/common.h"
#include "libmesh/xds/lds/filter_chain.h"
#include "libmesh/xds/lds/filters.h"
#include "libmesh/xds/lds/listeners_outbound.h"

namespace mesh::xds {
namespace {

using envoy::listener::FilterChain;
using envoy::listener::FilterChainMatch;
using envoy::listener::Listener;

// One connection per turn of the event loop, so that workers share them evenly
// (MAX_CONNECTIONS_PER_SOCKET_EVENT_LOOP).
constexpr uint32_t kConnectionsPerEvent = 1;
// Against peers that open a connection and never finish their TLS handshake.
constexpr schema::Duration kHandshakeTimeout{15, 0};

void put_prefix(FilterChainMatch& match, std::string_view text) {
  std::string address(text.substr(0, text.find('/')));
  const AddressFamily family = address_family(address);
  if (family == AddressFamily::kNone) return;
  uint32_t bits = family == AddressFamily::kIpv4 ? 32 : 128;
  if (address.size() != text.size()) {
    const auto cidr = parse_cidr(text);
    if (!cidr) return;
    bits = static_cast<uint32_t>(cidr->bits);
  }
  address = canonical_address(address);
  if (address == traffic::kNoAddress) return;
  match.prefix_ranges([&](envoy::core::CidrRange range) {
    range.address_prefix(address);
    range.prefix_len(bits);
  });
}

template <typename F>
void in_order(const std::vector<std::string_view>& texts, F&& visit) {
  if (texts.size() <= 1) {
    for (std::string_view text : texts) visit(text);
    return;
  }
  std::vector<std::string_view> sorted = texts;
  std::stable_sort(sorted.begin(), sorted.end());
  for (std::string_view text : sorted) visit(text);
}

void put_match(FilterChainMatch match, const OutboundChain& chain) {
  if (chain.sniffed_http) {
    for (std::string_view alpn : kHttpInspectorAlpns) match.application_protocols(alpn);
    match.transport_protocol(kRawBuffer);
  }
  const auto& names = chain.sni_hosts;
  if (std::find(names.begin(), names.end(), "*") == names.end()) {
    in_order(names, [&](std::string_view name) { match.server_names(name); });
  }
  in_order(chain.cidrs, [&](std::string_view cidr) { put_prefix(match, cidr); });
}

void put_addresses(Listener& out, const OutboundBind& bind, uint32_t port) {
  out.address([&](envoy::core::Address address) { write_address(address, bind.address, port); });
  put_additional_addresses(out, bind.extra, port);
}

// The name of a route configuration: "<port>", "<host>:<port>", or the path of a Unix socket.
std::string_view route_name(const OutboundChain& chain, std::string& buffer) {
  buffer.assign(chain.route_host);
  if (chain.route_port == 0) return buffer;
  if (!buffer.empty()) buffer.push_back(':');
  buffer.append(Digits(chain.route_port).text());
  return buffer;
}

void put_exact_balance(Listener& out) {
  out.connection_balance_config([](auto& balance) { balance.exact_balance(); });
}

}  // namespace

const std::string& OutboundBuilder::hcm_body_of(bool grpc_web) {
  const PortFilters& extensions = context_.extensions.of_port(port_);
  std::string& body = hcm_bodies_[extensions.number * 2 + (grpc_web ? 1 : 0)];
  if (body.empty()) {
    HcmOptions options;
    options.grpc_web = grpc_web;
    options.port = port_;
    options.extra_filter = allow_any_filter_;
    body = hcm_body(context_, options);
  }
  return body;
}

// Whole `filter_chains` fields: what most HTTP and sniffed listeners have.
NamedTemplates& OutboundBuilder::sniffed_chains(bool grpc_web) {
  const PortFilters& extensions = context_.extensions.of_port(port_);
  const uint32_t key = extensions.number * 2 + (grpc_web ? 1 : 0);
  const auto known = sniffed_chains_.find(key);
  if (known != sniffed_chains_.end()) return known->second;
  const auto write = [&body = hcm_body_of(grpc_web), &network = extensions.network](
                         auto stat_prefix, auto route, auto& out) {
    OutboundChain sniffed;
    sniffed.sniffed_http = true;
    Listener(out).filter_chains(wire::Wide{[&](FilterChain chain) {
      chain.filter_chain_match([&](FilterChainMatch match) { put_match(match, sniffed); });
      network.append_to(out);
      append_rds_hcm(stat_prefix, route, body, out);
      chain.transport_socket_connect_timeout(kHandshakeTimeout);
    }});
  };
  return sniffed_chains_.emplace(key, write).first->second;
}

void OutboundBuilder::append_network_extensions(std::string& out) {
  if (network_extensions_written_) return;
  network_extensions_written_ = true;
  context_.extensions.of_port(port_).network.append_to(out);
}

void OutboundBuilder::append_hcm(const OutboundChain& chain, std::string& out) {
  append_network_extensions(out);
  std::string name;
  route_name(chain, name);
  if (chain.forward_proxy == nullptr) {
    append_rds_hcm(stat_prefix_, name, hcm_body_of(chain.grpc_web), out);
    return;
  }
  const std::string extra =
      dynamic_forward_proxy_filter(context_.view, chain.forward_proxy->hostname) +
      allow_any_filter_;
  HcmOptions options;
  options.grpc_web = chain.grpc_web;
  options.port = port_;
  options.extra_filter = extra;
  append_rds_hcm(stat_prefix_, name, hcm_body(context_, options), out);
}

void OutboundBuilder::append_chain(const OutboundChain& chain, bool is_default, std::string& out) {
  FilterChain message(out);
  if (!is_default && !chain.matches_all()) {
    message.filter_chain_match([&](FilterChainMatch match) { put_match(match, chain); });
  }
  if (chain.http) {
    append_hcm(chain, out);
  } else if (chain.plain != nullptr) {
    append_plain_filters(chain, out);
  } else {
    message.append_raw(std::string_view(text_).substr(chain.filters_at, chain.filters_size));
  }
  if (chain.rule != nullptr) {
    message.metadata([&](envoy::core::Metadata metadata) {
      put_config_metadata(metadata, "virtual-service", chain.rule->ns(), chain.rule->name());
    });
  }
  message.transport_socket_connect_timeout(kHandshakeTimeout);
}

void OutboundBuilder::write_listener(const OutboundListener& listener, std::string_view name,
                                     std::string& out) {
  Listener message(out);
  message.name(name);
  put_addresses(message, listener.bind, listener.port.number);
  message.traffic_direction(envoy::core::TrafficDirection::OUTBOUND);
  message.continue_on_listener_filters_timeout(true);
  if (context_.exact_balance) put_exact_balance(message);
  if (listener.bind.to_port) {
    message.max_connections_to_accept_per_socket_event(kConnectionsPerEvent);
  } else {
    message.bind_to_port(false);
  }

  bool by_name = false;
  bool sniffed = false;
  uint32_t fallback = 0;  // the last chain that matches everything
  uint32_t matching = 0;
  for (uint32_t at = listener.first_chain; at != 0; at = chains_[at].next) {
    const OutboundChain& chain = chains_[at];
    by_name = by_name || !chain.sni_hosts.empty() || chain.needs_sni;
    sniffed = sniffed || chain.sniffed_http;
    if (chain.matches_all()) {
      fallback = at;
    } else {
      ++matching;
    }
  }
  if (by_name) message.append_raw(listener_filters::tls_inspector());
  if (sniffed) message.append_raw(listener_filters::http_inspector());
  if (!sniffed) {
    message.listener_filters_timeout(schema::Duration{});
  } else if (context_.config.protocol_detection_timeout) {
    message.listener_filters_timeout(*context_.config.protocol_detection_timeout);
  }

  stat_prefix_.clear();
  append_texts(stat_prefix_, "outbound_", name, ";");
  port_ = listener.port.number;
  network_extensions_written_ = context_.extensions.of_port(port_).network.empty();
  for (uint32_t at = listener.first_chain; at != 0; at = chains_[at].next) {
    const OutboundChain& chain = chains_[at];
    if (chain.matches_all()) continue;
    const bool first = !network_extensions_written_ || context_.extensions.empty();
    if (chain.sniffed_http && chain.forward_proxy == nullptr && first) {
      network_extensions_written_ = true;
      std::string route;
      sniffed_chains(chain.grpc_web).append(stat_prefix_, route_name(chain, route), out);
    } else {
      message.filter_chains(wire::Wide{[&](FilterChain) { append_chain(chain, false, out); }});
    }
  }
  // A chain that takes the rest is the default chain when others are tried first.
  if (fallback != 0 && matching == 0) {
    message.filter_chains(
        wire::Wide{[&](FilterChain) { append_chain(chains_[fallback], true, out); }});
  } else if (fallback != 0) {
    message.default_filter_chain(
        wire::Wide{[&](FilterChain) { append_chain(chains_[fallback], true, out); }});
  } else {
    message.append_raw(default_chain_);
  }
}

void OutboundBuilder::write(Resources& out) {
  Listener(default_chain_).default_filter_chain(wire::Wide{[&](FilterChain chain) {
    chain.filter_chain_match();
    chain.name("PassthroughFilterChain");
    append_catch_all_filters(context_, default_chain_);
  }});
  out.reserve(out.size() + listeners_.size() + 4);
  thread_local std::string scratch;
  for (const OutboundListener& listener : listeners_) {
    out.push_back(make_listener(listener, scratch));
  }
}

ResourcePtr OutboundBuilder::make_listener(const OutboundListener& listener, std::string& scratch) {
  thread_local std::string name;
  name.clear();
  append_texts(name, listener.bind.address, "_", Digits(listener.port.number).text());
  const OutboundChain& chain = chains_[listener.first_chain];
  const bool plain = chain.plain != nullptr && chain.next == 0 && chain.matches_all() &&
                     chain.sni_hosts.empty() && listener.bind.extra.empty() &&
                     !listener.bind.to_port;
  PlainListeners::Texts texts;
  if (plain) {
    texts = {listener.bind.address, chain.plain->hostname, listener.port.number, chain.plain_port};
    const std::string* known = plain_listeners_.find(texts);
    if (known != nullptr) return make_resource(Type::kListener, name, *known);
  }
  scratch.clear();
  write_listener(listener, name, scratch);
  if (plain) plain_listeners_.learn(texts, scratch);
  return make_resource(Type::kListener, name, scratch);
}

void OutboundBuilder::write_http_proxy(Resources& out) {
  uint32_t port = static_cast<uint32_t>(std::max(context_.config.proxy_http_port, 0));
  const std::string& own = context_.proxy.http_proxy_port;
  uint32_t number = 0;
  const auto parsed = std::from_chars(own.data(), own.data() + own.size(), number);
  if (!own.empty() && parsed.ec == std::errc() && parsed.ptr == own.data() + own.size()) {
    port = number;
  }
  if (port == 0) return;

  OutboundBind bind;
  bind_to_localhost(bind);
  std::string name = listener_name(bind.address, port);
  HcmOptions options;
  options.http_proxy = true;
  options.port = port;
  options.extra_filter = allow_any_filter_;
  std::string bytes;
  Listener message(bytes);
  message.name(name);
  put_addresses(message, bind, port);
  message.traffic_direction(envoy::core::TrafficDirection::OUTBOUND);
  message.continue_on_listener_filters_timeout(true);
  if (context_.exact_balance) put_exact_balance(message);
  message.max_connections_to_accept_per_socket_event(kConnectionsPerEvent);
  message.listener_filters_timeout(schema::Duration{});
  message.filter_chains([&](FilterChain chain) {
    context_.extensions.of_port(port).network.append_to(bytes);
    append_rds_hcm("outbound_" + name + ";", "http_proxy", hcm_body(context_, options), bytes);
    chain.transport_socket_connect_timeout(kHandshakeTimeout);
  });
  out.push_back(make_resource(Type::kListener, name, bytes));
}

namespace {

// The routes of the HTTP chain of virtualOutbound in the mode ALLOW_ANY_DYNAMIC_DNS: every host
// goes to the dynamic forward proxy.
std::string allow_any_routes(const ListenerContext& context) {
  constexpr std::string_view kName = "allow_any_dynamic_dns";
  const auto& headers = context.proxy_config().proxy_headers;
  std::string out;
  envoy::route::RouteConfiguration config(out);
  config.name(kName);
  config.validate_clusters(false);
  config.max_direct_response_body_size_bytes(1048576);
  config.ignore_port_in_host_matching(true);
  config.virtual_hosts([&](envoy::route::VirtualHost host) {
    host.name(kName);
    host.domains("*");
    const bool silent =
        headers && headers->attempt_count && headers->attempt_count->disabled.value_or(false);
    host.include_request_attempt_count(!silent);
    host.routes([&](envoy::route::Route route) {
      route.name(kName);
      route.match([](auto& match) { match.prefix("/"); });
      route.route([&](envoy::route::RouteAction action) {
        action.cluster(kAllowAnyDynamicDnsCluster);
        action.timeout(schema::Duration{});
        action.max_grpc_timeout(schema::Duration{});
        action.append_x_forwarded_host(headers && headers->x_forwarded_host &&
                                       headers->x_forwarded_host->enabled.value_or(false));
      });
    });
  });
  return out;
}

}  // namespace

void OutboundBuilder::write_virtual(Resources& out) {
  if (!context_.intercepts()) return;
  constexpr std::string_view kName = "virtualOutbound";
  constexpr std::string_view kCatchAll = "virtualOutbound-catchall-tcp";
  const uint32_t port = context_.outbound_port();
  thread_local std::string bytes;  // keeps its memory
  bytes.clear();
  Listener message(bytes);
  message.name(kName);
  message.address(
      [&](envoy::core::Address address) { write_address(address, context_.wildcard, port); });
  put_additional_addresses(message, context_.more_wildcards(), port);
  if (context_.proxy.interception == model::Interception::kTproxy) message.transparent(true);
  message.use_original_dst(true);
  message.traffic_direction(envoy::core::TrafficDirection::OUTBOUND);
  message.max_connections_to_accept_per_socket_event(kConnectionsPerEvent);
  // Who calls the port itself was not redirected; passing that on would come back for ever.
  message.filter_chains(wire::Wide{[&](FilterChain chain) {
    chain.name("virtualOutbound-blackhole");
    chain.filter_chain_match([&](FilterChainMatch match) { match.destination_port(port); });
    chain.append_raw(context_.tcp_metrics);
    chain.append_raw(network_filters::black_hole());
  }});
  if (!allow_any_filter_.empty()) {
    message.filter_chains([&](FilterChain chain) {
      chain.name(std::string(kCatchAll) + "-http");
      chain.filter_chain_match([&](FilterChainMatch match) {
        for (std::string_view alpn : kHttpInspectorAlpns) match.application_protocols(alpn);
      });
      HcmOptions options;
      options.extra_filter = allow_any_filter_;
      append_inline_hcm("outbound_virtualOutbound_allow_any_dynamic_dns;",
                        allow_any_routes(context_), hcm_body(context_, options), bytes);
    });
  }
  message.filter_chains(wire::Wide{[&](FilterChain chain) {
    chain.name(kCatchAll);
    append_catch_all_filters(context_, bytes);
  }});
  if (!allow_any_filter_.empty()) message.append_raw(listener_filters::http_inspector());
  message.append_raw(context_.listener_access_log);
  out.push_back(make_resource(Type::kListener, kName, bytes));
}

}  // namespace mesh::xds
