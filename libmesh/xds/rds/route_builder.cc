#include "libmesh/xds/rds/route_builder.h"

#include <algorithm>
#include <optional>

#include "libmesh/model/ingress/ingress.h"
#include "libmesh/traffic/features.h"
#include "libmesh/xds/common.h"
#include "libmesh/xds/rds/proxy_headers.h"
#include "libmesh/xds/rds/route_parts.h"
#include "libmesh/xds/stateful_session.h"

namespace mesh::xds {
namespace {

namespace er = envoy::route;
using networking::HTTPMatchRequest;
using networking::HTTPRoute;
using networking::HTTPRouteDestination;

constexpr schema::Duration kNoTimeout{};

// Texts that are put together for one route, kept so that a route costs no allocation.
struct Scratch {
  std::string metadata;      // a field of every route of the rule: its path
  std::string body;          // fields of the route that do not depend on the match
  std::string operation;     // names the route in traces, but for the path
  std::string text;          // a name at hand
  bool of_listener = false;  // see BuiltRoutes
  // The last host that a route of the rule leads to, and what it means: most lead to the same one.
  const std::string* host = nullptr;
  const model::Service* service = nullptr;

  void start_rule(const traffic::VirtualService& rule) {
    host = nullptr;
    put_config_path("virtual-service", rule.ns(), rule.name(), text);
    metadata.clear();
    er::Route(metadata).metadata([&](envoy::core::Metadata m) {
      m.filter_metadata(kIstioMetadata, [&](auto s) { s.string("config", text); });
    });
  }
};

// A match may name source labels, a source namespace, or gateways instead of them.
bool applies_here(const RouteContext& context, const HTTPMatchRequest& match, Scratch& scratch) {
  if (match.port != 0) {
    scratch.of_listener = true;
    if (match.port != context.port) return false;
  }
  if (!match.gateways.empty()) {
    return std::find(match.gateways.begin(), match.gateways.end(), context.gateway) !=
           match.gateways.end();
  }
  const model::Proxy& proxy = context.view.proxy;
  return labels_match(match.source_labels, proxy.labels) &&
         (match.source_namespace.empty() || match.source_namespace == proxy.ns);
}

// Writes the routes of one HTTPRoute: one for each match, which differ in little. So all else is written
// once (body) and copied.
class RouteWriter {
 public:
  RouteWriter(const RouteContext& context, const traffic::VirtualService& rule,
              const HTTPRoute& route, bool separated, Scratch& scratch)
      : context_(context), rule_(rule), route_(route), scratch_(scratch), separated_(separated) {
    write_body();
  }

  // True when the route matches every request.
  bool append(const HTTPMatchRequest* match, std::string& out) const {
    MatchSummary summary;
    er::VirtualHost(out).routes(wire::Wide{[&](er::Route route) {
      route.name(name_of(match));
      route.match([&](er::RouteMatch m) { summary = write_match(m, match, separated_); });
      if (match != nullptr) route.stat_prefix(match->stat_prefix);
      route.append_raw(scratch_.body);
      route.decorator([&](er::Decorator d) {
        std::string& operation = scratch_.text;
        operation.clear();
        const std::string_view host = scratch_.operation;
        const size_t size = host.size() + summary.path.size();
        char* const to = wire::extend(operation, size + (summary.any_rest ? 1 : 0));
        host.copy(to, host.size());
        summary.path.copy(to + host.size(), summary.path.size());
        if (summary.any_rest) to[size] = '*';
        d.operation(operation);
      });
    }});
    return summary.catch_all;
  }

 private:
  std::string_view name_of(const HTTPMatchRequest* match) const {
    if (match == nullptr || match->name.empty()) return route_.name;
    return scratch_.text.assign(route_.name).append(".").append(match->name);
  }

