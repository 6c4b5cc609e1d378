// Split horizon: endpoints of a network that the proxy is not in are reached through the gateways of
// that network, which take their place and their weight.
//
// Follows EndpointsByNetworkFilter (xds/endpoints/ep_filters.go) in Istio. What its result rests on:
//  * without any gateway in the mesh every endpoint is reached directly;
//  * an endpoint of a network without gateways is reached directly as well, if its address is known;
//  * through a gateway goes only what mutual TLS is spoken with: the gateway routes by SNI.
#pragma once

#include "libmesh/model/network/gateways.h"
#include "libmesh/model/proxy.h"
#include "libmesh/xds/eds/loadbalancer.h"

namespace mesh::xds {

// Whether the proxy asked for endpoints of this network (REQUESTED_NETWORK_VIEW).
bool sees_network(const model::Proxy& proxy, const std::string& network);

// `gateways`: those with an address.
void apply_networks(const model::NetworkGateways& gateways, const model::Proxy& proxy,
                    EndpointGroups& groups);

}  // namespace mesh::xds
