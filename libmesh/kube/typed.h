// The typed form of each kind: which struct it is, and how it is read.
#pragma once

#include <memory>

#include "libmesh/kube/object.h"
#include "libmesh/schema/kubernetes.h"
#include "libmesh/schema/reader.h"

namespace mesh::kube {

// True when the typed form is the whole object (Kubernetes' own kinds), not only its spec.
bool is_whole_object(Kind kind);

// False for kinds of which only the document is kept: what stands around a mesh and is compared as
// written, field by field.
bool has_typed_form(Kind kind);

// Reads the typed form, null for a kind that has none. `root` is the whole document; `version` the version of its apiVersion.
// `metadata` is filled from it. Diagnostics go to the context, whose field is "".
std::shared_ptr<const void> read_typed(Kind kind, std::string_view version,
                                       const document::Value& root, schema::ReadContext& context,
                                       k8s::ObjectMeta& metadata);

// The MeshConfig of a document without kind, read as istiod reads its file.
std::shared_ptr<const void> read_mesh_config(const document::Value& root,
                                             schema::ReadContext& context);
// True when at least one key of the mapping is a field of MeshConfig.
bool looks_like_mesh_config(const document::Value& root);

}  // namespace mesh::kube
