// Whether a scope is as it was although rules or services of the mesh changed: asked of what changed alone, not of all
// that the scope has.
#pragma once

#include "libmesh/traffic/difference.h"
#include "libmesh/traffic/scope.h"
#include "libmesh/traffic/scope_builder.h"

namespace mesh::traffic {

// `scope` was made of the state before; `from` and `sidecar` (of its proxies, may be null) are of the state after. Property: when true, building
// it anew gives an equal one.
bool scope_stands(const Scope& scope, const ScopeSources& from, const index::Sidecar* sidecar,
                  const Difference& change);

}  // namespace mesh::traffic
