// The components whose runtime a control plane can set.
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace mesh::smcp {

std::span<const std::string_view> component_names();

}  // namespace mesh::smcp
