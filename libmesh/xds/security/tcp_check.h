// Rules of AuthorizationPolicies that ask for what only a request tells (methods, paths, hosts, tokens), on ports that are not
// HTTP: there an ALLOW rule is left out, and of any other rule the condition is, so that it matches every connection that the
// rest matches (pilot/pkg/security/authz/model/model.go, for TCP). Of sidecars only: gateways go by their Gateways.
#pragma once

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/traffic/check/surroundings.h"

namespace mesh::xds {

Diagnostics check_tcp_rules(const index::Snapshot& snapshot, const traffic::Surroundings& around);

}  // namespace mesh::xds
