// The tables of shape.h, as text.
#pragma once

#include <string_view>

namespace mesh::smcp {

extern const std::string_view kShapes;

}  // namespace mesh::smcp
