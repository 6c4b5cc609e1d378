// Whether a document has the types of a shape, as the API server's JSON reader wants them.
//
// decode (shape.h) is as lenient as the reader of profile files, which takes a number for a text;
// an object that comes over the wire is not read so.
#pragma once

#include <optional>
#include <string>

#include "libmesh/document/value.h"
#include "libmesh/smcp/shape.h"

namespace mesh::smcp {

// The first value of another type than its field, in the order of the document:
// "spec.techPreview: must be a mapping, is a string". Unknown fields and nulls pass.
std::optional<std::string> type_fault(const document::Value& value, const Shape& shape,
                                      const std::string& path);

}  // namespace mesh::smcp
