#include "libmesh/traffic/features.h"

#include <string_view>

namespace mesh::traffic {
namespace {

// As Go's strconv.ParseBool; what is neither is the default, false.
bool is_true(std::string_view text) {
  return text == "true" || text == "True" || text == "TRUE" || text == "t" || text == "T" ||
         text == "1";
}

}  // namespace

Features features_of(const meshconfig::MeshConfig& config) {
  Features out;
  if (!config.default_config) return out;
  const auto& set = config.default_config->proxy_metadata;
  if (set.empty()) return out;
  const auto on = [&set](const char* name) {
    const auto found = set.find(name);
    return found != set.end() && is_true(found->second);
  };
  out.quic_listeners = on("PILOT_ENABLE_QUIC_LISTENERS");
  out.filter_gateway_clusters = on("PILOT_FILTER_GATEWAY_CLUSTER_CONFIG");
  out.scope_gateway_to_namespace = on("PILOT_SCOPE_GATEWAY_TO_NAMESPACE");
  out.persistent_sessions = on("PILOT_ENABLE_PERSISTENT_SESSION_FILTER");
  return out;
}

}  // namespace mesh::traffic
