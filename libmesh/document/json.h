// JSON in and out.
#pragma once

#include <string>
#include <string_view>

#include "libmesh/base/diagnostics.h"
#include "libmesh/base/result.h"
#include "libmesh/document/limits.h"
#include "libmesh/document/value.h"

namespace mesh::document {

// Reads one JSON value, with the position of every key and value. Strict (RFC 8259): UTF-8 only, no
// comments, nothing after the value. Integers keep all their 64 bits. Of duplicate keys the last
// counts, with a diagnostic (tree_builder.h). What makes the text unreadable is both returned and
// among the diagnostics.
Result<Value> read_json(std::string_view text, std::string_view file, Diagnostics& diagnostics,
                        const Limits& limits = {});

// Large lists that a caller may have no use for. `true` stands in the tree where one was passed
// over; its text was looked through for its end and for UTF-8, no more.
struct PassOver {
  std::string_view key;  // of the list in its mapping
  size_t depth = 0;      // lists and mappings around the list
  size_t bytes = 0;      // shorter ones are read
  bool happened = false;
};
Result<Value> read_json(std::string_view text, std::string_view file, Diagnostics& diagnostics,
                        const Limits& limits, PassOver& pass_over);

// Keys in the order of the value. Doubles are the shortest text that reads back the same, as
// encoding/json lays them out; what is not UTF-8 becomes U+FFFD. `indent` 0 is one line.
std::string write_json(const Value& value, int indent = 0);

}  // namespace mesh::document
