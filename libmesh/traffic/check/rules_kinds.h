// The rules of each kind, of one object as it is written; rules.h has them for a whole mesh.
//
// Files are by subject: rules_destinations.cc, rules_listeners.cc (Gateways and Sidecars), rules_pools.cc (what DestinationRules,
// Sidecars and the MeshConfig have in common), rules_security.cc, rules_authorization.cc, rules_telemetry.cc, rules_extensions.cc,
// rules_workloads.cc.
#pragma once

#include <string>

#include "libmesh/schema/istio.h"
#include "libmesh/traffic/check/finder.h"

namespace mesh::traffic {

void check_destination_rule(const networking::DestinationRule& rule, Finder& finder);
void check_gateway_rule(const networking::Gateway& gateway, Finder& finder);
void check_sidecar_rule(const networking::Sidecar& sidecar, Finder& finder);
void check_connection_pool(const schema::Box<networking::ConnectionPoolSettings>& pool,
                           const std::string& path, Finder& finder);
// What the MeshConfig is asked, too: nothing of keep-alive pings, nor of error codes.
void check_pool_settings(const networking::ConnectionPoolSettings& pool, const std::string& path,
                         Finder& finder);
void check_outlier_detection(const networking::OutlierDetection& outliers, const std::string& path,
                             Finder& finder);

void check_request_authentication(const security::RequestAuthentication& policy, Finder& finder);
void check_peer_authentication(const security::PeerAuthentication& policy, Finder& finder);
void check_authorization_policy(const security::AuthorizationPolicy& policy, Finder& finder);

void check_telemetry_rule(const telemetry::Telemetry& config, Finder& finder);
void check_wasm_plugin(const extensions::WasmPlugin& plugin, Finder& finder);
void check_traffic_extension(const extensions::TrafficExtension& extension, Finder& finder);
void check_envoy_filter_target(const networking::EnvoyFilter& filter, Finder& finder);

// `path` is "spec", or an endpoint's of a ServiceEntry; those of a group's template may have no address.
enum class EntryUse : uint8_t { kObject, kTemplate, kStatic, kNamed };
void check_workload_entry(const networking::WorkloadEntry& entry, EntryUse use,
                          const std::string& path, Finder& finder);
void check_workload_group(const networking::WorkloadGroup& group, Finder& finder);
void check_proxy_config(const networking::ProxyConfig& config, Finder& finder);

}  // namespace mesh::traffic
