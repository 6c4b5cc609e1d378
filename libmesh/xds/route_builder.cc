#include "libmesh/xds/route_builder.h"

#include <algorithm>

#include "libmesh/xds/common.h"
#include "libmesh/xds/route_parts.h"

namespace mesh::xds {
namespace {

namespace er = envoy::route;
using networking::HTTPMatchRequest;
using networking::HTTPRoute;
using networking::HTTPRouteDestination;

constexpr schema::Duration kNoTimeout{};

// A match may name source labels, a source namespace, or gateways instead of them.
bool applies_here(const RouteContext& context, const HTTPMatchRequest& match) {
  if (match.port != 0 && match.port != context.port) return false;
  if (!match.gateways.empty()) {
    return std::find(match.gateways.begin(), match.gateways.end(), context.gateway) !=
           match.gateways.end();
  }
  const model::Proxy& proxy = context.view.proxy;
  return labels_match(match.source_labels, proxy.labels) &&
         (match.source_namespace.empty() || match.source_namespace == proxy.ns);
}

// Writes one route. Facts that several parts need are kept as members.
class RouteWriter {
 public:
  // config: the rule's path, as metadata shows it.
  RouteWriter(const RouteContext& context, const traffic::VirtualService& rule,
              const HTTPRoute& route, std::string_view config)
      : context_(context), rule_(rule), route_(route), config_(config) {}

  BuiltRoute write(const HTTPMatchRequest* match) {
    thread_local std::string scratch;  // grown once; a route's own text is then copied exactly
    scratch.clear();
    BuiltRoute built;
    er::Route out(scratch);
    out.name(match != nullptr && !match->name.empty() ? route_.name + "." + match->name
                                                      : route_.name);
    MatchSummary summary;
    out.match([&](er::RouteMatch m) { summary = write_match(m, match); });
    built.catch_all = summary.catch_all;
    write_metadata(out);
    if (match != nullptr) out.stat_prefix(match->stat_prefix);
    if (route_.headers) write_headers(out, *route_.headers);
    std::string single = write_action(out);
    out.decorator([&](er::Decorator d) {
      if (single.empty()) single = rule_.name() + ":" + std::to_string(context_.port);
      d.operation(single += summary.path);
    });
    if (route_.fault) write_fault(out, *route_.fault);
    if (route_.cors_policy) write_cors(out, *route_.cors_policy);
    built.bytes = scratch;
    return built;
  }

 private:
  void write_metadata(er::Route& out) {
    out.metadata([&](envoy::core::Metadata m) {
      m.filter_metadata(kIstioMetadata, [&](auto s) { s.string("config", config_); });
    });
  }

  // The "host:port" of the only destination, for traces; empty without one.
  std::string write_action(er::Route& out) {
    if (route_.redirect) {
      if (is_supported_redirect(*route_.redirect)) {
        out.redirect([&](er::RedirectAction a) {
          write_redirect(a, *route_.redirect, context_.port, context_.tls);
        });
      }
      return "";
    }
    if (route_.direct_response) {
      out.direct_response(
          [&](er::DirectResponseAction a) { write_direct_response(a, *route_.direct_response); });
      return "";
    }
    bool single = route_.route.size() == 1;
    if (single && route_.route[0].headers) write_headers(out, *route_.route[0].headers);
    std::string operation;
    out.route([&](er::RouteAction action) {
      write_rewrite(action, single);
      write_timeout(action);
      write_mirrors(action);
      bool hashed = false;
      if (single) {
        operation = write_destination(action, route_.route[0], hashed);
      } else {
        write_weighted(action);
      }
      write_retries(action, hashed);
    });
    return operation;
  }

  void write_timeout(er::RouteAction& action) {
    schema::Duration timeout = route_.timeout ? *route_.timeout : kNoTimeout;
    action.timeout(timeout);
    // Without it gRPC's own timeout header would not count.
    action.max_grpc_timeout(timeout);
  }

  void write_rewrite(er::RouteAction& action, bool single) {
    std::string authority = route_.headers ? authority_of(*route_.headers) : "";
    if (route_.rewrite) {
      const networking::HTTPRewrite& rewrite = *route_.rewrite;
      if (rewrite.uri_regex_rewrite) {
        action.regex_rewrite([&](envoy::matcher::RegexMatchAndSubstitute r) {
          r.pattern(
              [&](envoy::matcher::RegexMatcher m) { m.regex(rewrite.uri_regex_rewrite->match); });
          r.substitution(rewrite.uri_regex_rewrite->rewrite);
        });
      } else if (!rewrite.uri.empty()) {
        action.prefix_rewrite(rewrite.uri);
      }
      if (!rewrite.authority.empty()) authority = rewrite.authority;
    }
    // The route's own goes before that of its only destination.
    if (authority.empty() && single && route_.route[0].headers) {
      authority = authority_of(*route_.route[0].headers);
    }
    if (!authority.empty()) action.host_rewrite_literal(authority);
  }

  std::string cluster_of(const networking::Destination& destination) {
    return destination_cluster(destination, context_.service(destination.host), context_.port);
  }

  void write_mirrors(er::RouteAction& action) {
    if (route_.mirror) {
      write_mirror(action, cluster_of(*route_.mirror), route_.mirror_percentage.get(),
                   route_.mirror_percent ? &*route_.mirror_percent : nullptr);
    }
    for (const auto& mirror : route_.mirrors) {
      if (!mirror.destination) continue;
      write_mirror(action, cluster_of(*mirror.destination), mirror.percentage.get(), nullptr);
    }
  }

