// Options: what a mesh and a member choose beyond Maistra's own resources.
//
// MeshOptions/default stands in a control plane's namespace and speaks for the mesh,
// MemberOptions/default in a member's namespace and speaks for that one (mesh.libmesh.dev/v1alpha1,
// docs/options.md). These functions merge the two: an explicit field goes before the preset, a
// member's before the mesh's as far as `memberOverrides` lets it, and what is absent means what
// Maistra does. Users asked for them in maistra/istio#127 (keep the router out), #204 (a namespace
// with policies of its own) and istio-operator#1132 (exclusions).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/schema/own.h"
#include "libmesh/tenancy/plan/planned.h"

namespace mesh::tenancy {

// Which pods the router may reach, and at which ports.
struct Exposure {
  own::ExposeRoute mode = own::ExposeRoute::Labelled;
  std::vector<schema::IntOrString> ports;  // none: all
  bool operator==(const Exposure&) const = default;
};

struct MeshOptions {
  kube::ObjectPtr object;  // null: there are none, and all is as in Maistra
  own::Preset preset = own::Preset::Compatible;
  Exposure expose_route;
  std::optional<own::MutualTls> mutual_tls;  // absent: the mesh's configuration says, not we
  own::MemberOverrides member_overrides = own::MemberOverrides::Any;
  std::vector<std::string> excluded_namespaces;  // names, or prefixes that end in "*"
  BecausePtr exposure_because;                   // null when nobody said anything
  BecausePtr mutual_tls_because;
};

// What holds for one namespace of a mesh, the mesh's options included.
struct MemberOptions {
  kube::ObjectPtr object;             // null: the namespace has none of its own
  bool manage_network_policy = true;  // false: the mesh makes no NetworkPolicies here
  Exposure expose_route;
  std::optional<own::MutualTls> mutual_tls;  // only what differs from the mesh's
  BecausePtr manage_because;
  BecausePtr exposure_because;
  BecausePtr mutual_tls_because;
  std::vector<std::string> refused;  // fields of `object` that the mesh's memberOverrides ignores
};

MeshOptions mesh_options(const index::Snapshot& snapshot, const index::Tenant& tenant);
MemberOptions member_options(const index::Snapshot& snapshot, const MeshOptions& mesh,
                             const std::string& ns);
// The same for a namespace whose mesh is looked up; of a namespace in no mesh the defaults.
MemberOptions member_options(const index::Snapshot& snapshot, const std::string& ns);

bool is_excluded(const MeshOptions& options, std::string_view ns);

// Everything that is wrong with the options of a snapshot and that their reading could not know:
// names, places, patterns, ports, and overrides that the mesh does not let through. Sorted.
Diagnostics check_options(const index::Snapshot& snapshot);

}  // namespace mesh::tenancy
