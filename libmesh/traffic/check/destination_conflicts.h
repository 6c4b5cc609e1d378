// DestinationRules of one host: which are merged and whose part counts, which stand apart and count for nothing.
//
// Rules of one namespace, host, exportTo and workloadSelector are merged: of subsets of one name, and of traffic policies,
// the oldest one's count (pilot/pkg/model/destination_rule.go mergeDestinationRule). Others stand apart: where a proxy sees
// two, the first is followed and the other is not. Rules of different namespaces are never merged: the client's own
// namespace goes first, then the service's, then the root namespace (push_context.go destinationRule).
#pragma once

#include "libmesh/base/diagnostics.h"
#include "libmesh/traffic/check/surroundings.h"

namespace mesh::traffic {

Diagnostics destination_conflicts(const Surroundings& around);

}  // namespace mesh::traffic
