// How Go reads texts, where Istio leaves that to Go's library.
#pragma once

#include <cstdint>
#include <string_view>

namespace mesh::traffic {

// A whole number with a sign or without (strconv.Atoi); 0 for what is none.
int64_t go_number(std::string_view text);
// What url.Parse refuses anywhere: a "%" without two hexadecimal digits behind it, and control
// characters of ASCII.
bool has_bad_escape(std::string_view text);
bool has_control(std::string_view text);

}  // namespace mesh::traffic
