// netip.ParsePrefix: what it says of a text that is no address range.
#pragma once

#include <string>
#include <string_view>

namespace mesh::injection::forms {

// Empty when the text is one.
std::string prefix_fault(std::string_view text);

}  // namespace mesh::injection::forms
