// What is wrong with control planes, rolls and members, whatever becomes of their claims.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/document/value.h"
#include "libmesh/kube/object.h"

namespace mesh::index {

inline constexpr const char* kOnlyName = "default";  // of member rolls and members

// By creation time, then namespace and name.
bool older(const kube::ObjectPtr& a, const kube::ObjectPtr& b);

Diagnostic tenancy_diagnostic(Severity severity, Code code, const kube::ObjectPtr& object,
                              std::string field, document::Position position, std::string message,
                              std::string mend);

// Of the control planes of one namespace, the oldest first.
Diagnostics second_control_planes(const std::vector<kube::ObjectPtr>& planes);
// A ServiceMeshMemberRoll or ServiceMeshMember that is not named "default".
Diagnostic wrong_name(const kube::ObjectPtr& object);
Diagnostics check_roll(const kube::ObjectPtr& roll, bool has_control_plane);
// `found`: whether there is the control plane that it names.
Diagnostics check_member(const kube::ObjectPtr& member, bool found);

}  // namespace mesh::index
