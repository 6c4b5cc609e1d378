// Paths as an HTTP connection manager normalizes them (source/common/http/path_utility.cc in Envoy, which uses
// Chromium's canonicalizer).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mesh::testing {

// "/a/./b/../c" -> "/a/c"; "%41" -> "A"; "\" -> "/". Nothing when the path does not begin with a slash. The query
// stays.
std::optional<std::string> normalized_path(std::string_view path);
// "//a///b" -> "/a/b".
std::string with_merged_slashes(std::string_view path);
// "%2F" and "%5C" in the path as slashes.
std::string with_unescaped_slashes(std::string_view path);
bool has_escaped_slashes(std::string_view path);

}  // namespace mesh::testing
