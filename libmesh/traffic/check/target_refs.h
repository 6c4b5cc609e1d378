// Target references: targetRefs of policies that name a Gateway, a Service or a ServiceEntry that is not there. Such a policy
// applies to nothing, and Istio says so in its status only.
#pragma once

#include "libmesh/base/diagnostics.h"
#include "libmesh/traffic/check/surroundings.h"

namespace mesh::traffic {

Diagnostics check_target_refs(const Surroundings& around);

}  // namespace mesh::traffic
