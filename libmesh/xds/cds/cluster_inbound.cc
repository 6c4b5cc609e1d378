// Inbound clusters: from the proxy to its own workload.
//
// One for each workload port that a service leads to, or one for each ingress listener of the
// Sidecar. Without interception (captureMode NONE) the first form is left out: proxy and workload
// would listen on the same port. Follows buildInboundClusters (core/cluster.go) and
// buildInboundCluster (core/cluster_builder.go) in Istio.
#include <algorithm>
#include <charconv>
#include <set>
#include <tuple>

#include "libmesh/base/net.h"
#include "libmesh/model/istiod_variables.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/endpoint.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/xds/cds/cluster_builder.h"
#include "libmesh/xds/cds/cluster_metadata.h"
#include "libmesh/xds/cds/cluster_special.h"
#include "libmesh/xds/common.h"
#include "libmesh/xds/envoyfilter/apply.h"
#include "libmesh/xds/generate.h"

namespace mesh::xds {
namespace {

namespace cluster = envoy::cluster;

// "The greatest duration": a cluster of ORIGINAL_DST would otherwise forget its only host.
constexpr schema::Duration kNever{9223372035, 0};

bool is_localhost(std::string_view bind) { return bind == "127.0.0.1" || bind == "::1"; }

std::string first_of(const model::Proxy& proxy, AddressFamily family, std::string_view fallback) {
  for (const auto& ip : proxy.ip_addresses) {
    if (address_family(ip) == family) return ip;
  }
  return std::string(fallback);
}

struct DefaultEndpoint {
  std::string bind;  // empty: where the connection was made to
  uint32_t port = 0;
};

// The proxy's own loopback address, of the family asked for when it has both.
std::string loopback(const model::Proxy& proxy, AddressFamily family) {
  const bool both = proxy.supports_ipv4() && proxy.supports_ipv6();
  if (both) return family == AddressFamily::kIpv4 ? "127.0.0.1" : "::1";
  return std::string(proxy.localhost_address());
}

// defaultEndpoint of an ingress listener: "127.0.0.1:p" and "[::1]:p" loopback, "0.0.0.0:p" and
// "[::]:p" the proxy's own address, "unix://…", or nothing. Nothing at all for what is none of it.
std::optional<DefaultEndpoint> default_endpoint(const model::Proxy& proxy,
                                                const std::string& text) {
  DefaultEndpoint out;
  if (text.empty()) return out;
  if (text.starts_with("unix://")) {
    out.bind = text;
    return out;
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string host = text.substr(0, colon);
  const char* end = text.data() + text.size();
  auto [last, error] = std::from_chars(text.data() + colon + 1, end, out.port);
  if (error != std::errc() || last != end) return std::nullopt;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "0.0.0.0") out.bind = first_of(proxy, AddressFamily::kIpv4, "127.0.0.1");
  if (host == "::") out.bind = first_of(proxy, AddressFamily::kIpv6, "::1");
  if (host == "127.0.0.1") out.bind = loopback(proxy, AddressFamily::kIpv4);
  if (host == "::1") out.bind = loopback(proxy, AddressFamily::kIpv6);
  return out;
}

// The service that leads to an ingress listener's port, or one made of the Sidecar's name.
model::ServicePtr service_of_ingress(const traffic::ProxyView& view, uint32_t port) {
  for (const auto& target : view.targets) {
    if (target.target_port == port) return target.service;
  }
  auto made = std::make_shared<model::Service>();
  made->hostname = view.scope->name + "." + view.scope->ns;
  made->name = view.scope->name;
  made->ns = view.scope->ns;
  made->mesh_external = true;  // no metadata: it is no service
  return made;
}

void add_ingress(const traffic::ProxyView& view, ClusterBuilder& builder, Resources& out) {
  std::set<uint32_t> seen;
  for (const auto& listener : view.scope->sidecar->ingress) {
    if (!listener.port) continue;
    const auto endpoint = default_endpoint(view.proxy, listener.default_endpoint);
    if (!endpoint || !seen.insert(listener.port->number).second) continue;
    model::ServiceTarget target;
    target.service = service_of_ingress(view, listener.port->number);
    target.port.number = listener.port->number;
    target.port.name = listener.port->name;
    target.port.protocol = model::parse_protocol(listener.port->protocol);
    target.target_port = endpoint->port;
    const model::ServiceTarget* only = &target;
    builder.add_inbound(listener.port->number, endpoint->bind, endpoint->port, {&only, 1}, out);
  }
}

void add_targets(const traffic::ProxyView& view, ClusterBuilder& builder, Resources& out) {
  using Mode = meshconfig::MeshConfig_InboundTrafficPolicy_Mode;
  const auto& policy = view.mesh().config->inbound_traffic_policy;
  const bool passthrough = !policy || policy->mode == Mode::PASSTHROUGH;
  const std::string_view bind = passthrough ? "" : view.proxy.localhost_address();
  std::vector<const model::ServiceTarget*> targets;
  targets.reserve(view.targets.size());
  for (const auto& target : view.targets) targets.push_back(&target);
  std::sort(targets.begin(), targets.end(), [](const auto* a, const auto* b) {
    return std::tie(a->target_port, a) < std::tie(b->target_port, b);  // those of a port in order
  });
  for (auto at = targets.begin(); at != targets.end();) {
    const uint32_t port = (*at)->target_port;
    const auto end = std::find_if(at, targets.end(),
                                  [&](const auto* target) { return target->target_port != port; });
    builder.add_inbound(port, bind, port, {at, end}, out);
    at = end;
  }
}

}  // namespace

void ClusterBuilder::add_inbound(uint32_t port, std::string_view bind, uint32_t bind_port,
                                 PortTargets targets, Resources& out) {
  const traffic::ProxyView& view = context_.view;
  const model::ServiceTarget& first = *targets[0];
  const model::Service& service = *first.service;
  auto rule = view.scope->destination_rule(view.proxy.labels, service.hostname, false);
  const networking::TrafficPolicy* stated = rule ? rule->spec->traffic_policy.get() : nullptr;
  PolicyParts policy = port_policy(stated, first.port.number);
  add_mesh_defaults(policy, context_.config);
  if (const auto* pool = view.scope->inbound_connection_pool(port)) policy.connection_pool = pool;

  ClusterSettings settings;
  settings.direction = ClusterSettings::Direction::kInbound;
  settings.type = bind.empty() ? DiscoveryType::ORIGINAL_DST : DiscoveryType::STATIC;
  settings.connection_pool = policy.connection_pool;
  settings.retry_budget = policy.retry_budget;
  settings.http = http_of(context_, first.port.protocol);
  if (policy.connection_pool != nullptr && policy.connection_pool->http &&
      policy.connection_pool->http->use_client_protocol) {
    settings.http = follow_client(settings.http);
  }

  // As model::inbound_cluster_name.
  name_.clear();
  append_texts(name_, "inbound|", Digits(port).text(), "||;");
  const std::string_view name = std::string_view(name_).substr(0, name_.size() - 1);
  bytes_.clear();
  cluster::Cluster c(bytes_);
  c.name(name);
  const std::string& pattern = context_.config.inbound_cluster_stat_name;
  if (pattern.empty()) {
    c.alt_stat_name(name_);
  } else {
    c.alt_stat_name(stat_name(pattern, service, first.port, "", port) + ";");
  }
  if (bind.empty()) {
    c.cleanup_interval(kNever);
    write_port_override(service, first.port.number, c);
  } else {
    c.load_assignment([&](auto& assignment) {
      assignment.cluster_name(name);
      assignment.endpoints([&](auto& locality) {
        locality.lb_endpoints([&](auto& e) {
          e.endpoint([&](auto& host) {
            host.address([&](auto& address) { write_address(address, bind, bind_port); });
          });
        });
      });
    });
  }
  c.append_raw(settings_bytes(settings));
  write_target_metadata(targets, stated != nullptr ? rule.get() : nullptr, c);
  if (!is_localhost(bind)) c.append_raw(own_source());
  finish(name, out);
}

// What the proxy sends to its own workload must not be captured and sent back to it.
std::string_view ClusterBuilder::own_source() {
  const model::Proxy& proxy = context_.view.proxy;
  if (own_source_.empty()) {
    own_source_ = source_fields(proxy.supports_ipv4(),
                                model::uses_dual_stack(context_.config) && proxy.supports_ipv6());
  }
  return own_source_;
}

void inbound_clusters(const traffic::ProxyView& view, Resources& out) {
  if (view.proxy.type != model::ProxyType::kSidecar) return;
  const size_t first = out.size();
  ClusterBuilder builder(view);
  if (view.scope->has_ingress()) {
    add_ingress(view, builder, out);
  } else if (view.proxy.interception != model::Interception::kNone) {
    add_targets(view, builder, out);
  }
  builder.add_inbound_passthrough(out);
  envoyfilter::patch_inbound_clusters(view, first, out);
}

}  // namespace mesh::xds
