#include "libmesh/xds/lds/listeners_inbound.h"

#include <algorithm>

#include "libmesh/base/net.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/listener.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/type.h"
#include "libmesh/xds/common.h"
#include "libmesh/xds/envoyfilter/apply.h"
#include "libmesh/xds/generate.h"
#include "libmesh/xds/lds/filter_chain_tls.h"
#include "libmesh/xds/lds/filters.h"

namespace mesh::xds {
namespace {

using envoy::listener::Listener;
using envoy::listener::ListenerFilter;
using Predicate = envoy::listener::ListenerFilterChainMatchPredicate;

constexpr std::string_view kVirtualInbound = "virtualInbound";

bool binds_to_port(networking::CaptureMode mode, const ListenerContext& context) {
  if (mode == networking::CaptureMode::DEFAULT) return !context.intercepts();
  return mode == networking::CaptureMode::NONE;
}

// An address that other hosts can reach: not unspecified, loopback, link-local, multicast or
// broadcast (Go's net.IP.IsGlobalUnicast).
bool is_global_unicast(std::string_view address) {
  const auto starts = [&](std::initializer_list<std::string_view> prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [&](std::string_view prefix) { return address.starts_with(prefix); });
  };
  switch (address_family(address)) {
    case AddressFamily::kNone:
      return false;
    case AddressFamily::kIpv4: {
      const int first = std::stoi(std::string(address.substr(0, address.find('.'))));
      const bool multicast = first >= 224 && first <= 239;
      return address != "0.0.0.0" && address != "255.255.255.255" && first != 127 && !multicast &&
             !starts({"169.254."});
    }
    case AddressFamily::kIpv6: {
      const std::string canonical = canonical_address(address);
      address = canonical;
      return canonical != "::" && canonical != "::1" && !starts({"fe8", "fe9", "fea", "feb", "ff"});
    }
  }
  return false;
}

void put_range(Predicate& out, uint32_t port) {
  out.destination_port_range([&](envoy::type::Int32Range range) {
    range.start(static_cast<int32_t>(port));
    range.end(static_cast<int32_t>(port + 1));
  });
}

void put_ports(Predicate& out, const std::vector<uint32_t>& ports) {
  if (ports.size() == 1) {
    put_range(out, ports.front());
    return;
  }
  out.or_match([&](auto& set) {
    for (uint32_t port : ports) set.rules([&](Predicate rule) { put_range(rule, port); });
  });
}

enum class Disabled : uint8_t { kOnPorts, kOnOtherPorts };

void put_inspector(std::string& out, std::string_view message, std::string_view whole,
                   const std::vector<uint32_t>& ports, Disabled disabled) {
  if (ports.empty()) {
    out.append(whole);
    return;
  }
  Listener(out).listener_filters([&](ListenerFilter filter) {
    filter.append_raw(message);
    filter.filter_disabled([&](Predicate predicate) {
      if (disabled == Disabled::kOnPorts) {
        put_ports(predicate, ports);
      } else {
        predicate.not_match([&](Predicate inner) { put_ports(inner, ports); });
      }
    });
  });
}

// A new one in its place among those that are in order; null when the port is there already.
InboundPort* add_port(std::vector<InboundPort>& ports, uint32_t number) {
  auto at = std::lower_bound(ports.begin(), ports.end(), number,
                             [](const InboundPort& p, uint32_t n) { return p.target_port < n; });
  if (at != ports.end() && at->target_port == number) return nullptr;
  at = ports.emplace(at);
  at->target_port = number;
  return &*at;
}

}  // namespace

InboundBuilder::InboundBuilder(const ListenerContext& context)
    : context_(context),
      authn_(context.view.traffic->peer_authn(context.proxy.ns, context.proxy.labels)),
      heads_(kept_heads()) {
  heads_.clear();
}

InboundBuilder::Heads& InboundBuilder::kept_heads() {
  thread_local Heads kept;
  return kept;
}

std::string& InboundBuilder::Heads::next() {
  if (used_ == texts_.size()) texts_.emplace_back();
  std::string& out = texts_[used_++];
  out.clear();
  return out;
}

