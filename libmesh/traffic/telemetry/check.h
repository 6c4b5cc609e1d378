// What of the Telemetry objects of a mesh has no effect, and why: providers that are not there or cannot do
// what they are named for, filters that no provider takes. Istio says nothing of these, or writes them to
// its log. (That an older object keeps another from counting is among the conflicts: check/conflicts.h.)
#pragma once

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/mesh.h"

namespace mesh::traffic {

Diagnostics check_telemetry(const index::Mesh& mesh);

}  // namespace mesh::traffic
