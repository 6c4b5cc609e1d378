#include "libmesh/traffic/check/finding.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace mesh::traffic {
namespace {

// The element of a list that "[3]" names, or null.
const document::Value* element(const document::Value& list, std::string_view index) {
  const document::List* elements = list.if_list();
  size_t at = 0;
  const auto read = std::from_chars(index.data(), index.data() + index.size(), at);
  if (elements == nullptr || read.ec != std::errc() || at >= elements->size()) return nullptr;
  return &(*elements)[at];
}

// How much of the path names the key: all of it ("inject"), or, in brackets, with them; 0 when it names another.
size_t named_by(std::string_view path, std::string_view key) {
  const bool bracket = path.starts_with('[');
  if (bracket) path.remove_prefix(1);
  if (!path.starts_with(key)) return 0;
  const std::string_view rest = path.substr(key.size());
  if (bracket) return rest.starts_with(']') ? key.size() + 2 : 0;
  return rest.empty() || rest.front() == '.' || rest.front() == '[' ? key.size() : 0;
}

// What stands under the key that the path begins with, and its length in the path: keys may have dots, the longest counts.
const document::Value* member(const document::Map& map, std::string_view path, size_t& end) {
  const document::Value* out = nullptr;
  end = 0;
  for (const document::Member& each : map) {
    const size_t length = named_by(path, each.key);
    if (length <= end) continue;
    end = length;
    out = &each.value;
  }
  return out;
}

}  // namespace

const document::Value& nearest(const document::Value& root, std::string_view path) {
  const document::Value* at = &root;
  while (!path.empty()) {
    const document::Value* next = nullptr;
    size_t end = 0;
    if (const document::Map* map = at->if_map()) {
      next = member(*map, path, end);
    } else if (path.front() == '[') {
      end = std::min(path.find(']'), path.size());
      next = element(*at, path.substr(1, end - 1));
      end = std::min(end + 1, path.size());
    }
    if (next == nullptr) break;
    at = next;
    path.remove_prefix(end);
    if (!path.empty() && path.front() == '.') path.remove_prefix(1);
  }
  return *at;
}

Diagnostic finding(Severity severity, Code code, const kube::Object& object, std::string field,
                   std::string message, std::string mend) {
  const document::Position position = nearest(object.document, field).position;
  return {severity,        code,        to_string(object.key), std::move(field), std::move(message),
          std::move(mend), object.file, position.line,         position.column};
}

}  // namespace mesh::traffic
