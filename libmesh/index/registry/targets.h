// Service targets: which service ports a proxy's own workload serves, and on which port.
//
// Istio's GetProxyServiceTargets over both registries, in the order of SetServiceTargets: by
// creation time, then host. Kubernetes: the services that select the WorkloadEntry at the proxy's
// address; else those of the proxy's namespace that select its labels (of its pod, else of its
// metadata); without any, services with an endpoint at its address (headless ones without
// selector). ServiceEntries: those of its namespace with an endpoint at one
// of its addresses.
#pragma once

#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/model/proxy.h"
#include "libmesh/model/service.h"

namespace mesh::index {

// `by_endpoints` is set when endpoints of Kubernetes Services were looked at: while it is not, other ones change nothing
// here.
std::vector<model::ServiceTarget> service_targets(const Mesh& mesh, const model::Proxy& proxy,
                                                  bool* by_endpoints = nullptr);

// Whether ServiceEntries give every proxy the same targets in both.
bool same_entry_targets(const Mesh& a, const Mesh& b);

}  // namespace mesh::index
