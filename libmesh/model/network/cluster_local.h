// Which hosts are served inside of their own cluster only: those of kube-system, the API server and
// istiod, and what the mesh's serviceSettings say (pilot/pkg/model/cluster_local.go in Istio).
#pragma once

#include <string>

#include "libmesh/schema/istio.h"

namespace mesh::model {

// The exact host goes before any pattern, a longer pattern before a shorter one, and the last of the
// settings that say the same host before the others. Settings that make a default host, or some host
// that a default pattern means, not local take that whole default away.
bool is_cluster_local(const meshconfig::MeshConfig& config, const std::string& cluster_domain,
                      const std::string& host);

}  // namespace mesh::model
