// What an update of a ServiceMeshControlPlane may change: its version, step by step, and its mode.
//
// Only neighbouring versions know of each other: from v2.2 to v2.5 the checks into v2.3, v2.4 and
// v2.5 are made in this order, downwards those out of each version. The first that refuses ends it.
// Source: validateUpdate in pkg/controller/servicemesh/webhooks/validation/controlplane.go, and
// ValidateUpgrade, ValidateDowngrade and ValidateUpdate of pkg/controller/versions/strategy_v*.go.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libmesh/document/value.h"
#include "libmesh/smcp/validation.h"
#include "libmesh/smcp/versions.h"

namespace mesh::smcp {

// An object that stands in the way of an upgrade.
struct Obstacle {
  std::string ns;
  std::string name;
  std::string kind;  // of removed kinds: as messages name it
};

// What is in the namespaces of the control plane's mesh, its own included.
struct MeshContent {
  std::vector<Obstacle> extensions;     // ServiceMeshExtensions
  std::vector<Obstacle> removed_kinds;  // of Mixer, and not made by the control plane itself
  std::vector<Obstacle> http_on_443;    // Services with a port 443 named http… or http2…
};

// One step; empty when it may be made.
std::string check_upgrade_step(Version into, const MeshContent& content);
std::string check_downgrade_step(Version out_of);

// All steps: "cannot upgrade control plane from version v2.2 to v2.5: …", or empty.
std::string check_version_change(Version from, Version to, const MeshContent& content);

// Whether the mode may change from the old to the new spec under the new one's version; empty when
// it may, or does not.
std::string check_mode_change(const document::Value& old_spec, const document::Value& new_spec,
                              Version version);

// True for a Service port that v1.1 refuses: 443, named "http", "http2", "http-…" or "http2-…".
bool is_http_on_443(const document::Value& port);

}  // namespace mesh::smcp