  void write_body() {
    scratch_.body.clear();
    scratch_.operation.clear();
    er::Route out(scratch_.body);
    out.append_raw(scratch_.metadata);
    if (route_.headers) write_headers(out, *route_.headers);
    write_action(out);
    if (scratch_.operation.empty()) {
      scratch_.operation.assign(rule_.name()).append(":");
      append_number(context_.port, scratch_.operation);
      scratch_.of_listener = true;
    }
    if (route_.fault) write_fault(out, *route_.fault);
    if (route_.cors_policy) write_cors(out, *route_.cors_policy);
    if (context_.sessions) write_session_of_destinations(out);
    if (context_.http3) write_alternative(out);
  }

  // Of the last destination, but of one that asks after another that does: the first of these two.
  void write_session_of_destinations(er::Route& out) const {
    if (route_.redirect || route_.direct_response) return;
    std::string session;
    for (const HTTPRouteDestination& to : route_.route) {
      const bool counts = to.destination && (to.weight != 0 || route_.route.size() == 1);
      if (!counts) continue;
      const model::Service* service = context_.service(rule_, to.destination->host);
      std::string own = service == nullptr ? std::string() : session_of(*service);
      if (!own.empty() && !session.empty()) break;
      session = std::move(own);
    }
    write_session(out, session);
  }

  // Browsers learn of HTTP/3 by this header; for a day.
  void write_alternative(er::Route& out) const {
    out.response_headers_to_add([&](envoy::core::HeaderValueOption option) {
      option.header([&](envoy::core::HeaderValue header) {
        header.key("alt-svc");
        header.value("h3=\":" + std::to_string(context_.port) + "\"; ma=86400");
      });
    });
  }

  void write_action(er::Route& out) {
    if (route_.redirect) {
      scratch_.of_listener = true;
      if (!is_supported_redirect(*route_.redirect)) return;
      out.redirect([&](er::RedirectAction a) {
        write_redirect(a, *route_.redirect, context_.port, context_.tls);
      });
      return;
    }
    if (route_.direct_response) {
      out.direct_response(
          [&](er::DirectResponseAction a) { write_direct_response(a, *route_.direct_response); });
      return;
    }
    const bool single = route_.route.size() == 1;
    if (single && route_.route[0].headers) write_headers(out, *route_.route[0].headers);
    out.route(wire::Wide{[&](er::RouteAction action) {
      write_rewrite(action, single);
      write_timeout(action);
      write_mirrors(action);
      bool hashed = false;
      if (single) {
        hashed = write_destination(action, route_.route[0]);
      } else {
        write_weighted(action);
      }
      write_retries(action, hashed);
    }});
  }

  void write_timeout(er::RouteAction& action) {
    schema::Duration timeout = route_.timeout ? *route_.timeout : kNoTimeout;
    action.timeout(timeout);
    // Without it gRPC's own timeout header would not count.
    action.max_grpc_timeout(timeout);
  }

