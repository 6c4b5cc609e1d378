// Istio's own templates, which native forms stand for: recognised by the SHA-256 of their text.
#pragma once

#include <optional>
#include <string_view>

#include "libmesh/injection/template.h"

namespace mesh::injection {

// The form that gives what this text gives. White space at both ends does not count: it depends on
// how the ConfigMap was written.
std::optional<NativeForm> known_template(std::string_view text);

}  // namespace mesh::injection
