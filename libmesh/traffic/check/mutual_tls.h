// DestinationRules that send what PeerAuthentications refuse: no mutual TLS to workloads that are STRICT.
#pragma once

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/traffic/check/surroundings.h"

namespace mesh::traffic {

Diagnostics check_mutual_tls(const index::Snapshot& snapshot, const Surroundings& around);

}  // namespace mesh::traffic
