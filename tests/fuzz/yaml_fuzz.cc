// Any bytes as YAML: the reader neither crashes nor hangs, and what it reads, written as JSON or
// YAML and read again, is the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libmesh/document/json.h"
#include "libmesh/document/read.h"
#include "libmesh/document/yaml.h"
#include "tests/fuzz/check.h"

namespace {

using namespace mesh::document;
using mesh::Diagnostics;
using mesh::fuzz::check;

void check_json(const Value& value) {
  const std::string text = write_json(value, 2);
  Diagnostics diagnostics;
  const auto again = read_json(text, "", diagnostics);
  check(again.ok() && diagnostics.empty(), "written JSON is JSON", text);
  check(*again == value, "JSON is read back the same", text);
}

void check_yaml(const Value& value) {
  const std::string text = write_yaml(value);
  Diagnostics diagnostics;
  const auto again = read_yaml(text, "", diagnostics);
  check(diagnostics.empty(), "written YAML is YAML",
        text + (diagnostics.empty() ? "" : to_string(diagnostics[0])));
  check(again.size() == 1 && again[0].root == value, "YAML is read back the same",
        text + "\n" + write_json(value));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Diagnostics diagnostics;
  for (const Document& document : read_yaml(text, "f", diagnostics)) {
    check(!document.root.is_null(), "no document is empty");
    check_json(document.root);
    check_yaml(document.root);
  }
  for (const mesh::Diagnostic& diagnostic : diagnostics) {
    check(diagnostic.line > 0 && diagnostic.column > 0, "a diagnostic has its place");
    check(!diagnostic.message.empty(), "a diagnostic says something");
  }
  read_any(text, "f", diagnostics);
  return 0;
}
