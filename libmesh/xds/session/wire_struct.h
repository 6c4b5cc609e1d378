// google.protobuf.Struct on the wire -> document::Value: node metadata of discovery requests.
#pragma once

#include <string_view>

#include "libmesh/document/value.h"

namespace mesh::xds {

// False when the bytes are malformed or nested deeper than 64 levels.
bool read_struct(std::string_view bytes, document::Value& out);

}  // namespace mesh::xds
