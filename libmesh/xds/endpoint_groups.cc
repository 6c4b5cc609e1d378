#include "libmesh/xds/endpoint_groups.h"

#include <algorithm>
#include <array>

#include "libmesh/base/net.h"
#include "libmesh/model/network/cluster_local.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/xds/cluster_policy.h"
#include "libmesh/xds/common.h"
#include "libmesh/xds/endpoint_tunnel.h"
#include "libmesh/xds/split_horizon.h"

namespace mesh::xds {
namespace {

namespace core = envoy::core;
namespace endpoint = envoy::endpoint;
using model::Endpoint;
using model::Health;

constexpr std::string_view kDrainingLabel = "istio.io/draining";
const std::string& sticky_label() {
  static const std::string label = "istio.io/persistent-session";
  return label;
}

bool has_value(const Labels& labels, const std::string& key) {
  auto it = labels.find(key);
  return it != labels.end() && !it->second.empty();
}

bool is_draining(const Endpoint& endpoint) {
  static const std::string label(kDrainingLabel);
  return endpoint.health == Health::kDraining || has_value(endpoint.labels, label);
}

class Filter {
 public:
  explicit Filter(const EndpointQuery& query)
      : query_(query), proxy_(query.view.proxy), service_(query.service) {
    const auto* subset = find_subset(query.rule, query.subset);
    if (subset != nullptr && !subset->labels.empty()) labels_ = &subset->labels;
    const PolicyParts policy = endpoint_policy(query.rule, query.subset, query.port.number);
    // With a minimum of healthy endpoints Envoy's panic mode would use the unhealthy ones.
    unhealthy_ = service_.traffic_distribution != model::Service::TrafficDistribution::kAny ||
                 policy.outlier_detection == nullptr ||
                 policy.outlier_detection->min_health_percent <= 0;
    const index::Mesh& mesh = query.view.mesh();
    cluster_local_ = proxy_.cluster_id != mesh.cluster_id &&
                     model::is_cluster_local(mesh.config, mesh.cluster_domain, service_.hostname);
    sticky_ = has_value(service_.labels, sticky_label());
  }

  bool takes(const Endpoint& endpoint) const {
    if (endpoint.service_port_name != query_.port.name) return false;
    if (endpoint.addresses.empty()) return false;
    // An address that is not known is that of a gateway in the end.
    if (query_.addresses_only && endpoint.port != 0 && !endpoint.addresses[0].empty() &&
        !is_ip_address(endpoint.addresses[0])) {
      return false;
    }
    if (labels_ != nullptr && !labels_match(*labels_, endpoint.labels)) return false;
    if (!proxy_.network_view.empty() && !sees_network(proxy_, endpoint.network)) return false;
    if (service_.node_local && !is_local(endpoint)) return false;
    if (cluster_local_ && endpoint.cluster_id != proxy_.cluster_id) return false;
    if (endpoint.health == Health::kTerminating) return false;
    if (endpoint.health == Health::kUnhealthy && !unhealthy_) return false;
    return sticky_ || !is_draining(endpoint);
  }

 private:
  // EDS asks the proxy's own cluster only; clusters that resolve names go by the node alone.
  bool is_local(const Endpoint& endpoint) const {
    if (endpoint.node_name != proxy_.node_name) return false;
    return !query_.addresses_only || endpoint.cluster_id == proxy_.cluster_id;
  }

