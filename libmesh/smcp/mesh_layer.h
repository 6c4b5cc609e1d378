// The part of MeshConfig that a control plane's values say.
//
// The charts lay values.meshConfig over what they make of single values (istio-discovery,
// templates/configmap.yaml); so does this, with the names that MeshConfig has.
#pragma once

#include "libmesh/document/value.h"
#include "libmesh/smcp/versions.h"

namespace mesh::smcp {

document::Value mesh_layer(const document::Value& values, Version version);

}  // namespace mesh::smcp
