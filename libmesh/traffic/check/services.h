// Services: what is wrong with what services are made of: ServiceEntries that Istio refuses (validation.go), and Services whose
// selectors, target ports or names of ports lead nowhere.
#pragma once

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/traffic/check/surroundings.h"

namespace mesh::traffic {

Diagnostics check_services(const index::Snapshot& snapshot, const index::Tenant& tenant,
                           const Surroundings& around);

}  // namespace mesh::traffic
