// The field rules of a ServiceMeshControlPlane: what a version refuses, in the operator's words.
//
// All that is wrong is collected, in the order of the operator's checks, and becomes one message
// (join). Rules that look beyond the object (is there another control plane that serves the whole
// cluster?) take what they need as Neighbours, so that nothing here knows a cluster. Where the
// operator walks a Go map, its order is random; here it is the one whose message sorts first.
// Source: pkg/controller/versions/{util,strategy_v*}.go. Deliberate differences
// (docs/tenancy-differences.md): a null gateway, component or extension provider, over which the
// operator falls, is a message that names it.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"
#include "libmesh/smcp/versions.h"

namespace mesh::smcp {

using Messages = std::vector<std::string>;

// What the rules of one control plane look at beside it.
struct Neighbours {
  // All other ServiceMeshControlPlane objects of the cluster, whole.
  std::vector<const document::Value*> control_planes;
  // Namespaces of the control plane's mesh; its own counts without being named.
  std::set<std::string> mesh_namespaces;
};

// What is wrong with the object (v1 or v2), which is of that version; empty when nothing is.
Messages validate(const document::Value& smcp, Version version, const Neighbours& neighbours);
// The same and what is only looked at just before rendering, profiles included (v2 objects).
Messages validate_full(const document::Value& smcp, Version version, const Neighbours& neighbours);

// One message of several, as apimachinery's Aggregate prints them: each once, in brackets when
// there is more than one.
std::string join(const Messages& messages);

// Whether a v2 spec asks to serve the whole cluster, as the version reads it. Before v2.3 none
// does. An error when v2.3's technology preview field is no text.
Result<bool> cluster_wide(const document::Value& spec, Version version);

// "[v2.2 v2.3 v2.4 v2.5]": as messages list the versions. v2.6, which is read as v2.5, is not in
// it: the list is that of the operator whose rules these are.
std::string supported_versions_text();

// The rate limiting service knows two stores; empty when the values are right or name none.
// Looked at when the values of ≥ v2.1 are rendered.
std::string check_rate_limiting(const document::Value& values);

}  // namespace mesh::smcp
