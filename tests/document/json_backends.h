// A second JSON reader, to hold the library's own (simdjson) against.
// docs/decisions/0006-json-reader.md says why it is here and not there.
#pragma once

#include <string_view>

#include "libmesh/base/diagnostics.h"
#include "libmesh/base/result.h"
#include "libmesh/document/limits.h"
#include "libmesh/document/value.h"

namespace mesh::document {

// read_json on RapidJSON's SAX reader.
Result<Value> read_json_with_rapidjson(std::string_view text, std::string_view file,
                                       Diagnostics& diagnostics, const Limits& limits = {});

}  // namespace mesh::document
