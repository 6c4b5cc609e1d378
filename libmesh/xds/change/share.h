// Lists of resources compared with those before them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "libmesh/xds/resource.h"

namespace mesh::xds {

// "outbound|80|v1|host" and "outbound_.80_.v1_.host" -> "host"; another name stays as it is.
std::string_view host_of_cluster(std::string_view name);

// By name what `now` has anew or otherwise, null what it has no more. Resources of equal bytes become the ones that were, in
// `now` too. Costs what differs by pointer, but for what both have at the ends.
std::vector<std::pair<std::string, ResourcePtr>> share(const Resources& before, Resources& now);

}  // namespace mesh::xds
