// What the forms of a report share: walking results, and telling a failure in lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libmesh/document/value.h"

namespace mesh::testing {

// The members of a list member; nothing when there is none.
const document::List& list_at(const document::Value& value, std::string_view key);
int64_t number_at(const document::Value& value, std::string_view key);

// What a case expected and found, and why, in lines without ends.
std::vector<std::string> failure_lines(const document::Value& result);
// A text of a suite's author on one line, without what would command a terminal.
std::string one_line(std::string_view text);
// "file:12:3: error[code] object: field: message (mend)", as everywhere.
std::string diagnostic_line(const document::Value& diagnostic);
// Whether warnings of the results count as errors.
bool is_strict(const document::Value& results);
// Whether the diagnostic stands beside no case that tells it: of severity error, of strict results also warning.
bool is_error(const document::Value& diagnostic, bool strict);

}  // namespace mesh::testing
