// Shadowed: routes of a VirtualService that no request comes to, because one before them takes everything that they
// would. The cases are those that can be told for certain: a route without a match, and matches that ask for no more than
// an earlier one does (virtualservice's unreachable rules of istioctl analyze, and prefixes within prefixes).
#pragma once

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/mesh.h"

namespace mesh::traffic {

Diagnostics shadowed_routes(const index::Mesh& mesh);

}  // namespace mesh::traffic
