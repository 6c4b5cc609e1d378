#include "libmesh/xds/lds/listeners_outbound.h"

#include <algorithm>

#include "libmesh/base/net.h"
#include "libmesh/model/endpoint_port.h"
#include "libmesh/traffic/addresses.h"
#include "libmesh/xds/envoyfilter/apply.h"
#include "libmesh/xds/generate.h"

namespace mesh::xds {
namespace {

constexpr std::string_view kUnixPrefix = "unix://";
constexpr std::string_view kNoIpv6Address = "::";

// IPv6 proxies cannot bind 0.0.0.0, and dual-stack ones need both.
bool is_unspecified(std::string_view address) { return address == traffic::kNoAddress; }

bool has_addresses_only(const model::Endpoint& endpoint) {
  return std::all_of(endpoint.addresses.begin(), endpoint.addresses.end(),
                     [](const std::string& address) { return is_ip_address(address); });
}

// One for the next builder of the thread.
OutboundMemory& kept_memory() {
  thread_local OutboundMemory kept;
  return kept;
}

}  // namespace

void OutboundMemory::clear() {
  text.clear();
  chains.clear();
  listeners.clear();
  slots.clear();
  matches.clear();
}

OutboundBuilder::OutboundBuilder(const ListenerContext& context)
    : memory_(std::move(kept_memory())),
      context_(context),
      scope_(*context.view.scope),
      wildcards_(wildcard_addresses(context.proxy)) {
  chains_.emplace_back();
  if (scope_.outbound_mode == traffic::OutboundMode::kAllowAnyDynamicDns) {
    allow_any_filter_ = allow_any_forward_proxy_filter(context.view);
  }
}

OutboundBuilder::~OutboundBuilder() {
  constexpr size_t kMostChains = 4096;
  constexpr size_t kMostText = 1 << 20;
  if (chains_.capacity() > kMostChains || text_.capacity() > kMostText) return;
  memory_.clear();
  kept_memory() = std::move(memory_);
}

OutboundBuilder::Shape OutboundBuilder::shape_of(model::Protocol protocol) {
  if (model::is_http(protocol)) return Shape::kHttp;
  if (model::is_tcp(protocol)) return Shape::kTcp;
  return protocol == model::Protocol::kUdp ? Shape::kNone : Shape::kSniffed;
}

void OutboundBuilder::collect() {
  for (const traffic::EgressListener& egress : scope_.egress_listeners) {
    use_rules(egress);
    OutboundBind bind;
    const networking::IstioEgressListener* declared = egress.listener;
    if (!context_.intercepts()) {
      bind.to_port = true;
    } else if (declared != nullptr) {
      bind.to_port = declared->capture_mode == networking::CaptureMode::NONE ||
                     declared->bind.starts_with(kUnixPrefix);
    }
    if (declared != nullptr && !declared->bind.empty()) {
      bind.address = declared->bind;
    } else if (bind.to_port) {
      bind_to_localhost(bind);
    }
    if (declared != nullptr && declared->port) {
      collect_port(egress, bind);
    } else {
      // What was declared with a port is complete: the catch-all adds nothing to it.
      for (OutboundListener& listener : listeners_) listener.locked = true;
      shared_http_port_ = 0;
      collect_services(egress, bind);
    }
  }
}

void OutboundBuilder::bind_to_localhost(OutboundBind& bind) const {
  bind.extra = localhost_addresses(context_.proxy);
  bind.address = bind.extra.front();
  bind.extra.erase(bind.extra.begin());
}

// Rules that only route HTTP have no part in listeners.
void OutboundBuilder::use_rules(const traffic::EgressListener& egress) {
  tcp_rules_.clear();
  for (const traffic::VirtualServicePtr& rule : egress.virtual_services) {
    if (!rule->spec->tcp.empty() || !rule->spec->tls.empty()) tcp_rules_.push_back(rule.get());
  }
}

void OutboundBuilder::collect_port(const traffic::EgressListener& egress,
                                   const OutboundBind& bind) {
  const networking::SidecarPort& declared = *egress.listener->port;
  const OutboundPort port{declared.number, declared.name, model::parse_protocol(declared.protocol)};
  if (!context_.can_bind(bind.to_port, bind.address, port.number, model::is_http(port.protocol),
                         true)) {
    return;
  }
  for (const model::ServicePtr& service : egress.services) add({service.get(), port, bind, {}});
}

void OutboundBuilder::collect_services(const traffic::EgressListener& egress,
                                       const OutboundBind& bind) {
  for (const model::ServicePtr& service : egress.services) {
    if (service->resolution == model::Resolution::kAlias) continue;
    for (const model::Port& port : service->ports) {
      if (port.number == shared_http_port_ && may_share(port, bind)) continue;
      collect_service_port(*service, port, bind);
    }
  }
}

bool OutboundBuilder::may_share(const model::Port& port, const OutboundBind& bind) {
  return model::is_http(port.protocol) && bind.address.empty() &&
         port.protocol != model::Protocol::kHttpProxy;
}

void OutboundBuilder::collect_service_port(const model::Service& service, const model::Port& port,
                                           const OutboundBind& bind) {
  const bool http = model::is_http(port.protocol);
  const bool shared = may_share(port, bind);
  if (!context_.can_bind(bind.to_port, bind.address, port.number, http, true)) return;
  Request request{&service, {port.number, port.name, port.protocol}, bind, {}};
  if (shared) {
    add(std::move(request));
    shared_http_port_ = port.number;
    return;
  }
  // A headless TCP port has no address to listen on: each pod gets its own listener.
  const bool headless = bind.address.empty() &&
                        service.resolution == model::Resolution::kPassthrough &&
                        (model::is_tcp(port.protocol) || model::is_unsupported(port.protocol)) &&
                        is_unspecified(traffic::address_for(service, context_.proxy));
  if (!headless) {
    add(std::move(request));
    return;
  }
  const auto found = instances(service, port);
  // A ServiceEntry that has no endpoints and selects none means wherever the client goes. For
  // others no endpoint means no traffic; a wildcard listener could then meet others when they
  // scale.
  if (found.empty() && service.registry != model::Registry::kKubernetes &&
      service.selector.empty()) {
    add(std::move(request));
    return;
  }
  collect_instances(request, found);
}

void OutboundBuilder::collect_instances(Request& request,
                                        const std::vector<const model::Endpoint*>& instances) {
  const auto& own = context_.proxy.ip_addresses;
  for (const model::Endpoint* instance : instances) {
    if (!has_addresses_only(*instance) || instance->addresses.empty()) continue;
    // Traffic of a pod to itself does not leave it.
    if (!own.empty() && instance->addresses.front() == own.front()) continue;
    Request one = request;
    one.bind.address = instance->addresses.front();
    one.bind.extra.assign(instance->addresses.begin() + 1, instance->addresses.end());
    add(std::move(one));
  }
}

std::vector<const model::Endpoint*> OutboundBuilder::instances(const model::Service& service,
                                                               const model::Port& port) const {
  std::vector<const model::Endpoint*> out;
  const model::EndpointSet* set = context_.view.mesh().endpoints_of(service);
  if (set == nullptr) return out;
  for (const model::EndpointPtr& endpoint : set->endpoints) {
    if (model::serves(*endpoint, service, port)) out.push_back(endpoint.get());
  }
  return out;
}

// Where a listener without a bind of its own listens.
void OutboundBuilder::resolve_bind(Request& request, Shape shape) {
  if (!request.bind.address.empty()) return;
  if (shape == Shape::kHttp) {
    request.bind.address = context_.wildcard;
    request.bind.extra.assign(wildcards_.begin() + 1, wildcards_.end());
    return;
  }
  const model::Service& service = *request.service;
  const model::Proxy& proxy = context_.proxy;
  std::string_view address = traffic::address_for(service, proxy);
  std::vector<std::string_view> extra;
  const bool dual_stack = context_.dual_stack;
  if (service.addresses.size() > 1 || !service.cluster_addresses.empty() || dual_stack) {
    traffic::for_each_address(service, proxy, dual_stack,
                              [&](const std::string& one) { extra.push_back(one); });
    if (!extra.empty()) extra.erase(extra.begin());
  }
  if (service.registry == model::Registry::kExternal && is_unspecified(address) &&
      wildcards_.back() == kNoIpv6Address) {
    if (wildcards_.size() == 1) {
      address = kNoIpv6Address;
    } else {
      extra.push_back(kNoIpv6Address);
    }
  }
  if (address.find('/') == std::string_view::npos) {
    request.bind.address = address;
    request.bind.extra = std::move(extra);
    return;
  }
  request.bind.address = context_.wildcard;
  request.bind.extra.assign(wildcards_.begin() + 1, wildcards_.end());
  request.cidrs.push_back(address);
  request.cidrs.insert(request.cidrs.end(), extra.begin(), extra.end());
}

void OutboundBuilder::add(Request request) {
  const Shape shape = shape_of(request.port.protocol);
  if (shape == Shape::kNone || request.service->resolution == model::Resolution::kAlias) return;
  resolve_bind(request, shape);
  OutboundListener* current = find(request.bind.address, request.port.number);
  if (current == nullptr) {
    const Chains chains = make_chains(request, shape);
    OutboundListener& listener = insert(request);
    listener.first_chain = chains.first;
    listener.last_chain = chains.last;
    // A shared HTTP listener passes what is not HTTP on, so it sniffs.
    const bool shared = shape == Shape::kHttp && request.bind.address == context_.wildcard &&
                        request.port.protocol != model::Protocol::kHttpProxy;
    if (shared) listener.protocol = model::Protocol::kUnsupported;
    return;
  }
  if (current->locked) return;
  const Meeting met = meeting(*current, request.port.protocol);
  if (met == Meeting::kNone) return;
  const Chains chains = make_chains(request, shape);
  switch (met) {
    case Meeting::kNone:
      break;
    case Meeting::kReplace:
      forget_chains(*current);
      current->port = request.port;
      current->bind = request.bind;
      current->protocol = request.port.protocol;
      current->first_chain = chains.first;
      current->last_chain = chains.last;
      break;
    case Meeting::kMergeSniffed:
      merge(*current, chains);
      current->protocol = model::Protocol::kUnsupported;
      break;
    case Meeting::kMerge:
      merge(*current, chains);
      break;
  }
}

void outbound_listeners(const traffic::ProxyView& view, Resources& out) {
  const size_t first = out.size();
  const ResourceBatch batch;
  const ListenerContext context(view, ListenerClass::kOutbound);
  if (context.config.proxy_listen_port > 0) {
    OutboundBuilder builder(context);
    builder.collect();
    builder.write(out);
    builder.write_http_proxy(out);
    builder.write_virtual(out);
  }
  envoyfilter::patch_outbound_listeners(view, first, out);
}

}  // namespace mesh::xds
