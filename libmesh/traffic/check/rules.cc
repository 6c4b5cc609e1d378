#include "libmesh/traffic/check/rules.h"

#include "libmesh/traffic/check/rules_kinds.h"

namespace mesh::traffic {

Diagnostics check_rules(const index::Mesh& mesh) {
  Diagnostics out;
  auto each = [&](const auto& list, auto check) {
    for (const auto& config : list) {
      if (config.object->synthesized) continue;  // of an Ingress, which is told itself
      Finder finder(*config.object, out);
      check(*config.spec, finder);
    }
  };
  each(*mesh.destination_rules, check_destination_rule);
  each(*mesh.gateways, check_gateway_rule);
  each(*mesh.sidecars, check_sidecar_rule);
  each(*mesh.request_authentications, check_request_authentication);
  each(*mesh.peer_authentications, check_peer_authentication);
  each(*mesh.authorization_policies, check_authorization_policy);
  each(*mesh.telemetries, check_telemetry_rule);
  each(*mesh.wasm_plugins, check_wasm_plugin);
  each(*mesh.traffic_extensions, check_traffic_extension);
  each(*mesh.envoy_filters, check_envoy_filter_target);
  return out;
}

}  // namespace mesh::traffic
