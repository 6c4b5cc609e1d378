// Reads a text that is YAML or JSON, whichever it turns out to be.
#pragma once

#include <string_view>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/document/limits.h"
#include "libmesh/document/value.h"

namespace mesh::document {

// JSON if the first byte that is no white space is '{' or '[', else YAML. What begins like JSON and
// is none is read as YAML (`{a: b}`, a JSON document before a `---`), as kubectl does it
// (apimachinery, YAMLOrJSONDecoder); if that fails as well, the diagnostics are JSON's.
std::vector<Document> read_any(std::string_view text, std::string_view file,
                               Diagnostics& diagnostics, const Limits& limits = {});

}  // namespace mesh::document
