// Pods are asked for by name. Where nothing runs a workload has one pod that was made up (docs/synthesis.md), and whoever has
// written the workload knows no other name than the workload's.
#pragma once

#include <string>
#include <string_view>

#include "libmesh/index/snapshot.h"

namespace mesh::index {

// The name of the pod that is made up for a workload.
std::string made_up_pod(std::string_view workload);

// "cart-synthesized" of the Deployment cart that has no pods; the name as it is when there is a pod of that name, and when
// there is neither.
std::string pod_or_made_up(const Snapshot& snapshot, std::string_view ns, std::string_view name);

}  // namespace mesh::index
