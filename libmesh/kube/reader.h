// Reads one document into objects: finds the kind, checks the metadata, reads the typed form
// strictly. Every mistake is a diagnostic; what could be read is returned.
#pragma once

#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/document/value.h"
#include "libmesh/kube/object.h"

namespace mesh::kube {

// The objects of one document: one, or the items of a `List` kind, or none (unknown kind, which is a
// warning, or no object at all). A document without `kind` is a MeshConfig.
std::vector<ObjectPtr> read_objects(document::Document document, Diagnostics& diagnostics);

}  // namespace mesh::kube
