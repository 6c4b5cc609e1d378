// Texts with a format of their own inside documents: durations, times, quantities, base64.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libmesh/schema/box.h"

namespace mesh::schema {

// Go's time.ParseDuration ("1h30m", "-1.5s", "500ms", "0"), which golang/protobuf's jsonpb and
// metav1.Duration both use; the range is Go's (64 bits of nanoseconds).
std::optional<Duration> parse_duration(std::string_view text);

// RFC 3339 ("2026-01-31T08:00:00.5Z", "…+02:00").
std::optional<Timestamp> parse_timestamp(std::string_view text);

// resource.ParseQuantity: a decimal number and an optional suffix (m, k, Mi, e3, …). As there, a
// number without digits ("m") passes for zero.
bool is_quantity(std::string_view text);

// Go's base64.StdEncoding: padded, line breaks skipped. `relaxed` also takes the URL alphabet and
// missing padding, as protobuf's JSON does.
std::optional<std::string> decode_base64(std::string_view text, bool relaxed);

}  // namespace mesh::schema
