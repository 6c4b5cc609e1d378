#include "libmesh/model/istiod_variables.h"

#include "libmesh/base/parse_bool.h"

namespace mesh::model {
bool istiod_variable(const meshconfig::MeshConfig& config, const char* name) {
  if (!config.default_config) return false;
  const auto& set = config.default_config->proxy_metadata;
  if (set.empty()) return false;
  const auto found = set.find(name);
  return found != set.end() && parse_bool(found->second).value_or(false);
}

bool uses_dual_stack(const meshconfig::MeshConfig& config) {
  return istiod_variable(config, "ISTIO_DUAL_STACK");
}

}  // namespace mesh::model
