#include "libmesh/xds/lds/filter_chain.h"

#include "libmesh/schema/gen/envoy/accesslog.h"
#include "libmesh/schema/gen/envoy/cluster.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/dynamic_forward_proxy_cache.h"
#include "libmesh/schema/gen/envoy/listener.h"
#include "libmesh/schema/gen/envoy/mongo_proxy.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/sni_dynamic_forward_proxy.h"
#include "libmesh/schema/gen/envoy/tcp_proxy.h"
#include "libmesh/schema/gen/envoy/type.h"
#include "libmesh/xds/common.h"
#include "libmesh/xds/dns_family.h"
#include "libmesh/xds/lds/filters.h"
#include "libmesh/xds/lds/hcm.h"
#include "libmesh/xds/rds/route_builder.h"

namespace mesh::xds {
namespace {

using envoy::listener::Filter;
using envoy::listener::FilterChain;
using envoy::tcp_proxy::TcpProxy;

const networking::ConnectionPoolSettings_TCPSettings* tcp_settings(
    const networking::DestinationRule* rule) {
  if (rule == nullptr || !rule->traffic_policy || !rule->traffic_policy->connection_pool) {
    return nullptr;
  }
  return rule->traffic_policy->connection_pool->tcp.get();
}

const networking::Subset* find_subset(const networking::DestinationRule& rule,
                                      std::string_view name) {
  for (const networking::Subset& subset : rule.subsets) {
    if (subset.name == name) return &subset;
  }
  return nullptr;
}

bool hashes_source_ip(const networking::TrafficPolicy& policy) {
  return policy.load_balancer && policy.load_balancer->consistent_hash &&
         policy.load_balancer->consistent_hash->use_source_ip.value_or(false);
}

// A subset's load balancer, whatever it says, counts before the rule's (maybeSetHashPolicy).
bool hashes_source_ip(const networking::DestinationRule& rule, std::string_view subset_name) {
  const networking::Subset* subset = find_subset(rule, subset_name);
  if (subset != nullptr && subset->traffic_policy && subset->traffic_policy->load_balancer) {
    return hashes_source_ip(*subset->traffic_policy);
  }
  return rule.traffic_policy && hashes_source_ip(*rule.traffic_policy);
}

const networking::TrafficPolicy_TunnelSettings* tunnel_of(const networking::DestinationRule& rule,
                                                          std::string_view subset_name) {
  const schema::Box<networking::TrafficPolicy>* policy = &rule.traffic_policy;
  if (!subset_name.empty()) {
    const networking::Subset* subset = find_subset(rule, subset_name);
    if (subset == nullptr) return nullptr;
    policy = &subset->traffic_policy;
  }
  return *policy ? (*policy)->tunnel.get() : nullptr;
}

// What a TCP proxy takes from the DestinationRule, and the access logs.
void put_tcp_policy(TcpProxy& tcp, const ListenerContext& context,
                    const networking::DestinationRule* rule, std::string_view subset,
                    bool with_tunnel) {
  const auto* settings = tcp_settings(rule);
  if (settings != nullptr && settings->idle_timeout) {
    tcp.idle_timeout(*settings->idle_timeout);
  } else if (context.idle_timeout) {
    tcp.idle_timeout(*context.idle_timeout);
  }
  if (settings != nullptr && settings->max_connection_duration) {
    tcp.max_downstream_connection_duration(*settings->max_connection_duration);
  }
  if (rule != nullptr && hashes_source_ip(*rule, subset)) {
    tcp.hash_policy([](envoy::type::HashPolicy hash) { hash.source_ip(); });
  }
  const auto* tunnel = rule != nullptr && with_tunnel ? tunnel_of(*rule, subset) : nullptr;
  if (tunnel != nullptr) {
    tcp.tunneling_config([&](auto& config) {
      config.hostname(host_port(tunnel->target_host, tunnel->target_port));
      config.use_post(tunnel->protocol == "POST");
    });
  }
  for (const std::string& log : context.tcp_access_logs) tcp.access_log(envoy::Raw{log});
}

template <typename F>
void append_tcp_proxy(std::string& out, F&& fill) {
  FilterChain(out).filters(wire::Wide{[&](Filter filter) {
    filter.name("envoy.filters.network.tcp_proxy");
    filter.typed_config<TcpProxy>(fill);
  }});
}

// What comes before the TCP proxy.
void append_leading_filters(const ListenerContext& context, bool metadata_exchange,
                            const SecurityFilters* security, const PhaseFilters& extensions,
                            std::string& out) {
  if (metadata_exchange && context.istio) out.append(network_filters::metadata_exchange());
  if (security != nullptr) out.append(security->tcp_custom);
  out.append(extensions.authn).append(extensions.authz);
  if (security != nullptr) out.append(security->tcp_rbac);
  out.append(extensions.rest);
  out.append(context.tcp_metrics);
}

void append_mongo(std::string_view stat_prefix, std::string& out) {
  FilterChain(out).filters([&](Filter filter) {
    filter.name("envoy.filters.network.mongo_proxy");
    filter.typed_config<envoy::mongo_proxy::MongoProxy>(
        [&](auto& mongo) { mongo.stat_prefix(stat_prefix); });
  });
}

void append_sni_forward_proxy(const traffic::ProxyView& view, std::string_view host, uint32_t port,
                              std::string& out) {
  FilterChain(out).filters([&](Filter filter) {
    filter.name("envoy.extensions.filters.network.sni_dynamic_forward_proxy");
    filter.typed_config<envoy::sni_dynamic_forward_proxy::FilterConfig>([&](auto& config) {
      config.dns_cache_config([&](envoy::dynamic_forward_proxy_cache::DnsCacheConfig cache) {
        cache.name(dns_cache_name(host));
        cache.dns_lookup_family(dns_family(view));
      });
      config.port_value(port);
    });
  });
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

void append_weighted_route(const ListenerContext& context, const TcpRouteSource& source,
                           const networking::DestinationRule* rule, std::string& out) {
  const std::string stat_prefix = source.rule->name() + "." + source.rule->ns();
  append_leading_filters(context, source.metadata_exchange, &context.security,
                         context.extensions.of_port(source.port).network, out);
  if (source.protocol == model::Protocol::kMongo) append_mongo(stat_prefix, out);
  append_tcp_proxy(out, [&](TcpProxy tcp) {
    tcp.stat_prefix(stat_prefix);
    tcp.weighted_clusters([&](auto& weighted) {
      for (const networking::RouteDestination& route : *source.routes) {
        if (route.weight <= 0 || !route.destination) continue;
        const auto service = context.view.scope->service(route.destination->host);
        weighted.clusters([&](auto& cluster) {
          cluster.name(destination_cluster(*route.destination, service.get(), source.port));
          cluster.weight(static_cast<uint32_t>(route.weight));
        });
      }
    });
    put_tcp_policy(tcp, context, rule, "", true);
  });
}

}  // namespace

void append_leading_filters(const ListenerContext& context, const TcpTarget& target,
                            std::string& out) {
  static const PhaseFilters kNone;
  const SecurityFilters* security =
      target.security != nullptr ? target.security : &context.security;
  append_leading_filters(
      context, target.metadata_exchange, target.authorize ? security : nullptr,
      target.extensions ? context.extensions.of_port(target.port).network : kNone, out);
}

void append_proxy_filters(const ListenerContext& context, const TcpTarget& target,
                          std::string& out) {
  if (!target.sni_forward_proxy.empty()) {
    append_sni_forward_proxy(context.view, target.sni_forward_proxy, target.sni_port, out);
  }
  if (target.protocol == model::Protocol::kMongo) append_mongo(target.stat_prefix, out);
  append_tcp_proxy(out, [&](TcpProxy tcp) {
    tcp.stat_prefix(target.stat_prefix);
    tcp.cluster(target.cluster);
    put_tcp_policy(tcp, context, target.rule, target.subset, target.tunnel);
  });
}

void append_tcp_filters(const ListenerContext& context, const TcpTarget& target, std::string& out) {
  append_leading_filters(context, target, out);
  append_proxy_filters(context, target, out);
}

std::string catch_all_cluster(const traffic::ProxyView& view) {
  switch (view.scope->outbound_mode) {
    case traffic::OutboundMode::kRegistryOnly:
      return std::string(kBlackHoleCluster);
    case traffic::OutboundMode::kAllowAny:
    case traffic::OutboundMode::kAllowAnyDynamicDns:
      break;
  }
  if (view.scope->egress_proxy == nullptr) return std::string(kPassthroughCluster);
  return destination_cluster(*view.scope->egress_proxy, nullptr, 0);
}

void append_catch_all_filters(const ListenerContext& context, std::string& out) {
  const std::string cluster = catch_all_cluster(context.view);
  TcpTarget target;
  target.stat_prefix = cluster;
  target.cluster = cluster;
  target.extensions = false;
  append_tcp_filters(context, target, out);
}

void append_route_filters(const ListenerContext& context, const TcpRouteSource& source,
                          std::string& out) {
  static const networking::Destination kNone;
  const networking::RouteDestination& first = source.routes->front();
  const networking::Destination& destination = first.destination ? *first.destination : kNone;
  const traffic::Scope& scope = *context.view.scope;
  const auto service = scope.service(destination.host);
  traffic::DestinationRulePtr rule;
  if (service) rule = scope.destination_rule(context.proxy.labels, service->hostname);
  const networking::DestinationRule* spec = rule ? rule->spec.get() : nullptr;
  if (source.routes->size() > 1) {
    append_weighted_route(context, source, spec, out);
    return;
  }
  const std::string cluster = destination_cluster(destination, service.get(), source.port);
  std::string stat_prefix = cluster;
  if (!context.config.outbound_cluster_stat_name.empty() && service) {
    StatSubject subject =
        listener_stat_subject(*service, destination.subset, source.port, source.port_name);
    subject.host = destination.host;
    stat_prefix = listener_stat_name(context.config.outbound_cluster_stat_name, subject);
  }
  TcpTarget target;
  target.stat_prefix = stat_prefix;
  target.cluster = cluster;
  target.subset = destination.subset;
  target.rule = spec;
  target.protocol = source.protocol;
  target.metadata_exchange = source.metadata_exchange;
  target.port = source.port;
  append_tcp_filters(context, target, out);
}

std::string listener_stat_name(std::string_view pattern, const StatSubject& subject) {
  std::string out(pattern);
  const std::string_view host = subject.host;
  const std::string short_name = subject.name.empty()
                                     ? std::string(host)
                                     : std::string(subject.name).append(".").append(subject.ns);
  replace_all(out, "%SERVICE%", short_name);
  replace_all(out, "%SERVICE_NAME%", subject.name.empty() ? host : subject.name);
  replace_all(out, "%SERVICE_FQDN%", host);
  replace_all(out, "%SUBSET_NAME%", subject.subset);
  if (!subject.inbound) replace_all(out, "%TARGET_PORT%", "0");
  replace_all(out, "%SERVICE_PORT%", std::to_string(subject.port));
  replace_all(out, "%SERVICE_PORT_NAME%", subject.port_name);
  return out;
}

StatSubject listener_stat_subject(const model::Service& service, std::string_view subset,
                                  uint32_t port, std::string_view port_name) {
  StatSubject out;
  out.host = service.hostname;
  if (service.registry == model::Registry::kKubernetes) {
    out.name = service.name;
    out.ns = service.ns;
  }
  out.subset = subset;
  out.port = port;
  out.port_name = port_name;
  return out;
}

void put_config_metadata(envoy::core::Metadata& metadata, std::string_view kind,
                         std::string_view ns, std::string_view name) {
  metadata.filter_metadata(kIstioMetadata, [&](envoy::pb::Struct istio) {
    istio.string("config", config_path(kind, ns, name));
  });
}

}  // namespace mesh::xds
