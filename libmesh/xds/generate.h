// Generation: traffic's decisions -> Envoy's resources, one function per part.
//
// The parts that many proxies share (outbound) are apart from those that belong to one (inbound), so that generator.h can
// keep the shared ones by view. Each is a pure function of the view; the order of the result is defined.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/resource.h"

namespace mesh::xds {

// CDS (clusters.cc, cluster_*.cc). Outbound: service ports, subsets, BlackHoleCluster, PassthroughCluster. Inbound: InboundPassthroughCluster
// and one cluster per target port or Sidecar.ingress.
void outbound_clusters(const traffic::ProxyView& view, Resources& out);
// The same, with those of services that are as they were taken over. `spans` becomes where the clusters of each service
// of the scope end.
struct KnownClusters {
  const traffic::Scope& scope;  // they were made for
  const Resources& list;
  const std::vector<uint32_t>& spans;
  std::function<bool(const model::ServicePtr&)>
      stand;  // whether those of this service are as they were
};
void outbound_clusters(const traffic::ProxyView& view, const KnownClusters* known, Resources& out,
                       std::vector<uint32_t>& spans);
void inbound_clusters(const traffic::ProxyView& view, Resources& out);
// EDS (endpoints.cc): the assignment of an outbound cluster; null when the cluster is not one of the view's.
ResourcePtr endpoints(const traffic::ProxyView& view, std::string_view cluster_name);
// LDS (listeners_*.cc). Outbound includes virtualOutbound and the HTTP proxy listener; inbound is virtualInbound, or one
// listener per Sidecar.ingress for captureMode NONE; gateway_listeners for gateways.
void outbound_listeners(const traffic::ProxyView& view, Resources& out);
void inbound_listeners(const traffic::ProxyView& view, Resources& out);
void gateway_listeners(const traffic::ProxyView& view, Resources& out);
// RDS (routes*.cc): the route configuration of that name; null when the view has none (Istio then sends an empty one; see .cc).
ResourcePtr route_configuration(const traffic::ProxyView& view, std::string_view name);
// Several at once: what the names share is made once.
void route_configurations(const traffic::ProxyView& view, const std::vector<std::string>& names,
                          Resources& out);

}  // namespace mesh::xds
