// The traffic policy in force for one cluster, as pointers into the rules: nothing is copied.
//
// A port's own settings replace the rule's settings as a whole; a subset's settings go over the
// result field by field (or as a whole again, when the subset has settings for the port); what is
// still unset comes from the mesh's default policy. Follows GetPortLevelTrafficPolicy and
// MergeSubsetTrafficPolicy (networking/util/util.go) and applyDefaultTrafficPolicy
// (core/cluster_traffic_policy.go) in Istio.
#pragma once

#include <cstdint>
#include <string_view>

#include "libmesh/schema/istio.h"

namespace mesh::xds {

struct PolicyParts {
  const networking::ConnectionPoolSettings* connection_pool = nullptr;
  const networking::OutlierDetection* outlier_detection = nullptr;
  const networking::LoadBalancerSettings* load_balancer = nullptr;
  const networking::ClientTLSSettings* tls = nullptr;
  const networking::TrafficPolicy_ProxyProtocol* proxy_protocol = nullptr;
  const networking::TrafficPolicy_RetryBudget* retry_budget = nullptr;
};

// The policy of a rule (null: none) for a service port.
PolicyParts port_policy(const networking::TrafficPolicy* policy, uint32_t port);
// The same with the subset's policy (null: none) over it.
PolicyParts subset_policy(PolicyParts rule, const networking::TrafficPolicy* subset, uint32_t port);
// Fills what is unset from the mesh's default policy.
void add_mesh_defaults(PolicyParts& parts, const meshconfig::MeshConfig& mesh);

// The policy of a rule for a port and a subset by name, without the mesh's defaults: what endpoints
// go by.
PolicyParts endpoint_policy(const networking::DestinationRule* rule, std::string_view subset,
                            uint32_t port);

const networking::Subset* find_subset(const networking::DestinationRule* rule,
                                      std::string_view name);

// True for a policy whose load balancer is the simple PASSTHROUGH.
bool is_passthrough(const networking::LoadBalancerSettings* settings);

}  // namespace mesh::xds
