// The codes of diagnostics, by name.
//
// Apart from diagnostics.h, which nearly everything includes: a new code compiles what names codes, and not the world.
#pragma once

#include "libmesh/base/diagnostics.h"

namespace mesh {

enum class Code : int {
#define MESH_CODE(enumerator, text, meaning) enumerator,
#include "libmesh/base/codes.def"
#undef MESH_CODE
};

}  // namespace mesh
