// Holes: where isolation ends for a connection, or would end for others like it.
#pragma once

#include <vector>

#include "libmesh/tenancy/reach/reach.h"

namespace mesh::tenancy {

// Of a decision whose answer and reasons are made. A refused connection has those holes only that
// concern the target as such (policies that are switched off).
std::vector<Hole> holes(const Network& network, const Endpoint& from, const Endpoint& to,
                        const Decision& decision);

}  // namespace mesh::tenancy
