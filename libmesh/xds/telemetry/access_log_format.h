// What a line of an access log says: Istio's own formats, those of the MeshConfig and of its providers,
// written as Envoy's messages (pilot/pkg/model/telemetry_logging.go).
#pragma once

#include <string>
#include <string_view>

#include "libmesh/document/value.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/pb.h"

namespace mesh::xds {

// Istio's line of text, with the end of line.
std::string_view default_log_text();

// An empty text stands for Istio's; a missing end of line is added.
void put_text_format(envoy::core::SubstitutionFormatString& format, std::string_view text);
// Null stands for Istio's own fields.
void put_json_format(envoy::core::SubstitutionFormatString& format, const document::Map* fields);

// A formatter that `text` needs is one that Envoy does not have built in.
bool needs_query_formatter(std::string_view text);
bool needs_query_formatter(const document::Map& fields);
void put_query_formatter(envoy::core::TypedExtensionConfig& formatter);

}  // namespace mesh::xds
