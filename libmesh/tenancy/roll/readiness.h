// Readiness: which parts of a control plane run, by the workloads in the snapshot.
//
// All Deployments, StatefulSets and DaemonSets labelled maistra.io/owner=<mesh namespace>, in that
// namespace and in those of its gateways that belong to the mesh; a part is ready when all its
// workloads are. Upstream: pkg/controller/servicemesh/controlplane/readiness.go.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "libmesh/index/snapshot.h"

namespace mesh::tenancy {

// By the label app.kubernetes.io/component; workloads without it are a user's own.
std::map<std::string, bool> component_readiness(const index::Snapshot& snapshot,
                                                const index::Tenant& tenant,
                                                const document::Value& spec);

bool is_workload_ready(const kube::Object& workload);

// True for charts that have workloads of their own; the others are ready once applied.
bool has_workloads(std::string_view chart);

}  // namespace mesh::tenancy
