// The last step of reading settings, whatever they were read from: texts (settings.h) or a
// snapshot's tenant (tenant_settings.h).
#pragma once

#include <vector>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"
#include "libmesh/injection/settings.h"

namespace mesh::injection {

struct SettingsParts {
  SettingsIdentity identity;
  Options options;
  InjectorConfig config;
  document::Value values;
  document::Value mesh_config;  // of merged_mesh_config
  std::vector<ProxyConfigObject> proxy_configs;
};

// The layers over Istio's defaults, in canonical form.
Result<document::Value> merged_mesh_config(const std::vector<const document::Value*>& layers);

SettingsPtr make_settings(SettingsParts parts);

}  // namespace mesh::injection
