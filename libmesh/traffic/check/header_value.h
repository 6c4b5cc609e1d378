// Header values as Envoy reads them: text with "%VARIABLE%", "%VARIABLE(argument)%" and "%%" for a percent sign
// (pkg/config/validation/header_value_validator.go).
#pragma once

#include <string_view>

namespace mesh::traffic {

// What is wrong with the value, or empty. Whether there is such a variable is not asked.
std::string_view header_value_fault(std::string_view value);

}  // namespace mesh::traffic
