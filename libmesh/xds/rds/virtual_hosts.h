// The virtual hosts of a sidecar's listener port: which services and VirtualServices answer there,
// under which names, by which routes (BuildSidecarOutboundVirtualHosts in core/httproute.go,
// BuildSidecarVirtualHostWrapper in core/route/route.go).
#pragma once

#include <memory>
#include <string_view>

#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/rds/routes_sidecar.h"

namespace mesh::xds {

// port 0: an HTTP proxy or Unix socket, whose `name` picks the egress listener; every port of every service then
// has its hosts. Null when no egress listener answers for the port.
PortRoutesPtr build_virtual_hosts(const traffic::ProxyView& view, uint32_t port,
                                  std::string_view name);

}  // namespace mesh::xds
