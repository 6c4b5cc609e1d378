// What a conversion cannot express, kept beside the object instead of lost.
//
// Maistra's conversion drops fields that have no place in the other version (an Istiod CA's
// settings without a type, a status' chartVersion, an older profile name, …). Here to_v1 and to_v2
// convert back at once, compare, and write what did not survive into one annotation; the way back
// puts it in again. The converted spec itself is exactly Maistra's, and an object that loses nothing
// carries no annotation.
//
// Someone may have edited the object in between. So a part comes back only where its surroundings
// are still there and nothing else stands in its place; a value that the conversion changed comes
// back only where the changed value still stands.
#pragma once

#include <string_view>

#include "libmesh/document/value.h"

namespace mesh::smcp {

inline constexpr std::string_view kLossesAnnotation = "mesh.libmesh.dev/conversion";

// The parts of `before` that `after` lacks or holds otherwise: a list of {path, value[, became]}.
// Lists are compared whole. Empty (no list) when there are none.
document::Value find_losses(const document::Value& before, const document::Value& after);
void give_back(document::Value& object, const document::Value& losses);

// The annotation's content for objects of this version ("v1", "v2"), or null.
document::Value noted_losses(const document::Value& smcp, std::string_view version);
// Replaces the annotation; null losses remove it.
void note_losses(document::Value& smcp, std::string_view version, document::Value losses);

}  // namespace mesh::smcp