// What the largest listeners need is given back.
void InboundBuilder::Heads::clear() {
  constexpr size_t kMost = 64;
  constexpr size_t kLargest = 1 << 12;
  used_ = 0;
  if (texts_.size() > kMost) texts_.resize(kMost);
  std::erase_if(texts_, [](const std::string& text) { return text.capacity() > kLargest; });
}

// What the services that select the workload say; of several with one target port the first.
std::vector<InboundPort> InboundBuilder::service_ports() const {
  std::vector<InboundPort> out;
  out.reserve(context_.view.targets.size());
  for (const model::ServiceTarget& target : context_.view.targets) {
    // Reached only with interception: without it these ports are the application's own.
    if (!context_.can_bind(false, context_.wildcard, target.target_port,
                           model::is_http(target.port.protocol), true)) {
      continue;
    }
    InboundPort* const fresh = add_port(out, target.target_port);
    if (fresh == nullptr) continue;
    InboundPort& port = *fresh;
    port.cluster = model::inbound_cluster_name(target.target_port);
    port.host = target.service->hostname;
    if (target.service->registry == model::Registry::kKubernetes) {
      port.service_name = target.service->name;
      port.service_ns = target.service->ns;
    }
    port.service_port = target.port.number;
    port.port_name = target.port.name;
    port.protocol = target.port.protocol;
    port.bind = context_.wildcard;
  }
  return out;
}

std::vector<InboundPort> InboundBuilder::ingress_ports() const {
  const traffic::Scope& scope = *context_.view.scope;
  std::vector<InboundPort> out;
  for (const networking::IstioIngressListener& ingress : scope.sidecar->ingress) {
    if (!ingress.port) continue;
    const uint32_t number = ingress.port->number;
    const model::Protocol protocol = model::parse_protocol(ingress.port->protocol);
    const bool to_port = binds_to_port(ingress.capture_mode, context_);
    if (!context_.can_bind(to_port, ingress.bind, number, model::is_http(protocol), false)) {
      continue;
    }
    InboundPort* const fresh = add_port(out, number);
    if (fresh == nullptr) continue;
    InboundPort& port = *fresh;
    port.cluster = model::inbound_cluster_name(number);
    port.host = scope.name + "." + scope.ns;
    port.service_port = number;
    port.port_name = ingress.port->name;
    port.protocol = protocol;
    port.bind_to_port = to_port;
    port.of_sidecar = true;
    port.bind = ingress.bind;
    if (!port.bind.empty()) continue;
    const auto& own = context_.proxy.ip_addresses;
    const auto reachable = std::find_if(own.begin(), own.end(), [](const std::string& address) {
      return is_global_unicast(address);
    });
    if (reachable != own.end()) {
      port.bind = *reachable;
    } else {
      port.bind = context_.wildcard;
      port.extra_binds = context_.more_wildcards();
    }
  }
  return out;
}

std::vector<InboundPort> InboundBuilder::ports() const {
  if (context_.view.scope->has_ingress()) return ingress_ports();
  // The application listens on its ports itself: only Sidecar.ingress says what else to bind.
  if (!context_.intercepts()) return {};
  return service_ports();
}

// Ports that PeerAuthentication speaks of and nothing else does.
std::vector<uint32_t> InboundBuilder::passthrough_ports() const {
  const traffic::Scope& scope = *context_.view.scope;
  const auto served = [&](uint32_t port) {
    if (scope.has_ingress()) {
      return std::any_of(scope.sidecar->ingress.begin(), scope.sidecar->ingress.end(),
                         [&](const auto& i) { return i.port && i.port->number == port; });
    }
    const auto& targets = context_.view.targets;
    return std::any_of(targets.begin(), targets.end(),
                       [&](const auto& target) { return target.target_port == port; });
  };
  std::vector<uint32_t> out;
  for (const auto& [port, mode] : authn_.per_port) {
    if (!served(port)) out.push_back(port);
  }
  return out;
}

