#include "libmesh/xds/eds/endpoint_groups.h"

#include <algorithm>

#include "libmesh/model/endpoint_port.h"
#include "libmesh/model/network/cluster_local.h"
#include "libmesh/xds/cds/cluster_policy.h"
#include "libmesh/xds/eds/split_horizon.h"

namespace mesh::xds {
namespace {

using model::Endpoint;
using model::Health;

const std::string& sticky_label() {
  static const std::string label = "istio.io/persistent-session";
  return label;
}

bool has_value(const Labels& labels, const std::string& key) {
  auto it = labels.find(key);
  return it != labels.end() && !it->second.empty();
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
    cluster_local_ = (proxy_.cluster_id != mesh.cluster_id || !mesh.clusters.empty()) &&
                     model::is_cluster_local(mesh.config, mesh.cluster_domain, service_.hostname);
  }

  bool takes(const Endpoint& endpoint) const {
    const bool same = query_.addresses_only ? endpoint.service_port_name == query_.port.name
                                            : model::serves(endpoint, service_, query_.port);
    if (!same) return false;
    if (endpoint.addresses.empty()) return false;
    // An address that is not known is that of a gateway in the end.
    if (query_.addresses_only && endpoint.port != 0 && endpoint.named) return false;
    if (labels_ != nullptr && !labels_match(*labels_, endpoint.labels)) return false;
    if (!proxy_.network_view.empty() && !sees_network(proxy_, endpoint.network)) return false;
    if (service_.node_local && !is_local(endpoint)) return false;
    if (cluster_local_ && endpoint.cluster_id != proxy_.cluster_id) return false;
    if (endpoint.health == Health::kTerminating) return false;
    if (endpoint.health == Health::kUnhealthy && !unhealthy_) return false;
    return !endpoint.draining || has_value(service_.labels, sticky_label());
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

// The first `used` groups are of this query, the others are memory to use.
EndpointGroup& group_of(EndpointGroups& groups, size_t& used, const Endpoint& endpoint,
                        size_t most) {
  for (size_t i = 0; i < used; ++i) {
    if (belongs(groups[i], endpoint)) return groups[i];
  }
  if (used == groups.size()) groups.emplace_back();
  EndpointGroup& group = groups[used++];
  std::vector<EndpointGroup::Member> members = std::move(group.members);
  members.clear();
  members.reserve(most);
  group = EndpointGroup();
  group.members = std::move(members);
  group.locality = &endpoint.locality;
  return group;
}

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
  endpoint_groups(query, groups);
  return groups;
}

void endpoint_groups(const EndpointQuery& query, EndpointGroups& groups) {
  const model::EndpointSet* set = query.view.mesh().endpoints_of(query.service);
  if (set == nullptr) {
    groups.clear();
    return;
  }
  size_t used = 0;
  const Filter filter(query);
  const auto stated = traffic::tls_mode(query.rule, query.subset, query.port.number);
  for (const auto& endpoint : set->endpoints) {
    if (!filter.takes(*endpoint)) continue;
    EndpointGroup::Member member{endpoint.get(), false, weight_of(*endpoint)};
    member.mutual_tls = stated ? *stated == traffic::TlsMode::ISTIO_MUTUAL
                               : query.view.traffic->endpoint_mutual_tls(*endpoint);
    group_of(groups, used, *endpoint, set->endpoints.size()).members.push_back(member);
  }
  groups.resize(used);
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
}

}  // namespace mesh::xds
