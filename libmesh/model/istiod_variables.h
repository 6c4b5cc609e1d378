// What istiod is told by its environment (pilot/pkg/features), and the mesh by `defaultConfig.proxyMetadata` of its
// MeshConfig, under the same names. What a control plane says of its pilot's environment gets there, too
// (index/mesh_settings.h).
#pragma once

#include "libmesh/schema/istio.h"

namespace mesh::model {

// True when it is there with what Go's strconv.ParseBool takes for true.
bool istiod_variable(const meshconfig::MeshConfig& config, const char* name);

// All that are read.
inline constexpr const char* kIstiodVariables[] = {"ISTIO_DUAL_STACK",
                                                   "PILOT_ENABLE_QUIC_LISTENERS",
                                                   "PILOT_FILTER_GATEWAY_CLUSTER_CONFIG",
                                                   "PILOT_SCOPE_GATEWAY_TO_NAMESPACE",
                                                   "PILOT_ENABLE_PERSISTENT_SESSION_FILTER",
                                                   "PILOT_ENABLE_IP_AUTOALLOCATE",
                                                   "PILOT_IP_AUTOALLOCATE_IPV4_PREFIX",
                                                   "PILOT_IP_AUTOALLOCATE_IPV6_PREFIX"};

// ISTIO_DUAL_STACK: proxies with addresses of both families use both.
bool uses_dual_stack(const meshconfig::MeshConfig& config);

}  // namespace mesh::model
