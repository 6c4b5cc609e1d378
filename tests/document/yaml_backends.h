// Two more parsers behind the event interface, to hold the library's own (libyaml) against.
// docs/decisions/0005-yaml-reader.md says why they are here and not there.
#pragma once

#include <optional>
#include <string_view>

#include "libmesh/document/yaml_events.h"

namespace mesh::document {

std::optional<YamlSyntaxError> parse_with_libfyaml(std::string_view text, YamlHandler& handler);
std::optional<YamlSyntaxError> parse_with_yaml_cpp(std::string_view text, YamlHandler& handler);

}  // namespace mesh::document
