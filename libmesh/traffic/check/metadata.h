// Metadata: annotations that Istio refuses on objects of its kinds, whatever their specs say (validateMetadata in
// pkg/config/validation/validation.go).
#pragma once

#include <array>

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/snapshot.h"

namespace mesh::traffic {

// The kinds of Istio that a mesh reads.
inline constexpr std::array kMeshKinds = {kube::Kind::kVirtualService,
                                          kube::Kind::kDestinationRule,
                                          kube::Kind::kGateway,
                                          kube::Kind::kServiceEntry,
                                          kube::Kind::kWorkloadEntry,
                                          kube::Kind::kWorkloadGroup,
                                          kube::Kind::kSidecar,
                                          kube::Kind::kEnvoyFilter,
                                          kube::Kind::kProxyConfig,
                                          kube::Kind::kPeerAuthentication,
                                          kube::Kind::kRequestAuthentication,
                                          kube::Kind::kAuthorizationPolicy,
                                          kube::Kind::kTelemetry,
                                          kube::Kind::kWasmPlugin,
                                          kube::Kind::kTrafficExtension};

Diagnostics check_metadata(const index::Snapshot& snapshot, const index::Tenant& tenant);

}  // namespace mesh::traffic
