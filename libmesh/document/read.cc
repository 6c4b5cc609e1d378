#include "libmesh/document/read.h"

#include <algorithm>
#include <iterator>

#include "libmesh/base/codes.h"
#include "libmesh/document/json.h"
#include "libmesh/document/yaml.h"

namespace mesh::document {
namespace {

bool looks_like_json(std::string_view text) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

bool has_syntax_error(const Diagnostics& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& diagnostic) { return diagnostic.code == Code::kSyntax; });
}

void append(Diagnostics& to, Diagnostics from) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

}  // namespace

std::vector<Document> read_any(std::string_view text, std::string_view file,
                               Diagnostics& diagnostics, const Limits& limits) {
  if (!looks_like_json(text)) return read_yaml(text, file, diagnostics, limits);
  Diagnostics json_findings;
  Result<Value> json = read_json(text, file, json_findings, limits);
  std::vector<Document> documents;
  if (json || !has_syntax_error(json_findings)) {
    append(diagnostics, std::move(json_findings));
    if (json) documents.push_back(Document{*std::move(json), std::string(file)});
    return documents;
  }
  Diagnostics yaml_findings;
  documents = read_yaml(text, file, yaml_findings, limits);
  // YAML that reads at least one document is what its writer meant.
  const bool is_yaml = !documents.empty() || !has_syntax_error(yaml_findings);
  append(diagnostics, std::move(is_yaml ? yaml_findings : json_findings));
  return documents;
}

}  // namespace mesh::document
