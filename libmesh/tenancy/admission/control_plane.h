// What the two hooks of a ServiceMeshControlPlane share.
#pragma once

#include <optional>
#include <string>

#include "libmesh/smcp/path.h"
#include "libmesh/tenancy/admission/hooks.h"

namespace mesh::tenancy {

// Why the object cannot be read as what its kind says ("spec.mode: …"), or nothing.
std::optional<std::string> control_plane_fault(const HookCall& call);

}  // namespace mesh::tenancy
