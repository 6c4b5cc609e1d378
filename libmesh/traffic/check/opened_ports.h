// Ports that Sidecars open: no container needs to say them.
#pragma once

#include <cstdint>
#include <string>

#include "libmesh/traffic/check/surroundings.h"

namespace mesh::traffic {

// A Sidecar of the namespace listens there.
bool is_opened(uint32_t number, const std::string& ns, const Surroundings& around);

}  // namespace mesh::traffic
