// What a store is told when it is made.
#pragma once

#include <string>

namespace mesh::index {

struct StoreOptions {
  std::string cluster_id = "Kubernetes";
  std::string cluster_domain = "cluster.local";
  // Make up pods and endpoints for workloads without any (docs/synthesis.md).
  bool synthesize = true;
  std::string mesh_config;  // YAML laid over everything else: the flag
};

}  // namespace mesh::index
