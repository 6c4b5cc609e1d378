// Regular expressions as Go and today's RE2 read them, for an RE2 that is older.
#pragma once

#include <string>
#include <string_view>

namespace mesh {

// "(?P<name>" for "(?<name>", which RE2 takes since 2023 only; what is quoted and what stands in a class stays as it is.
std::string with_old_groups(std::string_view expression);

// Whether "\C" is there, which is any byte for RE2 and nothing that Go has.
bool has_any_byte(std::string_view expression);

}  // namespace mesh
