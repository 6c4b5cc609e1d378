// The ProxyConfig objects (networking.istio.io) that say what the agent beside a pod is started with.
//
// At each level the oldest counts: of the root namespace and of the pod's own one without a selector, and of the pod's own
// namespace with a selector that the pod matches. The latter goes over the annotation proxy.istio.io/config, the others go
// under it (EffectiveProxyConfig, pilot/pkg/model/proxy_config.go).
#pragma once

#include "libmesh/index/snapshot.h"

namespace mesh::index {

// Each null when there is none.
struct ProxyConfigsOfPod {
  const networking::ProxyConfig* root = nullptr;
  const networking::ProxyConfig* of_namespace = nullptr;
  const networking::ProxyConfig* workload = nullptr;
};
// They live as long as the snapshot.
ProxyConfigsOfPod proxy_configs_of(const Snapshot& snapshot, const Mesh& mesh,
                                   const kube::Object& pod);

}  // namespace mesh::index
