// Origins: the objects and fields behind what became of a request.
//
// What an Envoy is sent does not name them all. Routes are found through a tagged copy of the mesh (tagged.h), subsets and
// servers of Gateways by what they are for; policies of RBAC carry their names.
#pragma once

#include <vector>

#include "libmesh/model/proxy.h"
#include "libmesh/testing/suite/answer.h"
#include "libmesh/testing/walk/outcome.h"
#include "libmesh/testing/walk/request.h"

namespace mesh::testing {

class World;

// Of the way through the proxy. It costs a second walk.
std::vector<Reason> origins(World& world, const model::Proxy& proxy, const Request& request,
                            const Outcome& outcome);

// ALLOW policies for the workload: of a request that none of them allows.
std::vector<Reason> allow_policies(World& world, const model::Proxy& server);
// The rules of RequestAuthentications for the server that a token of the request is held against.
std::vector<Reason> token_rules(World& world, const model::Proxy& server, const Request& request);

}  // namespace mesh::testing
