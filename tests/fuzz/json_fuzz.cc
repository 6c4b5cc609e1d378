// Any bytes as JSON: both readers and the fault scanner agree on what is JSON, and what is read,
// written and read again is the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libmesh/base/codes.h"
#include "libmesh/document/json.h"
#include "libmesh/document/json_fault.h"
#include "libmesh/document/yaml.h"
#include "tests/document/json_backends.h"
#include "tests/fuzz/check.h"

namespace {

using namespace mesh::document;
using mesh::Code;
using mesh::Diagnostics;
using mesh::fuzz::check;

void check_written(const Value& value) {
  const std::string text = write_json(value);
  Diagnostics diagnostics;
  const auto again = read_json(text, "", diagnostics);
  check(again.ok() && diagnostics.empty(), "written JSON is JSON", text);
  check(*again == value && write_json(*again) == text, "JSON is read back the same", text);
  if (value.is_null()) return;  // no YAML document
  const std::string yaml = write_yaml(value);
  const auto documents = read_yaml(yaml, "", diagnostics);
  check(documents.size() == 1 && documents[0].root == value, "YAML is read back the same", yaml);
}

bool places_are_equal(const Diagnostics& a, const Diagnostics& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].line != b[i].line || a[i].column != b[i].column || a[i].code != b[i].code)
      return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool marked = text.substr(0, 3) == "\xEF\xBB\xBF";  // the reader drops one mark
  Diagnostics diagnostics;
  const auto value = read_json(text, "f", diagnostics);
  const auto fault = find_json_fault(text.substr(marked ? 3 : 0));
  if (!value) {
    check(!diagnostics.empty(), "an error is a diagnostic, too");
    check(fault || diagnostics.back().code != Code::kSyntax, "only faulty JSON is refused",
          diagnostics.back().message);
    return 0;
  }
  check(!fault, "faulty JSON is refused", fault ? fault->message : "");
  check_written(*value);
  Diagnostics other_diagnostics;
  const auto other = read_json_with_rapidjson(text, "f", other_diagnostics);
  // RapidJSON judges a number's size by its exponent alone and refuses 0e400.
  if (!other && other.error().message.find("Number too big") != std::string::npos) return 0;
  check(other && *other == *value, "both readers read the same");
  check(places_are_equal(diagnostics, other_diagnostics), "both find the same duplicates");
  return 0;
}
