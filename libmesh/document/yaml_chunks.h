// Cuts a YAML text into its documents without parsing it.
//
// `---` and `...` at the start of a line end a document wherever they stand, even within a quoted
// or block scalar (YAML 1.1, 4.2.2), so cutting there needs no parser, as kubectl does it
// (apimachinery's YAMLReader). What stands between is parsed apart from the rest.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace mesh::document {

struct YamlChunk {
  std::string_view text;
  uint32_t first_line = 1;  // its line in the whole text
};

// `text` has no byte order mark. A chunk keeps its own directives and `---` line.
std::vector<YamlChunk> split_yaml(std::string_view text);

// True when there is nothing but white space, comments and document marks.
bool is_blank_yaml(std::string_view chunk);

}  // namespace mesh::document
