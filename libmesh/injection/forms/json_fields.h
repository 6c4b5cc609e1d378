// Annotations that hold a JSON object: user volumes, mounts, variables of Datadog.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libmesh/document/value.h"
#include "libmesh/injection/forms/view.h"

namespace mesh::injection::forms {

// The fields of the object by key, as Go's templates walk them. What is no object is noted as odd:
// the template says what it makes of it.
std::vector<std::pair<std::string, document::Value>> json_fields(std::string_view json, View& view);

// A JSON string as encoding/json writes it, with its escapes for HTML.
void append_go_json_string(std::string& out, std::string_view text);

}  // namespace mesh::injection::forms
