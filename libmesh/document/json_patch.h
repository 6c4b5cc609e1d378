// JSON patches (RFC 6902): made, written and applied.
//
// A patch is made by comparing two trees. Equal parts cost one comparison. Lists are compared as
// lists of things: what stands at both ends of both is left alone, and elements with a `name` are
// recognised by it, so that one container more is one operation, wherever it stands. The patch
// applied to the first tree gives exactly the second, the order of mappings' keys aside.
#pragma once

#include <string>
#include <string_view>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"

namespace mesh::document {

// The operations that make `to` of `from`: add, remove and replace.
List make_json_patch(const Value& from, const Value& to);

// Appends the same patch as JSON text, without building it. False, and nothing appended, when there
// is no difference.
bool append_json_patch(std::string& out, const Value& from, const Value& to);

// Applies all six operations. An error names the operation, and `document` is then as it was.
Result<void> apply_json_patch(const List& patch, Value& document);

// A key as it stands in a JSON pointer: "~0" and "~1" for '~' and '/'.
void append_pointer_token(std::string& out, std::string_view key);

}  // namespace mesh::document
