// What is wrong with the values of a MeshConfig, and with ProxyConfigs in annotations.
//
// Istio reads a MeshConfig, lays it over its defaults and validates what comes of it (ApplyMeshConfig in
// pkg/config/mesh/mesh.go); if anything is refused, istiod takes nothing of it. Generation goes on with what is written, and
// the finding says so. A finding stands at the ConfigMap, the control plane, the document or the flag that says the field.
#pragma once

#include <string>

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/traffic/check/finder.h"

namespace mesh::traffic {

Diagnostics check_mesh_config(const index::Snapshot& snapshot, const index::Tenant& tenant);
// Names in the networks of a mesh, ConfigMap `istio`, key `meshNetworks` (validateNetwork); ports and ranges are told where
// they are read (model/network/mesh_networks.h).
Diagnostics check_mesh_networks(const index::Snapshot& snapshot, const index::Tenant& tenant);

// The annotation proxy.istio.io/config of a pod, which the injector lays over Istio's own defaults (validateProxyConfig in
// pkg/kube/inject/validate.go); `field` is that of its text. A pod with a wrong one is not admitted.
void check_proxy_annotation(const std::string& text, const std::string& field, Finder& finder);

}  // namespace mesh::traffic
