// The rules of a MeshConfig: ValidateMeshConfig of Istio's pkg/config/validation/agent/validation.go, asked of all layers merged.
//
// Fields are named within the MeshConfig ("defaultConfig.drainDuration"); check.h says them of the object that has them.
// What Istio refuses is an error, for it then takes nothing of the MeshConfig; what it warns of or logs is a warning.
#pragma once

#include <string>

#include "libmesh/schema/istio.h"
#include "libmesh/traffic/check/finder.h"

namespace mesh::traffic {

void check_mesh_rules(const meshconfig::MeshConfig& config, Finder& finder);
// Extension providers: what is wrong with them is a warning, for nobody may use them (extensionprovider.go).
void check_provider_rules(const meshconfig::MeshConfig& config, Finder& finder);
// A whole ProxyConfig, Istio's defaults included (ValidateMeshConfigProxyConfig); `path` is empty or ends with ".".
void check_proxy_rules(const meshconfig::ProxyConfig& config, const std::string& path,
                       Finder& finder);
// What it says of tracing, of key providers and of connections (rules_proxy_parts.cc).
void check_proxy_tracing(const meshconfig::Tracing& tracing, const std::string& path,
                         Finder& finder);
void check_key_provider(const meshconfig::PrivateKeyProvider& provider, const std::string& path,
                        Finder& finder);
void check_connection_settings(const meshconfig::ProxyConfig_ConnectionSettings& settings,
                               const std::string& path, Finder& finder);

// Of signed fields, unlike check_port_number.
void check_signed_port(int64_t port, const std::string& field, Finder& finder);
// HOST:PORT, with a name of DNS or an IP address (ValidateProxyAddress).
void check_proxy_address(const std::string& address, const std::string& field, Finder& finder);

}  // namespace mesh::traffic
