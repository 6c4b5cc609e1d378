// A boolean as Go's strconv.ParseBool reads it: in annotations, environment variables and metadata.
#pragma once

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>

namespace mesh {

// Nothing for what is neither true nor false.
inline std::optional<bool> parse_bool(std::string_view text) {
  static constexpr std::string_view kTrue[] = {"1", "t", "T", "TRUE", "true", "True"};
  static constexpr std::string_view kFalse[] = {"0", "f", "F", "FALSE", "false", "False"};
  if (std::find(std::begin(kTrue), std::end(kTrue), text) != std::end(kTrue)) return true;
  if (std::find(std::begin(kFalse), std::end(kFalse), text) != std::end(kFalse)) return false;
  return std::nullopt;
}

}  // namespace mesh
