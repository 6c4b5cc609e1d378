// Delegation: a root VirtualService whose routes name others takes over their routes
// (pilot/pkg/model/virtualservice.go MergeHTTPRoutes, virtualservice_controller.go).
#pragma once

#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/traffic/config.h"

namespace mesh::traffic {

// Roots with their delegates' routes in place of the delegating ones; delegates themselves (rules
// without hosts) are left out. A delegate that is missing, not exported to the root's namespace, or
// in conflict with the root's match drops just that route.
std::vector<VirtualServicePtr> merge_delegates(const index::Mesh& mesh,
                                               std::vector<VirtualServicePtr> resolved);

// Whether a delegate's route is taken over: each of its matches is within one of the root's.
bool delegate_fits(const std::vector<networking::HTTPMatchRequest>& root,
                   const std::vector<networking::HTTPMatchRequest>& leaf);

}  // namespace mesh::traffic
