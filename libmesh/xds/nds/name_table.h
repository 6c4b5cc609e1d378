// NDS: the names that the agent's DNS proxy answers by itself, and their addresses (metadata
// DNS_CAPTURE). One resource without a name, for a proxy's whole scope.
//
// Follows BuildNameTable (pkg/dns/server/name_table.go) in Istio: a service by its addresses, a headless
// one by those of its healthy endpoints in the proxy's network, and each of its pods by its own name.
// Where several services have one host, Kubernetes goes before ServiceEntries, and those add up.
#pragma once

#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/resource.h"

namespace mesh::xds {

// Never null: an empty table is an answer too. Names stand in the order of the scope's services.
ResourcePtr name_table(const traffic::ProxyView& view);

}  // namespace mesh::xds
