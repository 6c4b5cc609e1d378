#include "libmesh/injection/template/go_template.h"

#include "libmesh/base/codes.h"
#include "libmesh/document/yaml.h"
#include "libmesh/injection/template/data.h"
#include "libmesh/injection/template/exec.h"

namespace mesh::injection {
namespace {

// Istio's applyOverlayYAML reads one document.
Result<document::Value> read_overlay(const std::string& name, std::string_view text) {
  Diagnostics diagnostics;
  std::vector<document::Document> documents = document::read_yaml(text, "", diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.code == Code::kDuplicateKey) continue;  // the last one counts
    return Error{ErrorCode::kParse, "failed parsing generated injected YAML of template \"" + name +
                                        "\": line " + std::to_string(diagnostic.line) + ": " +
                                        diagnostic.message};
  }
  if (documents.empty() || documents[0].root.is_null()) return document::Value(document::Map{});
  if (!documents[0].root.is_map()) {
    return Error{ErrorCode::kParse, "the text of template \"" + name + "\" is no mapping but a " +
                                        std::string(document::type_name(documents[0].root.type()))};
  }
  return std::move(documents[0].root);
}

}  // namespace

Result<void> execute_go_template(const GoTree& tree, Arena& arena, const GoValue& data,
                                 std::string& out) {
  try {
    GoRun(tree, arena, out).execute(data);
  } catch (const GoExecError& error) {
    return Error{ErrorCode::kInvalidArgument, error.message};
  }
  return {};
}

Result<std::string> GoTemplate::text(const TemplateInput& input) const {
  Arena arena{RunLimits{}};
  std::string out;
  out.reserve(size_t{16} << 10);
  const auto done = execute_go_template(*tree_, arena, make_template_data(arena, input), out);
  if (!done) return done.error();
  return out;
}

Result<document::Value> GoTemplate::render(const TemplateInput& input) const {
  const auto made = text(input);
  if (!made) return made.error();
  return read_overlay(name_, *made);
}

}  // namespace mesh::injection
