// What istiod is told by its environment and the mesh by `defaultConfig.proxyMetadata` of its MeshConfig,
// under the same names (pilot/pkg/features).
#pragma once

#include "libmesh/schema/istio.h"

namespace mesh::traffic {

struct Features {
  // PILOT_ENABLE_QUIC_LISTENERS: HTTP/3 beside HTTPS where a Service has the port for UDP too.
  bool quic_listeners = false;
  // PILOT_FILTER_GATEWAY_CLUSTER_CONFIG: gateways get the clusters that their VirtualServices name.
  bool filter_gateway_clusters = false;
  // PILOT_SCOPE_GATEWAY_TO_NAMESPACE: a Gateway is for proxies of its namespace only.
  bool scope_gateway_to_namespace = false;
  // PILOT_ENABLE_PERSISTENT_SESSION_FILTER: sticky sessions of the services whose labels ask for them.
  bool persistent_sessions = false;
};

Features features_of(const meshconfig::MeshConfig& config);

}  // namespace mesh::traffic
