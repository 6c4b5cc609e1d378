// Services that want the same host, address or port of a workload: which one has it, and that the others have not.
#pragma once

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/traffic/check/surroundings.h"
#include "libmesh/traffic/traffic.h"

namespace mesh::traffic {

// Services with one address and TCP port, or without any address on one port: proxies listen there once, and what comes in
// goes to the first (pilot/pkg/networking/core/listener.go, conflicts of outbound listeners). Of services that a Sidecar
// keeps from the namespace nothing is said (shared_addresses.cc).
Diagnostics shared_addresses(const index::Snapshot& snapshot, const Traffic& traffic);

// ServiceEntries of one host. In one namespace the first one's protocol of a port, resolution and location count; of several
// namespaces each follows its own, and all others the first (sidecar.go selectServices, DefaultSidecarScopeForNamespace;
// entry_hosts.cc).
Diagnostics entry_hosts(const index::Snapshot& snapshot, const index::Mesh& mesh);

// Services of one pod that mean one of its ports and disagree about the protocol: the first one's counts, for all
// (pilot/pkg/networking/core/listener_inbound.go; target_ports.cc).
Diagnostics target_ports(const index::Snapshot& snapshot, const Surroundings& around);

}  // namespace mesh::traffic
