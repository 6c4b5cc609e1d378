// Which endpoints a cluster has for one proxy, by locality: what both EDS and the inline
// assignments of DNS clusters are made of.
//
// Follows filterIstioEndpoint and generate (xds/endpoints/endpoint_builder.go) in Istio.
#pragma once

#include <string>
#include <string_view>

#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/eds/loadbalancer.h"

namespace mesh::xds {

// One cluster's endpoints, seen by one proxy.
struct EndpointQuery {
  const traffic::ProxyView& view;
  const model::Service& service;
  const model::Port& port;
  const networking::DestinationRule* rule = nullptr;
  const std::string& subset;
  bool addresses_only = false;   // EDS takes no host names
  bool mutual_tls_only = false;  // clusters of an AUTO_PASSTHROUGH gateway
};

// Groups in order of their locality, weights summed, not yet prioritised.
EndpointGroups endpoint_groups(const EndpointQuery& query);
// The same in the memory of other groups, whose content goes.
void endpoint_groups(const EndpointQuery& query, EndpointGroups& groups);

}  // namespace mesh::xds
