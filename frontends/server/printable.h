// Texts of clients and names of files in lines for people.
#pragma once

#include <string>
#include <string_view>

namespace mesh::server {

// The same text on one line: control characters are escaped ("\n", "\x1b"), so that nobody can write lines of a log or
// move a terminal's cursor by a name.
std::string printable(std::string_view text);

}  // namespace mesh::server
