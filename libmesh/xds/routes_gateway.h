// Route configurations of a gateway (buildGatewayHTTPRouteConfig in
// pilot/pkg/networking/core/gateway.go).
#pragma once

#include <string_view>

#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/resource.h"

namespace mesh::xds {

// name: "http.<port>[.bind]" or "https.<port>.<port name>.<gateway>.<ns>[.bind]". Never null: a
// name that no server has gives an empty configuration, since Envoy may still ask while a listener
// drains.
ResourcePtr gateway_route(const traffic::ProxyView& view, std::string_view name);

}  // namespace mesh::xds
