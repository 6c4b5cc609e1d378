// Whether a patch is about a resource or a part of one: the matchers of Istio's
// pilot/pkg/networking/core/envoyfilter/{listener,cluster,rc}_patch.go. A patch without a matcher of the kind matches all.
//
// The context and the proxy were looked at before (traffic/envoyfilter/selection.h).
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "libmesh/traffic/gateway.h"
#include "libmesh/xds/envoyfilter/node.h"
#include "libmesh/xds/envoyfilter/patch.h"

namespace mesh::xds::envoyfilter {

// Listeners. `port`: of its socket address, 0 when it has none.
bool is_virtual(std::string_view listener_name);
bool matches_listener(std::string_view name, uint32_t port, const Patch& patch);
bool matches_chain(std::string_view listener_name, const Message& chain, const Patch& patch);
bool names_listener_filter(const Patch& patch);
bool matches_listener_filter(const Message& filter, const Patch& patch);
bool names_network_filter(const Patch& patch);
bool matches_network_filter(std::string_view name, const Patch& patch);
bool names_http_filter(const Patch& patch);
bool matches_http_filter(const Message& filter, const Patch& patch);

// Clusters. `hosts`: the services of an inbound cluster.
bool matches_cluster(std::string_view name, std::span<const std::string> hosts, const Patch& patch);

// Routes. `ports`: for gateways, the ports that the servers of a workload's port name; null otherwise.
using GatewayPorts = std::map<int, std::set<int>>;
GatewayPorts gateway_ports(const traffic::MergedGateway* gateway);
bool matches_route_configuration(const std::string& name, const GatewayPorts* ports,
                                 const Patch& patch);
bool matches_virtual_host(const Message& host, const Patch& patch);
bool names_route(const Patch& patch);
// `route` may be null: it was removed.
bool matches_route(const Message* route, const Patch& patch);

}  // namespace mesh::xds::envoyfilter
