// Builds scopes: from a Sidecar, the default "*/*", or for a gateway (pilot/pkg/model/sidecar.go).
#pragma once

#include <string>

#include "libmesh/index/mesh.h"
#include "libmesh/traffic/destination_rules.h"
#include "libmesh/traffic/scope.h"
#include "libmesh/traffic/services.h"
#include "libmesh/traffic/virtual_services.h"

namespace mesh::traffic {

// The indexes that scopes are made from.
struct ScopeSources {
  const index::Mesh& mesh;
  const ServiceIndex& services;
  const VirtualServiceIndex& virtual_services;
  const DestinationRuleIndex& destination_rules;
};

// sidecar may be null: the default scope, which sees everything exported to the namespace.
ScopePtr build_scope(const ScopeSources& from, const index::Sidecar* sidecar,
                     const std::string& ns);
ScopePtr build_gateway_scope(const ScopeSources& from, const std::string& ns);

}  // namespace mesh::traffic
