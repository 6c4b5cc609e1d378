// Requests read from documents, and outcomes written as JSON (docs/schemas/route-request.json, route.json).
#pragma once

#include "libmesh/base/result.h"
#include "libmesh/document/json_writer.h"
#include "libmesh/document/value.h"
#include "libmesh/testing/walk/journey.h"
#include "libmesh/testing/walk/outcome.h"
#include "libmesh/testing/walk/request.h"

namespace mesh::testing {

// {"side", "protocol", "tls", "method", "host", "path", "headers", "address", "port", "sni", "alpn", "source",
// "tokens", "time"}; every key may be left out. Errors: kInvalidArgument for a key that is not known or a value of another
// type, by its path.
Result<Request> read_request(const document::Value& value);

void write(document::JsonWriter& json, const Request& request);
void write(document::JsonWriter& json, const Outcome& outcome);
void write(document::JsonWriter& json, const Journey& journey);

// "http1", "http2", "tcp"; "none", "tls", "mutual"; "outbound", "inbound".
std::string_view to_string(Protocol protocol);
std::string_view to_string(Tls tls);
std::string_view to_string(Side side);
std::string_view to_string(HeaderChange::Kind kind);

}  // namespace mesh::testing
