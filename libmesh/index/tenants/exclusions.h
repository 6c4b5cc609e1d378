// Namespaces that an administrator keeps out of a mesh, beside those of the cluster itself
// (is_reserved_namespace): MeshOptions' spec.excludedNamespaces (docs/options.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libmesh/index/objects.h"

namespace mesh::index {

// A pattern is a name, or a prefix that ends in "*".
bool matches_exclusion(std::string_view pattern, std::string_view ns);
// The patterns of the mesh whose control plane is in `mesh_ns`; nothing without MeshOptions.
const std::vector<std::string>& excluded_namespaces(const ObjectMap& options,
                                                    const std::string& mesh_ns);

}  // namespace mesh::index
