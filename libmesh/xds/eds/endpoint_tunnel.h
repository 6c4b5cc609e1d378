// Endpoints that are reached through an HBONE tunnel: an internal listener of the proxy makes it
// (buildEnvoyLbEndpoint and supportTunnel in xds/endpoints/endpoint_builder.go in Istio).
#pragma once

#include <string_view>

#include "libmesh/model/service.h"
#include "libmesh/schema/gen/envoy/core.h"

namespace mesh::xds {

// An endpoint's labels say it: the one names HTTP, or by the other it is a managed gateway of the mesh.
inline constexpr std::string_view kTunnelLabel = "networking.istio.io/tunnel";
inline constexpr std::string_view kManagedLabel = "gateway.istio.io/managed";
inline constexpr std::string_view kMeshController = "istio.io-mesh-controller";
// Whether the kinds of tunnels, with commas between them, have HTTP among them.
bool names_http(std::string_view tunnels);
void write_tunnel_address(const model::Endpoint& endpoint, envoy::core::Address& out);
// Where the tunnel leads, and what chooses the transport socket of tunnels.
void write_tunnel_metadata(const model::Endpoint& endpoint, envoy::core::Metadata& out);

}  // namespace mesh::xds
