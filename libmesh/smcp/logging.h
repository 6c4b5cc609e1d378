// Log levels per component, which the values hold as one text: "conn_handler:debug,http:info".
#pragma once

#include <string>
#include <string_view>

#include "libmesh/smcp/path.h"

namespace mesh::smcp {

// Sorted; empty for nothing.
std::string log_levels_text(const Value* levels);
Value parse_log_levels(std::string_view text, Faults& faults);

}  // namespace mesh::smcp
