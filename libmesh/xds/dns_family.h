// The DNS family that a proxy resolves names in (SelectDNSLookupFamily in pilot/pkg/networking/util/util.go):
// that of its own addresses. With both it is IPv4, and with dual stack both at once (Happy Eyeballs).
#pragma once

#include "libmesh/schema/gen/envoy/cluster.h"
#include "libmesh/traffic/traffic.h"

namespace mesh::xds {

envoy::cluster::Cluster_DnsLookupFamily dns_family(const traffic::ProxyView& view);

}  // namespace mesh::xds
