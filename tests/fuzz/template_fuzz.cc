// Any bytes as a template: it is parsed or refused, and its execution ends, within its bounds, with a
// text or an error that names the template.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "libmesh/document/yaml.h"
#include "libmesh/injection/template/go_template.h"
#include "tests/fuzz/check.h"

namespace {

using namespace mesh::injection;
using mesh::fuzz::check;

constexpr std::string_view kData =
    "{name: x, list: [1, two, null, {three: 3.5}], map: {a: b, n: null}, none: null, on: true}";

const mesh::document::Value& data() {
  static const mesh::document::Value value = [] {
    mesh::Diagnostics diagnostics;
    return mesh::document::read_yaml(kData, "", diagnostics).at(0).root;
  }();
  return value;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const GoParsed parsed = parse_go_template("inject", text);
  if (parsed.tree == nullptr) {
    check(parsed.error.message.starts_with("template: inject:"), "an error names the template",
          parsed.error.message);
    check(parsed.error.line > 0, "an error has its line");
    return 0;
  }
  RunLimits limits;
  limits.output_bytes = 1 << 16;
  limits.memory_bytes = size_t{4} << 20;
  limits.steps = 20'000;
  Arena arena{limits};
  std::string out;
  const auto done =
      execute_go_template(*parsed.tree, arena, go_view(GoTypes::get().any, &data()), out);
  if (!done) {
    check(done.error().message.starts_with("template: inject"), "an error names the template",
          done.error().message);
  }
  check(out.size() <= limits.output_bytes + limits.memory_bytes, "output is bounded");
  return 0;
}
