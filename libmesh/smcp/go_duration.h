// Whether a text is a duration of Go's, and if not, in whose words.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mesh::smcp {

// The error of time.ParseDuration ("time: missing unit in duration \"5\""), or nothing.
std::optional<std::string> go_duration_fault(std::string_view text);

}  // namespace mesh::smcp