  void write_rewrite(er::RouteAction& action, bool single) {
    if (!route_.rewrite && !route_.headers && !(single && route_.route[0].headers)) return;
    std::string_view authority;
    if (route_.headers) authority = authority_of(*route_.headers);
    if (route_.rewrite) {
      const networking::HTTPRewrite& rewrite = *route_.rewrite;
      action.append_x_forwarded_host(appends_forwarded_host(context_.view));
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

  const model::Service* service_of(const std::string& host) {
    if (scratch_.host == nullptr || *scratch_.host != host) {
      scratch_.host = &host;
      scratch_.service = context_.service(rule_, host);
    }
    return scratch_.service;
  }

  // The name stands in the scratch text, until the next one is put together.
  ClusterParts put_cluster(const networking::Destination& destination) {
    scratch_.text.clear();
    const model::Service* service = service_of(destination.host);
    if (!destination.port && (service == nullptr || service->ports.size() != 1)) {
      scratch_.of_listener = true;
    }
    return append_destination_cluster(destination, service, context_.port, scratch_.text);
  }
  std::string_view cluster_of(const networking::Destination& destination) {
    put_cluster(destination);
    return scratch_.text;
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

  // True when requests are spread by a hash. The destination names the route in traces.
  bool write_destination(er::RouteAction& action, const HTTPRouteDestination& to) {
    static const networking::Destination kNowhere;
    const networking::Destination& destination = to.destination ? *to.destination : kNowhere;
    const ClusterParts parts = put_cluster(destination);
    action.cluster(scratch_.text);
    if (!parts.host.empty()) {
      scratch_.operation.clear();
      append_texts(scratch_.operation, parts.host, ":", parts.port);
    }
    const auto* hash = hash_of(context_.view, destination);
    if (hash != nullptr) write_hash_policy(action, *hash);
    return hash != nullptr;
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
          const std::string_view authority = authority_of(*to.headers);
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
  Scratch& scratch_;
  const bool separated_;
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

void append_host_port(std::string_view host, std::string_view port, std::string& out) {
  if (host.find(':') != std::string_view::npos && host.front() != '[') {
    append_texts(out, "[", host, "]:", port);
  } else {
    append_texts(out, host, ":", port);
  }
}

std::string host_port(std::string_view host, uint32_t port) {
  std::string out;
  out.reserve(host.size() + sizeof("[]:4294967295"));
  append_host_port(host, Digits(port).text(), out);
  return out;
}

ClusterParts append_destination_cluster(const networking::Destination& destination,
                                        const model::Service* service, uint32_t port,
                                        std::string& out) {
  if (destination.host.empty()) {
    out.append("UnknownService");
    return {};
  }
  std::string_view host = destination.host;
  if (service != nullptr && !service->external_name.empty()) host = service->external_name;
  if (destination.port) {
    port = destination.port->number;
  } else if (service != nullptr && service->ports.size() == 1) {
    port = service->ports.front().number;
  }
  constexpr char kDirection[] = "outbound|";
  const Digits digits(port);
  const size_t start = out.size();
  append_texts(out, kDirection, digits.text(), "|", destination.subset, "|", host);
  const std::string_view name = std::string_view(out).substr(start);
  return {name.substr(sizeof(kDirection) - 1, digits.text().size()),
          name.substr(name.size() - host.size())};
}

std::string destination_cluster(const networking::Destination& destination,
                                const model::Service* service, uint32_t port) {
  std::string out;
  append_destination_cluster(destination, service, port, out);
  return out;
}

const Hash* hash_of(const traffic::ProxyView& view, const networking::Destination& destination) {
  if (view.scope->destination_rules.empty()) return nullptr;
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

RouteContext::RouteContext(const traffic::ProxyView& v, FindService find)
    : view(v),
      service(std::move(find)),
      sessions(traffic::features_of(v.mesh().config).persistent_sessions) {
  const networking::HTTPRetry* policy = view.mesh().config->default_http_retry_policy.get();
  default_retry = retry_policy(policy, false);
  default_retry_hashed = retry_policy(policy, true);
}

BuiltRoutes append_routes(const RouteContext& context, const traffic::VirtualService& rule,
                          std::string& out) {
  thread_local Scratch scratch;
  BuiltRoutes built{out.size(), out.size(), out.size()};
  scratch.of_listener = context.http3;
  // False after the route that matches everything.
  auto append = [&](const RouteWriter& writer, const HTTPMatchRequest* match) {
    const size_t start = out.size();
    const bool catch_all = writer.append(match, out);
    built.end = out.size();
    built.catch_all = catch_all ? start : built.end;
    return !catch_all;
  };
  scratch.start_rule(rule);
  const bool separated = model::has_ingress_semantics(*rule.object);
  const auto append_all = [&] {
    for (const HTTPRoute& route : rule.spec->http) {
      std::optional<RouteWriter> writer;  // made for the first match that counts here
      if (route.match.empty()) {
        append(writer.emplace(context, rule, route, separated, scratch), nullptr);
        return;
      }
      for (const HTTPMatchRequest& match : route.match) {
        if (!applies_here(context, match, scratch)) continue;
        if (!writer) writer.emplace(context, rule, route, separated, scratch);
        if (!append(*writer, &match)) return;
      }
    }
  };
  append_all();
  built.of_listener = scratch.of_listener;
  return built;
}

}  // namespace mesh::xds
