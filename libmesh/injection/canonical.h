// Istio's messages as documents in protobuf's canonical JSON: what golang/protobuf's jsonpb reads
// and writes (pkg/util/protomarshal), over the tables of schema/.
//
// A canonical document has lowerCamelCase names in the order of the definition, enums by name,
// durations in seconds ("45s", "0.500s"), 64-bit integers as text, and no field that holds its
// default, except where the message knows presence (wrappers, oneofs, messages).
#pragma once

#include <string>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"
#include "libmesh/schema/table.h"

namespace mesh::injection {

// Reads `value` as jsonpb does: both spellings of names, enum numbers, quoted numbers; null and
// unknown fields are nothing. The error has jsonpb's words.
Result<document::Value> canonical_message(const document::Value& value,
                                          const schema::MessageTable& table);

// The same over what is there already: every field that `layer` names replaces the whole field of
// `base` (a canonical document); one with its default takes it away. Of a oneof the last holds.
Result<void> overlay_message(document::Value& base, const document::Value& layer,
                             const schema::MessageTable& table);

// A canonical document as jsonpb writes it: one line, fields in the order of the definition.
std::string canonical_text(const document::Value& value, const schema::MessageTable& table);

}  // namespace mesh::injection
