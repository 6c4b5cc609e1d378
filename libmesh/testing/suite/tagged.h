// Tagged: a mesh in which every route of a VirtualService carries its place, an HTTP route in its name, so that the route that a
// request takes tells the object and field that made it, through delegates and merges as well.
//
//   spec: {http: [{name: canary, …}]} of shop/cart   ->   name: "{{shop/cart http[0]}}canary"
//
// Names of routes decide nothing, so a request takes the same way. Routes of TLS and TCP have no names: each has a
// destination more, which is named after its place and gets one connection in a hundred. That it is the same way is
// held by origins.cc: what comes out otherwise with the tags is not used.
#pragma once

#include <string_view>
#include <vector>

#include "libmesh/index/snapshot.h"
#include "libmesh/testing/suite/answer.h"

namespace mesh::testing {

index::SnapshotPtr tagged(const index::Snapshot& snapshot);

// The places in the name of a route, or of a cluster, the outermost first.
std::vector<Reason> places_in(std::string_view name);

}  // namespace mesh::testing