  const EndpointQuery& query_;
  const model::Proxy& proxy_;
  const model::Service& service_;
  const Labels* labels_ = nullptr;
  bool unhealthy_ = true;
  bool cluster_local_ = false;
  bool sticky_ = false;
};

// Istio groups and sorts by the text of a locality. That of a pod's node always has three parts, empty ones
// too; that of a WorkloadEntry has what its user wrote.
bool has_all_parts(const Endpoint& endpoint) { return endpoint.health != model::Health::kUnknown; }

std::string locality_text(const EndpointGroup& group) {
  const model::Locality& locality = *group.locality;
  if (locality.empty() || !has_all_parts(*group.members.front().endpoint)) {
    return locality.to_string();
  }
  return locality.region + "/" + locality.zone + "/" + locality.subzone;
}

bool belongs(const EndpointGroup& group, const Endpoint& endpoint) {
  if (*group.locality != endpoint.locality) return false;
  return !endpoint.locality.subzone.empty() || endpoint.locality.empty() ||
         has_all_parts(endpoint) == has_all_parts(*group.members.front().endpoint);
}

EndpointGroup& group_of(EndpointGroups& groups, const Endpoint& endpoint, size_t most) {
  for (auto& group : groups) {
    if (belongs(group, endpoint)) return group;
  }
  auto& group = groups.emplace_back();
  group.locality = &endpoint.locality;
  group.members.reserve(most);
  return group;
}

core::HealthStatus status_of(const Endpoint& endpoint) {
  if (is_draining(endpoint)) return core::HealthStatus::DRAINING;
  switch (endpoint.health) {
    case Health::kHealthy:
      return core::HealthStatus::HEALTHY;
    case Health::kUnhealthy:
      return core::HealthStatus::UNHEALTHY;
    case Health::kDraining:
      return core::HealthStatus::DRAINING;
    case Health::kTerminating:  // filtered out
    case Health::kUnknown:
      break;
  }
  return core::HealthStatus::UNKNOWN;
}

// The first of these labels that an endpoint has, in one walk over its labels.
struct CanonicalNames {
  std::string_view name;
  std::string_view revision;

