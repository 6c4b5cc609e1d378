// Says where and why a text is not JSON.
//
// The fast reader only says that it is not. On the way to a message speed does not count, so this
// is a plain scanner of RFC 8259 that knows nothing but positions; the fuzz target holds the two
// against each other.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mesh::document {

struct JsonFault {
  size_t offset = 0;
  std::string message;
};

// The first fault of a text, or nothing when it is one JSON value.
std::optional<JsonFault> find_json_fault(std::string_view text);

// True for what RFC 8259 calls a number.
bool is_json_number(std::string_view text);

}  // namespace mesh::document
