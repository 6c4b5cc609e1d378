// Endpoints that are reached through an HBONE tunnel: an internal listener of the proxy makes it
// (buildEnvoyLbEndpoint and supportTunnel in xds/endpoints/endpoint_builder.go in Istio).
#pragma once

#include <string_view>

#include "libmesh/model/service.h"
#include "libmesh/schema/gen/envoy/core.h"

namespace mesh::xds {

// By its labels: networking.istio.io/tunnel names HTTP, or it is a managed gateway of the mesh.
bool takes_tunnel(const model::Endpoint& endpoint);
void write_tunnel_address(const model::Endpoint& endpoint, envoy::core::Address& out);
// Where the tunnel leads, and what chooses the transport socket of tunnels.
void write_tunnel_metadata(const model::Endpoint& endpoint, envoy::core::Metadata& out);

}  // namespace mesh::xds
