#include "libmesh/injection/doors/documents.h"

#include <utility>
#include <vector>

#include "libmesh/document/json.h"
#include "libmesh/document/yaml.h"
#include "libmesh/document/yaml_chunks.h"

namespace mesh::injection {
namespace {

using document::Value;

// A document without the mark that begins it.
std::string_view without_mark(std::string_view text) {
  if (!text.starts_with("---")) return text;
  const size_t end = text.find_first_not_of(" \t\r", 3);
  if (end == std::string_view::npos) return {};
  return text[end] == '\n' ? text.substr(end + 1) : text;
}

void append(std::string& out, std::string_view text) {
  out += text;
  if (!text.empty() && text.back() != '\n') out += '\n';
  out += "---\n";
}

bool is_json(std::string_view text, const document::Limits& limits, Value& value) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || text[first] != '{') return false;
  Diagnostics ignored;
  auto read = document::read_json(text, "", ignored, limits);
  if (!read) return false;
  value = *std::move(read);
  return true;
}

}  // namespace

std::string rewrite_documents(std::string_view text, std::string_view file,
                              const document::Limits& limits, Diagnostics& diagnostics,
                              const Rewrite& rewrite) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::string out;
  Value json;
  if (is_json(text, limits, json)) {
    append(out, rewrite(json) ? document::write_yaml(json) : std::string(text));
    return out;
  }
  for (const document::YamlChunk& chunk : document::split_yaml(text)) {
    const std::string_view body = without_mark(chunk.text);
    if (document::is_blank_yaml(chunk.text)) {
      if (body.find_first_not_of(" \t\r\n") != std::string_view::npos) append(out, body);
      continue;
    }
    Diagnostics found;
    std::vector<document::Document> documents =
        document::read_yaml(chunk.text, file, found, limits);
    for (Diagnostic& diagnostic : found) {
      if (diagnostic.line > 0) diagnostic.line += chunk.first_line - 1;
      diagnostics.push_back(std::move(diagnostic));
    }
    if (documents.size() == 1 && rewrite(documents[0].root)) {
      append(out, document::write_yaml(documents[0].root));
    } else {
      append(out, body);
    }
  }
  return out;
}

}  // namespace mesh::injection
