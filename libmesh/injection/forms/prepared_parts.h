// The parts of Prepared that are lists of environment variables, mounts and volumes.
#pragma once

#include "libmesh/injection/forms/prepared.h"
#include "libmesh/injection/settings.h"

namespace mesh::injection::forms {

void prepare_environment(const Settings& settings, Prepared& out);
void prepare_volumes(const Settings& settings, Prepared& out);

}  // namespace mesh::injection::forms
