// The injector's configuration as the charts make it of Helm values, for a control plane whose
// ConfigMap is not at hand (istio-discovery, templates/istiod-injector-configmap.yaml); and what
// Maistra's builds add.
#pragma once

#include "libmesh/base/diagnostics.h"
#include "libmesh/document/value.h"
#include "libmesh/injection/settings.h"

namespace mesh::injection {

InjectorConfig config_of_values(const document::Value& values, Diagnostics& diagnostics);

}  // namespace mesh::injection
