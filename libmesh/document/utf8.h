// UTF-8: what is well-formed (RFC 3629: no surrogates, nothing overlong), and how to make it so.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mesh::document {

// The length of the well-formed sequence that `text` begins with, 0 when it begins with none.
size_t utf8_sequence(std::string_view text);

// The offset of the first byte that belongs to no well-formed sequence, or npos.
size_t find_invalid_utf8(std::string_view text);

// The text with U+FFFD for every byte that belongs to no well-formed sequence.
std::string to_valid_utf8(std::string_view text);

void append_utf8(std::string& out, char32_t code_point);

}  // namespace mesh::document
