// The charts of each version: where they are, what switches them on, and their order.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "libmesh/smcp/versions.h"

namespace mesh::smcp {

enum class ChartKind : uint8_t {
  kMesh,        // rendered once, with all values
  kIngress,     // once per ingress gateway
  kEgress,      // once per egress gateway
  kThreeScale,  // once, with the values of 3scale
};

struct Chart {
  std::string_view name;
  std::string_view path;  // below the charts of the version
  // The components any of which switches it on; none: always.
  std::array<std::string_view, 2> enabled_by;
  bool enabled_otherwise;  // when the values do not say (v1.1, where the charts' own say it)
  Version since;
  Version until;
  size_t group;
  ChartKind kind = ChartKind::kMesh;
};

std::span<const Chart> charts();

}  // namespace mesh::smcp
