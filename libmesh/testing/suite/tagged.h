// Tagged: a mesh in which every HTTP route of a VirtualService carries its place in its name, so that the route that a
// request takes tells the object and field that made it, through delegates and merges as well.
//
//   spec: {http: [{name: canary, …}]} of shop/cart   ->   name: "{{shop/cart http[0]}}canary"
//
// Names of routes decide nothing, so a request takes the same way. That is held by the runner: what comes out otherwise
// with the tags is not used.
#pragma once

#include <string_view>
#include <vector>

#include "libmesh/index/snapshot.h"
#include "libmesh/testing/suite/answer.h"

namespace mesh::testing {

index::SnapshotPtr tagged(const index::Snapshot& snapshot);

// The places in the name of a route, the outermost first.
std::vector<Reason> places_in(std::string_view route_name);

}  // namespace mesh::testing