void InboundBuilder::put_listener_filters(std::string& out, ChainSet& chains,
                                          bool bind_to_port) const {
  if (!bind_to_port) {
    out.append(listener_filters::original_destination());
    if (context_.proxy.interception == model::Interception::kTproxy) {
      out.append(listener_filters::original_source());
    }
  }
  std::vector<Inspection>& all = chains.inspections;
  std::sort(all.begin(), all.end(),
            [](const Inspection& a, const Inspection& b) { return a.port < b.port; });
  const auto any = [&](bool Inspection::* wants) {
    return std::any_of(all.begin(), all.end(), [&](const Inspection& i) { return i.*wants; });
  };
  if (any(&Inspection::tls)) {
    // Port 0 stands for all ports that no chain names.
    const bool by_default = !all.empty() && all.front().port == 0 && all.front().tls;
    std::vector<uint32_t> exceptions;
    for (const Inspection& i : all) {
      if (i.port != 0 && i.tls != by_default) exceptions.push_back(i.port);
    }
    put_inspector(out, listener_filters::tls_inspector_message(), listener_filters::tls_inspector(),
                  exceptions, by_default ? Disabled::kOnPorts : Disabled::kOnOtherPorts);
  }
  if (any(&Inspection::http)) {
    std::vector<uint32_t> without;
    for (const Inspection& i : all) {
      if (!i.http) without.push_back(i.port);
    }
    put_inspector(out, listener_filters::http_inspector_message(),
                  listener_filters::http_inspector(), without, Disabled::kOnPorts);
  }
}

void InboundBuilder::write_listener(std::string_view name, const InboundPort& at, ChainSet& chains,
                                    Resources& out) const {
  std::string& bytes = chains.parts.own();
  Listener message(bytes);
  message.name(name);
  message.address(
      [&](envoy::core::Address address) { write_address(address, at.bind, at.target_port); });
  put_additional_addresses(message, at.extra_binds, at.target_port);
  message.traffic_direction(envoy::core::TrafficDirection::INBOUND);
  message.continue_on_listener_filters_timeout(true);
  message.max_connections_to_accept_per_socket_event(1u);
  if (context_.exact_balance) {
    message.connection_balance_config([](auto& balance) { balance.exact_balance(); });
  }
  if (!at.bind_to_port && context_.proxy.interception == model::Interception::kTproxy) {
    message.transparent(true);
  }
  message.append_raw(context_.listener_access_log);
  put_listener_filters(bytes, chains, at.bind_to_port);
  if (context_.config.protocol_detection_timeout) {
    message.listener_filters_timeout(*context_.config.protocol_detection_timeout);
  }
  out.push_back(make_resource(Type::kListener, name, chains.parts));
}

void InboundBuilder::write(Resources& out) {
  thread_local ChainSet virtual_chains;  // keeps its memory
  virtual_chains.clear();
  if (context_.intercepts()) {
    add_black_hole(virtual_chains);
    add_passthrough(virtual_chains, 0);
    for (uint32_t port : passthrough_ports()) add_passthrough(virtual_chains, port);
  }
  Resources custom;
  for (const InboundPort& port : ports()) {
    if (!port.bind_to_port) {
      add_chains(virtual_chains, port);
      continue;
    }
    ChainSet chains;
    add_chains(chains, port);
    write_listener(port.chain_name(), port, chains, custom);
  }
  if (context_.intercepts()) {
    InboundPort at;
    at.bind = context_.wildcard;
    at.extra_binds = context_.more_wildcards();
    at.target_port = context_.inbound_port();
    write_listener(kVirtualInbound, at, virtual_chains, out);
  }
  out.insert(out.end(), custom.begin(), custom.end());
}

void inbound_listeners(const traffic::ProxyView& view, Resources& out) {
  const size_t first = out.size();
  const ListenerContext context(view, ListenerClass::kInbound);
  if (context.config.proxy_listen_port > 0) InboundBuilder(context).write(out);
  envoyfilter::patch_inbound_listeners(view, first, out);
}

}  // namespace mesh::xds
