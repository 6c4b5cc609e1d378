// Settings of one control plane of a snapshot.
//
// ConfigMaps istio-sidecar-injector[-REV] and istio[-REV] of the control plane's namespace where
// they are among the objects: they hold what the control plane really has. What is not there is
// what its charts would render: the values of the ServiceMeshControlPlane with its profiles
// (smcp/release.h), or Istio's defaults.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/base/result.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/injection/settings.h"
#include "libmesh/kube/object.h"

namespace mesh::injection {

// The objects that settings come from; the same objects give the same settings.
struct SettingsInputs {
  std::string ns;                              // of the control plane
  std::string name;                            // of the ServiceMeshControlPlane; empty for Istio
  std::string revision;                        // "" for the default one
  kube::ObjectPtr injector;                    // ConfigMap istio-sidecar-injector[-REV]
  kube::ObjectPtr mesh;                        // ConfigMap istio[-REV]
  kube::ObjectPtr document;                    // MeshConfig without kind
  kube::ObjectPtr control_plane;               // ServiceMeshControlPlane
  std::vector<kube::ObjectPtr> proxy_configs;  // of the tenant's namespaces, oldest first
  bool operator==(const SettingsInputs&) const = default;
};

// `revision` "" and "default" are the same; for a ServiceMeshControlPlane it is its name.
SettingsInputs settings_inputs(const index::Snapshot& snapshot, const index::Tenant& tenant,
                               std::string_view revision);

// Every ProxyConfig object of the snapshot, oldest first: for settings that do not come from it.
std::vector<ProxyConfigObject> proxy_configs_of(const index::Snapshot& snapshot);

Result<SettingsPtr> read_settings(const SettingsInputs& inputs, const Options& options,
                                  Diagnostics& diagnostics);

// The options with the versions of the snapshot's nodes, where they name none.
Options with_nodes(Options options, const index::Snapshot& snapshot);

}  // namespace mesh::injection
