#include "libmesh/injection/forms/json_fields.h"

#include <algorithm>

#include "libmesh/document/json.h"
#include "libmesh/document/json_writer.h"

namespace mesh::injection::forms {

using document::Value;

std::vector<std::pair<std::string, Value>> json_fields(std::string_view json, View& view) {
  std::vector<std::pair<std::string, Value>> out;
  Diagnostics none;
  Result<Value> read = document::read_json(json, "", none);
  document::Map* fields = read ? read->if_map() : nullptr;
  if (fields == nullptr) {
    view.odd = true;
    return out;
  }
  for (document::Member& field : *fields) {
    out.emplace_back(std::move(field.key), std::move(field.value));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return out;
}

void append_go_json_string(std::string& out, std::string_view text) {
  const size_t start = out.size();
  document::append_json_string(out, text);
  for (size_t at = out.find_first_of("<>&", start); at != std::string::npos;
       at = out.find_first_of("<>&", at + 1)) {
    out.replace(at, 1, out[at] == '<' ? "\\u003c" : out[at] == '>' ? "\\u003e" : "\\u0026");
  }
}

}  // namespace mesh::injection::forms
