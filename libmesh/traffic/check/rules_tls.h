// The rules of TLS settings: of servers, of Gateways and Sidecars (rules_tls.cc), and of clients (rules_client_tls.cc).
#pragma once

#include <string>

#include "libmesh/schema/istio.h"
#include "libmesh/traffic/check/finder.h"

namespace mesh::traffic {

// What Istio warns of only (ciphers, certificates that a mode does not use) is a warning here, too.
void check_tls_settings(const networking::ServerTLSSettings& tls, const std::string& path,
                        Finder& finder);
void check_client_tls(const networking::ClientTLSSettings& tls, const std::string& path,
                      Finder& finder);

}  // namespace mesh::traffic
