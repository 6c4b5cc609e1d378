// The MeshConfig of one tenant: all its layers, merged and read.
//
// Later over earlier: Istio's defaults; what the ServiceMeshControlPlane says; ConfigMap
// `istio-<control plane>` or `istio` of its namespace (key `mesh`); the document without kind; the
// flag. Variables of istiod's (model/istiod_variables.h) that a control plane sets in its pilot's environment count as
// proxyMetadata that it does not say itself. The root namespace of a control plane is its own namespace, whatever a layer says: it is
// where mesh-wide policy is read, and no tenant may read it elsewhere.
#pragma once

#include <memory>
#include <string>

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/objects.h"
#include "libmesh/index/tables/shared.h"
#include "libmesh/index/tenants/tenants.h"
#include "libmesh/model/network/allocation.h"
#include "libmesh/model/network/mesh_networks.h"
#include "libmesh/schema/istio.h"

namespace mesh::index {

struct MeshSettings {
  Shared<meshconfig::MeshConfig> config;
  std::string root_namespace;
  std::shared_ptr<const model::MeshNetworks> networks;  // null: none are configured
  model::AllocationOptions allocation;
  Diagnostics diagnostics;  // of texts inside of ConfigMaps and the flag
  // Mesh-wide STRICT, when the control plane says security.dataPlane.mtls (Maistra's chart
  // `mesh-config` renders the same object); else null.
  kube::ObjectPtr peer_authentication;

  // What it was made of; the same inputs give the same settings.
  kube::ObjectPtr control_plane;
  kube::ObjectPtr config_map;
  kube::ObjectPtr document;
};
using MeshSettingsPtr = std::shared_ptr<const MeshSettings>;

// `flag`: YAML laid over everything. `last` is returned when its inputs are the present ones.
MeshSettingsPtr mesh_settings(const Tenant& tenant, const Objects& objects, const std::string& flag,
                              const MeshSettingsPtr& last);

// True when discoverySelectors of the mesh select a namespace with these labels, or there are none.
bool is_discovered(const meshconfig::MeshConfig& config, const Labels& namespace_labels);
// Whether the labels of namespaces say who sees their ServiceEntries (serviceEntryVisibility).
bool goes_by_namespace_labels(const meshconfig::MeshConfig& config);

}  // namespace mesh::index
