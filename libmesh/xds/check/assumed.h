// Proxies that configuration is for where there are no pods: files of a repository often hold Gateways and
// EnvoyFilters and no workload that they select. What is for nobody is checked as for one proxy that it selects.
#pragma once

#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/model/proxy.h"

namespace mesh::xds {

// A gateway proxy for each selector of a Gateway, and a sidecar for each of an EnvoyFilter, that none of `known` (the
// proxies of the mesh) has the labels for.
std::vector<model::Proxy> assumed_proxies(const index::Mesh& mesh,
                                          const std::vector<model::Proxy>& known);

}  // namespace mesh::xds
