// How values and annotations come out of Go's templates as text, and whether the YAML around them
// still means what it says.
#pragma once

#include <string>
#include <string_view>

#include "libmesh/document/value.h"

namespace mesh::injection::forms {

// fmt.Sprint of a Helm value, as encoding/json decodes it: "<nil>", "true", "15020", "1e+06".
// Empty for lists and mappings.
std::string sprint(const document::Value* value);

// Text that stands between double quotes of the YAML as it is.
bool is_quotable(std::string_view text);
// Text that may stand inside of a plain YAML scalar, though not alone (flags: "--level=" + text).
bool is_plain_part(std::string_view text);
// Text that as a whole is a plain YAML scalar and stays a string.
bool is_plain_string(std::string_view text);

// Go's truth of a value (text/template): not null, false, 0 or empty.
bool is_truthy(const document::Value* value);

}  // namespace mesh::injection::forms
