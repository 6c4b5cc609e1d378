// Extension providers of one layer of MeshConfig that have one name: the last one replaces the others (ApplyMeshConfig in
// Istio's pkg/config/mesh/mesh.go). That a later layer replaces one of an earlier layer is what layers are for, and nothing
// is said of it.
#pragma once

#include "libmesh/base/diagnostics.h"
#include "libmesh/document/value.h"

namespace mesh::index {

// With fields as in "extensionProviders[0]", and the lines of the layer's own text.
Diagnostics repeated_providers(const document::Value& layer);

}  // namespace mesh::index