  explicit CanonicalNames(const Endpoint& endpoint) : name(endpoint.workload_name) {
    int name_rank = 9;
    int revision_rank = 9;
    auto take = [](int rank, std::string_view value, int& best, std::string_view& out) {
      if (rank < best) {
        best = rank;
        out = value;
      }
    };
    for (const auto& [key, value] : endpoint.labels) {
      if (key == "service.istio.io/canonical-name") take(0, value, name_rank, name);
      if (key == "app.kubernetes.io/name") take(1, value, name_rank, name);
      if (key == "app") take(2, value, name_rank, name);
      if (key == "service.istio.io/canonical-revision") take(0, value, revision_rank, revision);
      if (key == "app.kubernetes.io/version") take(1, value, revision_rank, revision);
      if (key == "version") take(2, value, revision_rank, revision);
    }
    if (revision == "latest") revision = {};  // the default is not sent
  }
};

// "workload;namespace;canonical name;revision;cluster": what telemetry says of a server that cannot
// say it itself.
void workload_text(const Endpoint& endpoint, std::string& out) {
  const CanonicalNames canonical(endpoint);
  out.clear();
  out.append(endpoint.workload_name).append(";").append(endpoint.ns).append(";");
  out.append(canonical.name).append(";").append(canonical.revision).append(";");
  out.append(endpoint.cluster_id);
}

const std::string& istio_tls_metadata() {
  static const std::string bytes = [] {
    std::string out;
    core::Metadata metadata(out);
    metadata.filter_metadata(kTransportSocketMatch,
                             [](auto& match) { match.string("tlsMode", "istio"); });
    return out;
  }();
  return bytes;
}

// A mode of the label security.istio.io/tlsMode that Istio does not know: users may match it with
// transport sockets of their own.
std::string_view own_tls_mode(const Endpoint& endpoint) {
  static const std::string label = "security.istio.io/tlsMode";
  auto found = endpoint.labels.find(label);
  if (found == endpoint.labels.end() || found->second == "disabled") return {};
  return found->second;
}

void write_endpoint(const EndpointGroup::Member& member, bool hbone, std::string& scratch,
                    endpoint::LbEndpoint& out) {
  const Endpoint& e = *member.endpoint;
  // Mutual TLS goes before a tunnel.
  const bool tunnel = hbone && !e.tls_mode_istio && takes_tunnel(e);
  out.endpoint([&](auto& host) {
    host.address([&](auto& address) {
      if (tunnel) {
        write_tunnel_address(e, address);
      } else {
        write_address(address, e.addresses[0], e.port);
      }
    });
  });
  out.health_status(status_of(e));
  out.load_balancing_weight(member.weight);
  out.metadata([&](auto& metadata) {
    if (tunnel) {
      write_tunnel_metadata(e, metadata);
    } else if (member.mutual_tls && e.tls_mode_istio) {
      metadata.append_raw(istio_tls_metadata());
    } else if (member.mutual_tls && !own_tls_mode(e).empty()) {
      metadata.filter_metadata(kTransportSocketMatch,
                               [&](auto& match) { match.string("tlsMode", own_tls_mode(e)); });
    }
    workload_text(e, scratch);
    metadata.filter_metadata(kIstioMetadata,
                             [&](auto& istio) { istio.string("workload", scratch); });
  });
}

}  // namespace

namespace {

bool resolves_names(const model::Service& service) {
  return service.resolution == model::Resolution::kDnsLb ||
         service.resolution == model::Resolution::kDnsRoundRobinLb;
}

// A gateway with AUTO_PASSTHROUGH cannot tell whether what it passes on is mutual TLS.
void keep_mutual_tls(EndpointGroups& groups) {
  for (auto& group : groups) {
    std::erase_if(group.members, [](const auto& member) {
      return !member.mutual_tls || !member.endpoint->tls_mode_istio;
    });
    group.refresh_weight();
  }
}

}  // namespace

EndpointGroups endpoint_groups(const EndpointQuery& query) {
  EndpointGroups groups;
  const model::EndpointSet* set = query.view.mesh().endpoints_of(query.service);
  if (set == nullptr) return groups;
  const Filter filter(query);
  const auto stated = traffic::tls_mode(query.rule, query.subset, query.port.number);
  for (const auto& endpoint : set->endpoints) {
    if (!filter.takes(*endpoint)) continue;
    EndpointGroup::Member member{endpoint.get(), false, weight_of(*endpoint)};
    member.mutual_tls = stated ? *stated == traffic::TlsMode::ISTIO_MUTUAL
                               : query.view.traffic->endpoint_mutual_tls(*endpoint);
    group_of(groups, *endpoint, set->endpoints.size()).members.push_back(member);
  }
  if (groups.size() > 1) {
    std::sort(groups.begin(), groups.end(),
              [](const auto& a, const auto& b) { return locality_text(a) < locality_text(b); });
  }
  for (auto& group : groups) group.sum_weights();
  const model::Networks* networks = query.view.mesh().networks.get();
  // Clusters that resolve names reach everything themselves: the set of gateways that Istio has for
  // them is not filled as long as the other one changes (reload in pilot/pkg/model/network.go).
  if (networks != nullptr && !networks->addresses.empty() && !resolves_names(query.service)) {
    apply_networks(networks->addresses, query.view.proxy, groups);
  }
  if (query.mutual_tls_only) keep_mutual_tls(groups);
  return groups;
}

void write_assignment(const traffic::ProxyView& view, std::string_view cluster_name,
                      const EndpointGroups& groups, endpoint::ClusterLoadAssignment& out) {
  thread_local std::string scratch;
  const bool hbone = view.proxy.hbone_send;
  out.cluster_name(cluster_name);
  for (const auto& group : groups) {
    out.endpoints([&](auto& locality) {
      locality.locality([&](auto& l) {
        l.region(group.locality->region);
        l.zone(group.locality->zone);
        l.sub_zone(group.locality->subzone);
      });
      for (const auto& member : group.members) {
        locality.lb_endpoints([&](auto& e) { write_endpoint(member, hbone, scratch, e); });
      }
      if (group.weighted) locality.load_balancing_weight(group.weight);
      locality.priority(group.priority);
    });
  }
}

}  // namespace mesh::xds
