// Two small controllers of Maistra's operator: CA bundles of webhooks, and the locality of pods.
#pragma once

#include <string>

#include "libmesh/index/snapshot.h"
#include "libmesh/tenancy/plan/plan.h"

namespace mesh::tenancy {

// The caBundle of the webhook configurations that belong to control planes and to the operator
// itself: istiod has no rights on them in a multi-tenant mesh (pkg/controller/servicemesh/webhookca).
void plan_ca_bundles(const index::Snapshot& snapshot, const PlanOptions& options, Plan& out);

// Region, zone and subzone of its node, as labels of a pod with a sidecar: istiod may not read nodes
// in a multi-tenant mesh (pkg/controller/podlocality).
void plan_localities(const index::Snapshot& snapshot, const index::Tenant& tenant,
                     const std::string& ns, Plan& out);

}  // namespace mesh::tenancy
