// The hooks of each kind. A validating one gives no verdict while it lacks an answer.
#pragma once

#include <optional>

#include "libmesh/tenancy/admission/request.h"

namespace mesh::tenancy {

struct HookCall {
  const index::Snapshot& snapshot;
  const AdmissionOptions& options;
  const AdmissionRequest& request;
  const Value& object;  // as it would be stored: with what the mutating hook did
  Access& access;
};

bool is_watched(const AdmissionOptions& options, std::string_view ns);
// The object's namespace and name, or the request's.
std::string namespace_of(const HookCall& call);
std::string name_of(const HookCall& call);

// control_plane_mutation.cc, control_plane.cc
Verdict mutate_control_plane(const HookCall& call);
std::optional<Verdict> validate_control_plane(const HookCall& call);
// member_roll.cc
Verdict mutate_member_roll(const HookCall& call);
std::optional<Verdict> validate_member_roll(const HookCall& call);
// member.cc
std::optional<Verdict> validate_member(const HookCall& call);

// "May the user update pods?" (in one namespace, or in all): the operator's measure of who may put
// a namespace into a mesh. Who may do so everywhere is an administrator to us.
Question update_pods(std::string ns);

}  // namespace mesh::tenancy
