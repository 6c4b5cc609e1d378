// A finding about one field of an object, with the place in its file.
#pragma once

#include <string>
#include <string_view>

#include "libmesh/base/diagnostics.h"
#include "libmesh/kube/object.h"

namespace mesh::traffic {

// The node of a document that a field path names ("spec.http[0].match[1].uri"); the nearest one above it when the path
// leads nowhere. Keys stand behind a dot or in brackets, and may hold dots: "metadata.labels[app.kubernetes.io/name]".
const document::Value& nearest(const document::Value& root, std::string_view path);

// A diagnostic of `object` at `field`, with file, line and column.
Diagnostic finding(Severity severity, Code code, const kube::Object& object, std::string field,
                   std::string message, std::string mend);

}  // namespace mesh::traffic
