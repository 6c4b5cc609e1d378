// Releases: the charts of each control plane of a snapshot, with their values.
//
// Gathers what the values of a control plane depend on in its cluster: the profiles of its operator
// (the ConfigMap `smcp-templates`), its members, the namespaces that OpenShift assigns user ids in,
// and Jaeger or Kiali resources that are there already. The rules themselves are in smcp/release.h.
// Deliberately different: Prometheus' scraping namespaces are the members as they are now, not as
// the member roll's status last said, so that a plan does not lag behind itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libmesh/index/snapshot.h"
#include "libmesh/smcp/release.h"
#include "libmesh/tenancy/plan/planned.h"

namespace mesh::tenancy {

// What the operator's process is: flags, environment, the file of related images.
struct ReleaseOptions {
  std::string operator_namespace = "openshift-operators";
  bool cni = true;
  std::string default_profile = "maistra";  // what the profile "default" is: or "servicemesh"
  std::optional<smcp::Images> images;       // none: as the profiles have them
  document::Value chart_defaults;           // the charts' global.yaml; may be null
};

// The profiles of the operator's ConfigMap `smcp-templates`, by key.
smcp::ProfileSource profile_source(const index::Snapshot& snapshot, const ReleaseOptions& options);

// Values and charts of a tenant with a control plane.
Result<smcp::Rendering> render_releases(const index::Snapshot& snapshot,
                                        const index::Tenant& tenant, const ReleaseOptions& options);

// One HelmRelease (mesh.libmesh.dev) per chart, in the mesh's namespace. None when the values cannot
// be made; `problem` says why. Labels of the mesh are not among them: whoever merges adds them.
std::vector<PlannedObject> planned_releases(const index::Snapshot& snapshot,
                                            const index::Tenant& tenant,
                                            const ReleaseOptions& options, std::string& problem);

}  // namespace mesh::tenancy
