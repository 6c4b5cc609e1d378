// The layers of a tenant's MeshConfig, each as somebody wrote it: mesh_settings.h merges them, and what is wrong with the
// merged one is told where it was written (traffic/meshconfig).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/document/value.h"
#include "libmesh/index/tenants/tenants.h"
#include "libmesh/kube/object.h"

namespace mesh::index {

// The objects that say something of a MeshConfig; null where there is none.
struct MeshSources {
  kube::ObjectPtr control_plane;
  kube::ObjectPtr config_map;
  kube::ObjectPtr document;  // without kind
};

enum class LayerKind : uint8_t { kControlPlane, kConfigMap, kDocument, kFlag };

struct MeshLayer {
  LayerKind kind{};
  document::Value document;  // of a control plane: what its values make of it
  kube::ObjectPtr owner;     // null for the flag
};

using FindObject = std::function<kube::ObjectPtr(const kube::ObjectKey&)>;
// `flag`: YAML laid over everything.
MeshSources mesh_sources(const Tenant& tenant, const FindObject& find, const std::string& flag);

// Later over earlier; a text of several documents is as many layers. Mistakes of texts are told.
std::vector<MeshLayer> mesh_layers(const Tenant& tenant, const MeshSources& sources,
                                   const std::string& flag, Diagnostics& diagnostics);

// A mistake of a layer at a field of its document, said of the object that has it. Lines of texts inside of objects are not
// the file's: there the object's own is told.
void place_in_layer(const MeshLayer& layer, Diagnostic& found);

}  // namespace mesh::index
