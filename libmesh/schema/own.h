// Our own kinds' messages (mesh.libmesh.dev), and Kubernetes' NetworkPolicy, which only decisions
// about tenancy need.
#pragma once

#include "libmesh/schema/gen/k8s/networking.h"
#include "libmesh/schema/gen/own/own.h"
