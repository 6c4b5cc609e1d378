// Short ways to read and to say what was found, for the tests of this folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/document/json.h"
#include "libmesh/document/yaml.h"

namespace mesh::document {

// Each document as one line of JSON.
inline std::string as_json(const std::vector<Document>& documents) {
  std::string text;
  for (const Document& document : documents) text += write_json(document.root) + "\n";
  return text;
}

// "3:7 duplicate-key" for each diagnostic.
inline std::vector<std::string> places(const Diagnostics& diagnostics) {
  std::vector<std::string> places;
  for (const Diagnostic& d : diagnostics) {
    places.push_back(std::to_string(d.line) + ":" + std::to_string(d.column) + " " +
                     std::string(code_text(d.code)));
  }
  return places;
}

struct Read {
  std::vector<Document> documents;
  Diagnostics diagnostics;
  std::string json;
  std::vector<std::string> found;
};

inline Read read(std::string_view text, const Limits& limits = {}) {
  Read result;
  result.documents = read_yaml(text, "t.yaml", result.diagnostics, limits);
  result.json = as_json(result.documents);
  result.found = places(result.diagnostics);
  return result;
}

}  // namespace mesh::document
