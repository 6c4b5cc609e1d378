// References: what traffic rules name and is not there: hosts, ports, subsets, gateways, namespaces, workloads.
//
// A name that leads nowhere is no mistake for Istio: the rule is taken and does nothing, or a request meets a 503. Here it
// is a warning at the field that names it, with what was probably meant. The cases are those of istioctl analyze
// (pkg/config/analysis/analyzers: virtualservice, destinationrule, gateway, sidecar, serviceentry, authz) and some more.
#pragma once

#include "libmesh/base/diagnostics.h"
#include "libmesh/traffic/check/surroundings.h"

namespace mesh::traffic {

// Of VirtualServices (references_routes.cc).
void check_route_references(const Surroundings& around, Diagnostics& out);
// Of DestinationRules, Gateways and Sidecars (references.cc); those of ServiceEntries are in services.h.
void check_references(const Surroundings& around, Diagnostics& out);
// Of what selects workloads: policies of security, Telemetry, extensions (references_workloads.cc).
void check_workload_references(const Surroundings& around, Diagnostics& out);

}  // namespace mesh::traffic
