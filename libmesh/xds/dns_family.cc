#include "libmesh/xds/dns_family.h"

#include "libmesh/model/istiod_variables.h"
#include "libmesh/xds/common.h"

namespace mesh::xds {

envoy::cluster::Cluster_DnsLookupFamily dns_family(const traffic::ProxyView& view) {
  using Family = envoy::cluster::Cluster_DnsLookupFamily;
  const model::Proxy& proxy = view.proxy;
  if (only_ipv6(proxy.ip_addresses)) return Family::V6_ONLY;
  const bool both = proxy.supports_ipv6() && model::uses_dual_stack(view.mesh().config);
  return both ? Family::ALL : Family::V4_ONLY;
}

}  // namespace mesh::xds
