// What the sections policy and telemetry share: Mixer's settings lie in one mapping of the values,
// and which of the two a v1 resource means has to be guessed.
#pragma once

#include <optional>
#include <string_view>

#include "libmesh/smcp/sections.h"

namespace mesh::smcp {

// The type as `place` names it (taken): None, Mixer, Remote or Istiod; else a guess from the
// switches of a native v1 resource, or empty to leave it to the defaults. `component` is "policy" or
// "telemetry", `remote_address` the place of its remote address.
std::string take_mixer_type(Tree& values, Version version, std::string_view component,
                            std::string_view remote_address);

// A member of the mixer's values as a tree of its own: a copy, which write_back or drop puts back.
Value copy_map(Tree& values, std::string_view path);
void write_back(Tree& values, std::string_view path, Value part);

}  // namespace mesh::smcp
