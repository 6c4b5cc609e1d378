// Judge: whether the operator would render a control plane, and if not, why.
//
// What admission refuses may be in a cluster all the same (it was there before the rule, the webhook was
// off, a profile changed), so the operator asks once more before it renders: is there a conversion
// error, is the version known, are the values of the object and of its profiles right. One answer
// for all who need it: status says it as a condition, the plan as a note and plans nothing for the
// mesh, `mesh check` as a diagnostic. Upstream: pkg/controller/servicemesh/controlplane/reconciler.go,
// pkg/controller/versions (Render, ValidateV2Full).
// Deliberately different: rules that upstream looks at on admission only, and those of fields that
// do not survive the way to values and back, count here as well, as there may have been no webhook.
#pragma once

#include <optional>
#include <string>

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/smcp/validation.h"
#include "libmesh/tenancy/release/releases.h"

namespace mesh::tenancy {

// Why nothing is rendered, as the conditions of a control plane say it.
struct Refusal {
  std::string reason;  // "ValidationError", "ReconcileError"
  std::string step;    // what the operator was doing: "Spec is invalid"
  std::string cause;
  bool tried = true;  // false: it is not even looked at
};

struct Judgement {
  std::optional<smcp::Rendering> rendering;  // if not, the refusal says why
  Refusal refusal;
};
// `tenant` is one with a control plane.
Judgement judge(const index::Snapshot& snapshot, const index::Tenant& tenant,
                const ReleaseOptions& options);

// All other control planes, and the namespaces of the tenant's mesh: what field rules look at.
smcp::Neighbours neighbours_of(const index::Snapshot& snapshot, const index::Tenant& tenant);

// The refusals of all control planes (control-plane-invalid).
Diagnostics check_control_planes(const index::Snapshot& snapshot);

}  // namespace mesh::tenancy
