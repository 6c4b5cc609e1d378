// ServiceMeshControlPlane v1 (Helm values) and v2 (typed), converted into each other.
//
// v2 → v1: techPreview is the base; each section writes its values over it, in a fixed order, and a
// later one wins. v1 → v2: each section takes from the values what it understands, in a fixed order;
// what nobody took is kept in techPreview. v1 → v2 never fails: when a value has a type that cannot
// be understood, the whole of it is kept in techPreview.errored with the message, and comes back
// unharmed on v2 → v1. Upstream: pkg/apis/maistra/conversion. Where we differ on purpose:
// docs/tenancy-differences.md.
#pragma once

#include <string_view>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"

namespace mesh::smcp {

// A whole v2 object (apiVersion, kind, metadata, spec, status) as v1, and a whole v1 object as v2.
// Nothing is lost on the way: what the other version has no place for is kept in an annotation and
// comes back (losses.h). Errors of to_v1: a spec that is not of the v2 types, a spec.version that is
// unknown or empty, a value that Maistra refuses to convert. Errors of to_v2: the object or its spec
// is not of the v1 types.
Result<document::Value> to_v1(const document::Value& smcp);
Result<document::Value> to_v2(const document::Value& smcp);

// The spec alone. `name_space` is the object's own (some values name services in it); empty is
// "istio-system".
Result<document::Value> spec_to_v1(const document::Value& spec, std::string_view name_space);
Result<document::Value> spec_to_v2(const document::Value& spec);
// The same before it is written down: empty lists and mappings that were given are still there
// (shape.h), which the operator sees when it converts back without a trip through the API server.
Result<document::Value> decoded_spec_to_v2(const document::Value& spec);

}  // namespace mesh::smcp
