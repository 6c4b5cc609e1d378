// Annotations of a pod that steer injection, checked as Istio checks them (validate.go): an invalid
// one refuses the pod, with Istio's words.
#pragma once

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"

namespace mesh::injection {

// `annotations`: the mapping metadata.annotations of the pod, or null.
Result<void> validate_annotations(const document::Value* annotations);

}  // namespace mesh::injection
