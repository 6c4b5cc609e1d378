#include "libmesh/base/diagnostics.h"

#include <algorithm>
#include <tuple>

#include "libmesh/base/codes.h"

namespace mesh {

std::string_view code_text(Code code) {
  switch (code) {
#define MESH_CODE(enumerator, text, meaning) \
  case Code::enumerator:                     \
    return text;
#include "libmesh/base/codes.def"
#undef MESH_CODE
  }
  return "unknown";
}

std::string_view code_meaning(Code code) {
  switch (code) {
#define MESH_CODE(enumerator, text, meaning) \
  case Code::enumerator:                     \
    return meaning;
#include "libmesh/base/codes.def"
#undef MESH_CODE
  }
  return "";
}

std::string_view severity_text(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "error";
}

std::string to_string(const Diagnostic& diagnostic) {
  std::string out;
  if (!diagnostic.file.empty()) {
    out += diagnostic.file;
    if (diagnostic.line != 0) {
      out += ":" + std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column);
    }
    out += ": ";
  }
  out += severity_text(diagnostic.severity);
  out += "[" + std::string(code_text(diagnostic.code)) + "]";
  if (!diagnostic.object.empty()) out += " " + diagnostic.object + ":";
  if (!diagnostic.field.empty()) out += " " + diagnostic.field + ":";
  out += " " + diagnostic.message;
  if (!diagnostic.mend.empty()) out += " (" + diagnostic.mend + ")";
  return out;
}

void sort_and_dedupe(Diagnostics& diagnostics) {
  auto key = [](const Diagnostic& d) {
    return std::tie(d.file, d.line, d.column, d.object, d.field, d.code, d.severity, d.message,
                    d.mend);
  };
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return key(a) < key(b); });
  diagnostics.erase(std::unique(diagnostics.begin(), diagnostics.end()), diagnostics.end());
}

}  // namespace mesh
