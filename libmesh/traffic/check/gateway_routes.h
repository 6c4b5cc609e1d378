// Gateway routes: of VirtualServices that share a gateway and a host, the routes that nothing comes to because another one's
// take everything that they would.
//
// At a gateway the HTTP routes of one host stand behind one another, those of the oldest VirtualService first, routes that
// match every request last of all (pilot/pkg/networking/core/gateway.go, route.SortVHostRoutes). Of TCP routes the first for
// a port takes it, of TLS routes the first with a name. What one VirtualService does to itself tells shadowed.h.
#pragma once

#include "libmesh/base/diagnostics.h"
#include "libmesh/traffic/check/surroundings.h"

namespace mesh::traffic {

Diagnostics gateway_routes(const Surroundings& around);

}  // namespace mesh::traffic
