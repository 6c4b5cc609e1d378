// Facts: what a control plane says, as far as the objects around it depend on it.
//
// Read once per control plane and kept as long as nothing they were read from changes; everything
// that is planned for the mesh and for its members is a function of these.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libmesh/index/snapshot.h"
#include "libmesh/smcp/versions.h"
#include "libmesh/tenancy/plan/planned.h"
#include "libmesh/tenancy/release/releases.h"

namespace mesh::tenancy {

// What the process that applies the plan is; of Maistra's operator these are flags and environment.
struct PlanOptions {
  std::string operator_version = "2.5.1";  // first half of the "reconciled version"
  std::string operator_namespace = "openshift-operators";
  bool cni = true;                          // the CNI plug-in is installed (olm.cniEnabled)
  std::string default_profile = "maistra";  // what the profile "default" is: or "servicemesh"
  // The input is a part of a cluster: meshes that it does not know may exist elsewhere, and a
  // namespace that is labelled with one is theirs. Without it such a mesh is a deleted one.
  bool partial = false;
  model::TenantId tenant;  // plans for this mesh alone, and tells of no other; empty is all
};

struct GatewayFacts {
  std::string name;
  std::string ns;
  bool ingress = true;
  Labels labels;                       // of its pods
  std::vector<document::Value> ports;  // that its pods listen on: numbers or names; none: unknown
  std::string field;                   // of the control plane
};

struct MeshFacts {
  model::TenantId tenant;
  std::string ns;
  std::string name;  // of the control plane: the revision as well
  kube::ObjectPtr control_plane;
  smcp::Version version{};
  bool cluster_wide = false;
  bool manage_network_policy = true;
  bool prometheus = false;
  bool grafana = false;
  bool kiali = false;
  bool jaeger = false;
  std::string jaeger_name;
  std::vector<GatewayFacts> gateways;  // enabled ones, by namespace and name

  std::string chart_version;  // label maistra-version
  std::string generation;     // "2.5.1-3"
};

// What a rendering says of the mesh.
MeshFacts facts_of(const index::Tenant& tenant, const PlanOptions& options,
                   const smcp::Rendering& rendering);
// Nothing when the version is none that can be planned for; `problem` says why.
std::optional<MeshFacts> read_facts(const index::Snapshot& snapshot, const index::Tenant& tenant,
                                    const PlanOptions& options, std::string& problem);

// "<operator version>-<generation>": which state of the control plane an object was made for.
std::string generation_of(const kube::Object& control_plane, const PlanOptions& options);
ReleaseOptions release_options(const PlanOptions& options);

// The object is on its way out (metadata.deletionTimestamp).
bool is_deleting(const kube::Object& object);

}  // namespace mesh::tenancy
