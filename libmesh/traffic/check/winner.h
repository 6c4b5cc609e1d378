// Winner: how two objects stand to one another where one of them counts, in words.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "libmesh/kube/object.h"
#include "libmesh/traffic/visibility.h"

namespace mesh::traffic {

// Why `winner` comes before `loser` in Istio's order (creation time, then name, then namespace): "which is older".
std::string why_first(const kube::Object& winner, const kube::Object& loser);

// How near an object with that visibility is to proxies in `ns`, as VirtualServiceIndex::select orders VirtualServices:
// 0 of the namespace itself (`own`), 1 exported to it, 2 of everybody.
int rank_in(const std::string& ns, const Visibility& visibility, const std::string& own);

// The first few of a list, and how many there are beside them: "a, b, c and 4 more".
std::string some_of(const std::vector<std::string>& list);

}  // namespace mesh::traffic
