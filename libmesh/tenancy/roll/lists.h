// The lists of members that Kiali and Prometheus work by.
//
// Upstream: memberroll/controller.go (reconcileKiali) and memberroll/prometheus.go. Nothing is
// planned for a Kiali or a ConfigMap that is not there.
#pragma once

#include <string>
#include <vector>

#include "libmesh/index/snapshot.h"
#include "libmesh/tenancy/plan/facts.h"
#include "libmesh/tenancy/plan/planned.h"

namespace mesh::tenancy {

struct MeshLists {
  bool kiali = false;  // the mesh has one
  std::string kiali_name;
  std::vector<std::string> accessible;  // namespaces, or "**"
  std::vector<std::string> excluded;    // patterns; only of a cluster-wide mesh
  bool prometheus = false;              // the mesh has one, and is of 2.4 or later
  std::vector<std::string> scraped;     // members, and the mesh's own namespace last
  std::string problem;                  // prometheus.yml cannot be read
};

MeshLists mesh_lists(const index::Snapshot& snapshot, const index::Tenant& tenant,
                     const MeshFacts& facts, const PlanOptions& options);

// The Kiali resource and the ConfigMap `prometheus` as they must be, if they are there.
void plan_lists(const index::Snapshot& snapshot, const index::Tenant& tenant,
                const MeshFacts& facts, const PlanOptions& options,
                std::vector<PlannedObject>& out);

// prometheus.yml with these namespaces in every kubernetes_sd_configs, but for the job "pilot";
// the same text when nothing differs. Written as JSON, which is YAML.
Result<std::string> with_scraped(const std::string& text, const std::vector<std::string>& scraped);

}  // namespace mesh::tenancy
