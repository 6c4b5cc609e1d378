// What a resource asks for by name: the route configurations of a listener, the endpoints of a
// cluster, the secrets of both. Read from the serialized bytes, so that it holds whoever wrote them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mesh::xds {

// RDS names of a Listener's filter chains, in order, without repetitions.
void append_route_names(std::string_view listener, std::vector<std::string>& out);
// The EDS name of a Cluster of type EDS (its service_name, else its own name); empty for others.
std::string endpoint_name(std::string_view cluster);

}  // namespace mesh::xds
