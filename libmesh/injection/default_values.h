// The Helm values that injection reads, as Istio's chart has them when nothing is set
// (manifests/charts/istio-control/istio-discovery/values.yaml, the part that goes into the
// injector's ConfigMap).
#pragma once

#include "libmesh/document/value.h"

namespace mesh::injection {

const document::Value& default_values();

}  // namespace mesh::injection