  std::string write_destination(er::RouteAction& action, const HTTPRouteDestination& to,
                                bool& hashed) {
    static const networking::Destination kNowhere;
    const networking::Destination& destination = to.destination ? *to.destination : kNowhere;
    std::string cluster = cluster_of(destination);
    action.cluster(cluster);
    if (const auto* hash = hash_of(context_.view, destination)) {
      write_hash_policy(action, *hash);
      hashed = true;
    }
    return operation_of(cluster);
  }

  // "outbound|80|v1|host" -> "host:80".
  static std::string operation_of(const std::string& cluster) {
    size_t first = cluster.find('|');
    size_t second = first == std::string::npos ? first : cluster.find('|', first + 1);
    size_t third = second == std::string::npos ? second : cluster.find('|', second + 1);
    std::string out;
    if (third == std::string::npos) return out;
    out.reserve(cluster.size() + 32);
    out.append(cluster, third + 1).append(":").append(cluster, first + 1, second - first - 1);
    return out;
  }

  void write_weighted(er::RouteAction& action) {
    action.weighted_clusters([&](er::WeightedCluster weighted) {
      for (const HTTPRouteDestination& to : route_.route) {
        if (to.weight == 0 || !to.destination) continue;
        weighted.clusters([&](er::WeightedCluster_ClusterWeight out) {
          out.name(cluster_of(*to.destination));
          out.weight(static_cast<uint32_t>(to.weight));
          if (!to.headers) return;
          write_headers(out, *to.headers);
          std::string authority = authority_of(*to.headers);
          if (!authority.empty()) out.host_rewrite_literal(authority);
        });
      }
    });
    for (const HTTPRouteDestination& to : route_.route) {
      if (to.weight == 0 || !to.destination) continue;
      if (const auto* hash = hash_of(context_.view, *to.destination)) {
        write_hash_policy(action, *hash);
      }
    }
  }

  void write_retries(er::RouteAction& action, bool hashed) {
    const networking::HTTPRetry* policy = route_.retries.get();
    if (policy == nullptr) {
      const std::string& bytes = hashed ? context_.default_retry_hashed : context_.default_retry;
      if (!bytes.empty()) action.retry_policy(wire::Raw{bytes});
      return;
    }
    std::string bytes = retry_policy(policy, hashed);
    if (!bytes.empty()) action.retry_policy(wire::Raw{bytes});
  }

  const RouteContext& context_;
  const traffic::VirtualService& rule_;
  const HTTPRoute& route_;
  const std::string_view config_;
};

using Hash = networking::LoadBalancerSettings_ConsistentHashLB;

const Hash* hash_of_policy(const networking::TrafficPolicy* policy) {
  if (policy == nullptr || !policy->load_balancer) return nullptr;
  return policy->load_balancer->consistent_hash.get();
}

const Hash* hash_at_port(const networking::TrafficPolicy* policy,
                         const networking::Destination& destination) {
  if (policy == nullptr || !destination.port) return nullptr;
  for (const auto& settings : policy->port_level_settings) {
    if (!settings.port || settings.port->number != destination.port->number) continue;
    return settings.load_balancer ? settings.load_balancer->consistent_hash.get() : nullptr;
  }
  return nullptr;
}

}  // namespace

std::string bracketed(std::string_view host) {
  if (host.find(':') == std::string_view::npos || host.front() == '[') return std::string(host);
  return "[" + std::string(host) + "]";
}

std::string host_port(std::string_view host, uint32_t port) {
  return bracketed(host) + ":" + std::to_string(port);
}

std::string destination_cluster(const networking::Destination& destination,
                                const model::Service* service, uint32_t port) {
  if (destination.host.empty()) return "UnknownService";
  std::string_view host = destination.host;
  if (service != nullptr && !service->external_name.empty()) host = service->external_name;
  if (destination.port) {
    port = destination.port->number;
  } else if (service != nullptr && service->ports.size() == 1) {
    port = service->ports.front().number;
  }
  return model::outbound_cluster_name(port, destination.subset, host);
}

const Hash* hash_of(const traffic::ProxyView& view, const networking::Destination& destination) {
  auto rule = view.scope->destination_rule(view.proxy.labels, destination.host);
  if (rule == nullptr) return nullptr;
  const networking::DestinationRule& spec = *rule->spec;
  for (const networking::Subset& subset : spec.subsets) {
    if (subset.name != destination.subset) continue;
    const networking::TrafficPolicy* policy = subset.traffic_policy.get();
    if (const Hash* hash = hash_at_port(policy, destination)) return hash;
    if (const Hash* hash = hash_of_policy(policy)) return hash;
    break;
  }
  const networking::TrafficPolicy* policy = spec.traffic_policy.get();
  if (const Hash* hash = hash_at_port(policy, destination)) return hash;
  return hash_of_policy(policy);
}

RouteContext route_context(const traffic::ProxyView& view, uint32_t port, bool tls,
                           std::string_view gateway,
                           std::function<const model::Service*(const std::string&)> service) {
  const networking::HTTPRetry* policy = view.mesh().config.default_http_retry_policy.get();
  return {view,
          port,
          tls,
          gateway,
          std::move(service),
          retry_policy(policy, false),
          retry_policy(policy, true)};
}

BuiltRoutes build_routes(const RouteContext& context, const traffic::VirtualService& rule) {
  BuiltRoutes out;
  out.reserve(rule.spec->http.size() * 2);
  const std::string config = config_path("virtual-service", rule.ns(), rule.name());
  for (const HTTPRoute& route : rule.spec->http) {
    RouteWriter writer(context, rule, route, config);
    if (route.match.empty()) {
      out.push_back(writer.write(nullptr));
      return out;
    }
    for (const HTTPMatchRequest& match : route.match) {
      if (!applies_here(context, match)) continue;
      out.push_back(writer.write(&match));
      if (out.back().catch_all) return out;
    }
  }
  return out;
}

}  // namespace mesh::xds
