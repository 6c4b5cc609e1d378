#include "libmesh/traffic/features.h"

#include "libmesh/model/istiod_variables.h"

namespace mesh::traffic {

Features features_of(const meshconfig::MeshConfig& config) {
  Features out;
  if (!config.default_config || config.default_config->proxy_metadata.empty()) return out;
  const auto on = [&](const char* name) { return model::istiod_variable(config, name); };
  out.quic_listeners = on("PILOT_ENABLE_QUIC_LISTENERS");
  out.filter_gateway_clusters = on("PILOT_FILTER_GATEWAY_CLUSTER_CONFIG");
  out.scope_gateway_to_namespace = on("PILOT_SCOPE_GATEWAY_TO_NAMESPACE");
  out.persistent_sessions = on("PILOT_ENABLE_PERSISTENT_SESSION_FILTER");
  return out;
}

}  // namespace mesh::traffic
