#include "libmesh/model/istiod_variables.h"

#include <string_view>

namespace mesh::model {
namespace {

// What is neither true nor false is the default, false.
bool is_true(std::string_view text) {
  return text == "true" || text == "True" || text == "TRUE" || text == "t" || text == "T" ||
         text == "1";
}

}  // namespace

bool istiod_variable(const meshconfig::MeshConfig& config, const char* name) {
  if (!config.default_config) return false;
  const auto& set = config.default_config->proxy_metadata;
  if (set.empty()) return false;
  const auto found = set.find(name);
  return found != set.end() && is_true(found->second);
}

bool uses_dual_stack(const meshconfig::MeshConfig& config) {
  return istiod_variable(config, "ISTIO_DUAL_STACK");
}

}  // namespace mesh::model
