// Numbers from text and back, independent of the locale.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libmesh/document/value.h"

namespace mesh::document {

// The double nearest to a decimal text. Too large is nothing; too small is zero, as in Go.
std::optional<double> parse_double(std::string_view text);

// The number of a JSON text that is known to be well-formed: an integer where it is written as one
// and fits 64 bits, else a double; nothing when it fits neither (1e999).
std::optional<Value> parse_json_number(std::string_view text);

// The shortest text that reads back as the same double, laid out as encoding/json does ("50",
// "0.1", "1e+21"), but for integers above 2^53, which are written to the last digit: read back as
// integers they are still the same number. Infinities and NaN become the strings protobuf's JSON
// has for them, with quotes.
void append_double(std::string& out, double number);

}  // namespace mesh::document
