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

}  // namespace

const document::Value& nearest(const document::Value& root, std::string_view path) {
  const document::Value* at = &root;
  while (!path.empty()) {
    const document::Value* next = nullptr;
    size_t end = 0;
    if (path.front() == '[') {
      end = std::min(path.find(']'), path.size());
      next = element(*at, path.substr(1, end - 1));
      end = std::min(end + 1, path.size());
    } else {
      end = std::min(path.find_first_of(".["), path.size());
      next = at->find(path.substr(0, end));
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
