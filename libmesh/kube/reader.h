// Reads one document into objects: finds the kind, checks the metadata, reads the typed form
// strictly. Every mistake is a diagnostic; what could be read is returned.
//
// What the API server would refuse outright is not returned: an object without a name, or with a
// name or namespace that is none. What it would refuse in a field is reported, and the object is
// returned with the rest.
#pragma once

#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/document/value.h"
#include "libmesh/kube/object.h"

namespace mesh::kube {

// The objects of one document: one, or the items of a `List` kind, or none. Kinds outside the table
// of kinds.h are told as information when they never concern a mesh, else as a warning. A document
// without `apiVersion` and `kind` is a MeshConfig (key: kind kMeshConfig, no name). A namespaced
// object without a namespace is in "default".
std::vector<ObjectPtr> read_objects(document::Document document, Diagnostics& diagnostics);

// One object with its own diagnostics: what a store keeps together.
struct ReadObject {
  ObjectPtr object;
  Diagnostics diagnostics;
};
// The same; diagnostics that belong to no returned object are added to `rest`.
std::vector<ReadObject> read_documents_objects(document::Document document, Diagnostics& rest);

// An object made up by the mesh itself (docs/synthesis.md): the typed form is given, and the
// document is what is shown of it.
ObjectPtr make_object(Kind kind, document::Value document, Diagnostics& diagnostics);

}  // namespace mesh::kube
