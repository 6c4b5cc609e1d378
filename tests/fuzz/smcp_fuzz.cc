// Any bytes as ServiceMeshControlPlanes, v1 or v2, converted to the other version and back.
//
// Holds besides not crashing: a v1 object of the v1 types always converts; what was converted
// converts back; and nothing of the first object is missing then.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "libmesh/document/json.h"
#include "libmesh/document/read.h"
#include "libmesh/smcp/conversion.h"
#include "libmesh/smcp/losses.h"
#include "libmesh/smcp/path.h"
#include "libmesh/smcp/shape.h"
#include "libmesh/smcp/versions.h"
#include "tests/fuzz/check.h"

namespace {

using mesh::Result;
using mesh::document::Value;
using mesh::fuzz::check;
using namespace mesh::smcp;

using Convert = Result<Value> (*)(const Value&);

Result<Value> typed_spec(const Value& smcp, std::string_view type) {
  const Value* spec = at(smcp, "spec");
  auto decoded = decode(spec == nullptr ? Value(Map{}) : *spec, shape(type), "spec");
  if (!decoded) return decoded;
  Value written = encode(*decoded, shape(type));
  normalize_numbers(written);
  return written;
}

void round_trip(const Value& smcp, std::string_view type, Convert there, Convert back) {
  const Result<Value> other = there(smcp);
  if (!other) return;
  const std::string text = mesh::document::write_json(smcp);
  const Result<Value> again = back(*other);
  if (!again) {
    // As in Maistra: v2 refuses a version that v1 was kept with, and a null in the values of v1
    // stands in the way of a mapping.
    const bool known = !parse_version(text_at(smcp, "spec.version")) ||
                       again.error().message.starts_with("value cannot be set because");
    check(known, "what was converted converts back", text + "\n" + again.error().message);
    return;
  }
  const Result<Value> before = typed_spec(smcp, type);
  const Result<Value> after = typed_spec(*again, type);
  check(before.ok() && after.ok(), "what converts is of the types", text);
  check(
      find_losses(*before, *after).is_null(), "nothing is lost",
      text + "\n" + mesh::document::write_json(*other) + "\n" + mesh::document::write_json(*again));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > size_t{1} << 14U) return 0;  // larger objects have notes that are not kept
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  mesh::Diagnostics diagnostics;
  for (const auto& document : mesh::document::read_any(text, "f", diagnostics)) {
    round_trip(document.root, "ControlPlaneSpec", to_v1, to_v2);
    round_trip(document.root, "ControlPlaneSpecV1", to_v2, to_v1);
  }
  return 0;
}
