// What ProxyConfig.proxyHeaders says to routes: of the node's own PROXY_CONFIG where it sends one, else the
// mesh's (GetProxyHeaders in pilot/pkg/networking/util/proxy_headers.go). What it says to connection
// managers is read by ListenerContext.
#pragma once

#include "libmesh/traffic/traffic.h"

namespace mesh::xds {

// x-envoy-attempt-count is sent upstream unless it is switched off.
bool includes_attempt_count(const traffic::ProxyView& view);

// x-forwarded-host is added where Istio rewrites a request or passes it on unknown.
bool appends_forwarded_host(const traffic::ProxyView& view);

}  // namespace mesh::xds
