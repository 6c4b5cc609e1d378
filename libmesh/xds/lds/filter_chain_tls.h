// The server side of TLS: what a filter chain does to connections before its filters see them.
//
// All functions give a serialized `transport_socket` field of a FilterChain. As in BuildInboundTLS
// (pilot/pkg/security/authn/utils) and BuildListenerTLSContext (networking/core/listener.go) in
// Istio.
#pragma once

#include <string>

#include "libmesh/xds/lds/listeners_context.h"

namespace mesh::xds {

// Mutual TLS inside the mesh, for chains that speak TCP (with metadata exchange) or HTTP. What both have in common
// is written once.
std::string mesh_tls_settings(const ListenerContext& context);
std::string mesh_tls_socket(std::string_view settings, bool tcp);

// What a Gateway server's tls says. tcp: it ends TLS for a TCP protocol. Not for passthrough.
std::string server_tls_socket(const ListenerContext& context,
                              const networking::ServerTLSSettings& settings, bool tcp);
// The same for HTTP/3, where Envoy cannot ask for client certificates.
std::string server_quic_socket(const ListenerContext& context,
                               const networking::ServerTLSSettings& settings);

}  // namespace mesh::xds
