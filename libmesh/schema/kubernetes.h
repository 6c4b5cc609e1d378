// Every Kubernetes message that the mesh reads.
#pragma once

#include "libmesh/schema/gen/k8s/apps.h"
#include "libmesh/schema/gen/k8s/batch.h"
#include "libmesh/schema/gen/k8s/core.h"
#include "libmesh/schema/gen/k8s/discovery.h"
#include "libmesh/schema/gen/k8s/meta.h"
