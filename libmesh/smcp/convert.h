// Whole documents in another API version: what `kubectl convert` would do with them.
#pragma once

#include <optional>
#include <string_view>

#include "libmesh/base/diagnostics.h"
#include "libmesh/base/result.h"
#include "libmesh/document/value.h"

namespace mesh::smcp {

enum class ApiVersion : uint8_t { kV1, kV2 };

// "v1" or "v2", with or without "maistra.io/".
Result<ApiVersion> parse_api_version(std::string_view text);

// The document with every ServiceMeshControlPlane in it (items of a List, too) in that version. What
// is none, or is in that version already, stays as it is. Nothing when it could not be converted, of
// a List the items that could; each has a diagnostic. A v1 object whose values could not be
// understood is converted all the same (techPreview.errored), with a warning.
std::optional<document::Value> convert_document(const document::Document& document,
                                                ApiVersion version, Diagnostics& diagnostics);

}  // namespace mesh::smcp
