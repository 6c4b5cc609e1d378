// Gateway routes: of VirtualServices that meet at a gateway under one host, the routes that nothing comes to because another
// one's take everything that they would.
//
// They meet where one proxy has them: at one Gateway, or at several that select the same proxy and serve the host on one
// port. There the HTTP routes of a host stand behind one another: by Gateway, then those of the oldest VirtualService first,
// routes that match every request last of all (pilot/pkg/networking/core/gateway.go, route.SortVHostRoutes). Of TCP routes
// the first for a port takes it, of TLS routes the first with a name. What one VirtualService does to itself tells shadowed.h.
#pragma once

#include <string>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/mesh.h"
#include "libmesh/traffic/gateway.h"

namespace mesh::traffic {

// What a gateway proxy of the namespace has.
struct GatewayOfProxy {
  std::string ns;
  MergedGatewayPtr gateway;
  bool operator==(const GatewayOfProxy&) const = default;
};

// `gateways`: of all proxies, each once. At a Gateway that is not among the objects, VirtualServices of one host meet.
Diagnostics gateway_routes(const index::Mesh& mesh, const std::vector<GatewayOfProxy>& gateways);

}  // namespace mesh::traffic
