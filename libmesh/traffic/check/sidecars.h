// Sidecars: how the proxies beside pods read what comes in: by the ports of Services, or by those of a Sidecar.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "libmesh/index/snapshot.h"
#include "libmesh/model/proxy.h"
#include "libmesh/traffic/sidecar_index.h"

namespace mesh::traffic {

class Sidecars {
 public:
  Sidecars(const index::Snapshot& snapshot, const index::Mesh& mesh)
      : snapshot_(snapshot), mesh_(mesh), index_(mesh) {}

  // Whether the pod has, or will have, a sidecar.
  bool has(const kube::Object& pod) { return is(pod, model::ProxyType::kSidecar); }
  // Whether it is a gateway's, which listens on what Gateways say.
  bool is_gateway(const kube::Object& pod) { return is(pod, model::ProxyType::kGateway); }
  // The Sidecar whose spec.ingress says what the pod's proxy listens on, in the place of Services; or null.
  const index::Sidecar* ingress_of(const kube::Object& pod) const;

 private:
  bool is(const kube::Object& pod, model::ProxyType type);

  const index::Snapshot& snapshot_;
  const index::Mesh& mesh_;
  const SidecarIndex index_;
  bool asked_ = false;  // proxies are looked up once there is something to tell
  std::unordered_map<std::string, model::ProxyType> pods_;  // by "[CLUSTER=]namespace/name"
};

// Those of a cluster that select pods, in the order in which a workload counts them: creation time, then host (index/registry/targets.h).
// Not the mesh's, which is by name: "cart-raw" comes before "cart" by host.
std::vector<model::ServicePtr> services_by_host(const index::ClusterServices& cluster);

}  // namespace mesh::traffic
