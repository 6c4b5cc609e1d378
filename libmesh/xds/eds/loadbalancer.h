// Locality load balancing: which setting is in force, and what it makes of groups of endpoints.
//
// The DestinationRule's setting goes before the service's trafficDistribution, and that before the
// mesh's; within one level, zone awareness before locality. Weights by `distribute`; priorities by
// `failover` and `failoverPriority`, which need outlier detection (or a trafficDistribution, which
// forces them). Follows core/loadbalancer/loadbalancer.go in Istio.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libmesh/model/proxy.h"
#include "libmesh/model/service.h"
#include "libmesh/schema/istio.h"

namespace mesh::xds {

struct LocalitySettings {
  const networking::LocalityLoadBalancerSetting* locality = nullptr;
  const networking::ZoneAwareLoadBalancerSetting* zone_aware = nullptr;
  bool force_failover = false;

  bool none() const { return locality == nullptr && zone_aware == nullptr; }
  bool zone_routing() const {  // zone awareness is on unless it says otherwise
    return zone_aware != nullptr && zone_aware->enabled.value_or(true);
  }
};

LocalitySettings locality_settings(const meshconfig::MeshConfig& mesh,
                                   const networking::LoadBalancerSettings* rule,
                                   model::Service::TrafficDistribution distribution);

// Endpoints of one locality; failover by labels splits a group.
struct EndpointGroup {
  struct Member {
    const model::Endpoint* endpoint = nullptr;
    bool mutual_tls = false;
    uint32_t weight = 1;
  };
  const model::Locality* locality = nullptr;
  std::vector<Member> members;
  uint32_t weight = 0;
  bool weighted = true;
  uint32_t priority = 0;

  void sum_weights();
  // The same after members went; a group without any says no weight.
  void refresh_weight();
};
using EndpointGroups = std::vector<EndpointGroup>;

// The weight of an endpoint: 1 when none was given.
inline uint32_t weight_of(const model::Endpoint& endpoint) {
  return endpoint.weight == 0 ? 1 : endpoint.weight;
}

// Gives the groups the weights and priorities they have for this proxy. `by_label` is false where
// Istio has lost the endpoints' labels (subsets of DNS clusters): failoverPriority then does
// nothing.
void apply_locality(const LocalitySettings& settings, const model::Proxy& proxy,
                    bool outlier_detection, bool by_label, EndpointGroups& groups);

}  // namespace mesh::xds
