// Errors as Go's multierror and strconv word them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mesh::injection::forms {

// hashicorp/go-multierror: "1 error occurred:\n\t* …\n\n". Empty for none.
std::string error_list(const std::vector<std::string>& errors);
// fmt's %q.
std::string go_quoted(std::string_view text);
// strconv.ParseUint(text, 10, bits): empty when it is a number that fits.
std::string unsigned_fault(std::string_view text, int bits);

}  // namespace mesh::injection::forms
