// The policies that Istio holds a sidecar's connections to a service against: those of hosts that are resolved by
// SNI (buildCompleteNetworkFilters in core/networkfilter.go; ListAuthorizationPolicies with a service).
#pragma once

#include "libmesh/model/service.h"
#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/security/security_filters.h"

namespace mesh::xds {

// The TCP filters of the policies that select the workload: of the root namespace, the workload's and the
// service's own.
SecurityFilters service_policies(const traffic::ProxyView& view, const model::Service& service);

}  // namespace mesh::xds
