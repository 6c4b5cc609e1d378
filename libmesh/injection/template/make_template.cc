// make_template (template.h): the native form of a template that we know, else the engine.
#include "libmesh/base/codes.h"
#include "libmesh/injection/template/functions.h"
#include "libmesh/injection/template/go_template.h"
#include "libmesh/injection/template/known_templates.h"

namespace mesh::injection {
namespace {

// All of Istio's templates have this name in its errors (parseDryTemplate).
constexpr std::string_view kNameInErrors = "inject";

Diagnostic diagnostic_of(Code code, std::string_view name) {
  Diagnostic made;
  made.severity = Severity::kError;
  made.code = code;
  made.field = "templates." + std::string(name);
  return made;
}

}  // namespace

TemplatePtr make_template(std::string_view name, std::string_view text, Diagnostics& diagnostics) {
  const auto form = known_template(text);
  GoParsed parsed = parse_go_template(kNameInErrors, text);
  if (form && parsed.tree != nullptr) {
    // The engine answers for the form where values would change the shape of the text.
    return native_template(*form,
                           std::make_shared<GoTemplate>(std::string(name), std::move(parsed.tree)));
  }
  if (parsed.tree == nullptr) {
    Diagnostic made = diagnostic_of(Code::kTemplateInvalid, name);
    made.message = parsed.error.message;
    made.mend = "mend the template at that line";
    made.line = parsed.error.line;
    made.column = 1;
    diagnostics.push_back(std::move(made));
    return nullptr;
  }
  for (const GoUnsupportedCall& call : parsed.unsupported) {
    Diagnostic made = diagnostic_of(Code::kTemplateFunction, name);
    made.message = "line " + std::to_string(call.place.line) + ", column " +
                   std::to_string(call.place.column + 1) + ": function \"" +
                   std::string(call.function->name) +
                   "\" is not supported: " + std::string(call.function->reason);
    made.mend =
        "take the value from .Values or an annotation; where the call is reached, the pod "
        "is refused";
    made.line = call.place.line;
    made.column = call.place.column + 1;
    diagnostics.push_back(std::move(made));
  }
  return std::make_shared<GoTemplate>(std::string(name), std::move(parsed.tree));
}

}  // namespace mesh::injection
