#include "libmesh/index/file_set.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "libmesh/base/codes.h"
#include "libmesh/document/read.h"

namespace mesh::index {
namespace {

bool is_unreadable(const Diagnostics& said) {
  return std::any_of(said.begin(), said.end(), [](const Diagnostic& d) {
    return d.severity == Severity::kError && (d.code == Code::kSyntax || d.code == Code::kLimit);
  });
}

Diagnostic duplicate(const kube::Object& object, std::string message) {
  const document::Position& position = object.document.position;
  return {Severity::kWarning, Code::kDuplicateObject, to_string(object.key),
          "metadata.name",    std::move(message),     "the last one counts; keep one",
          object.file,        position.line,          position.column};
}

}  // namespace

Diagnostics FileSet::replace(std::string_view file, std::string_view text) {
  Diagnostics said;
  std::vector<document::Document> documents = document::read_any(text, file, said);
  if (is_unreadable(said)) {
    sort_and_dedupe(said);
    store_.say_of_file(file, said);
    return said;
  }
  Objects now;
  for (document::Document& document : documents) {
    for (kube::ReadObject& one : kube::read_documents_objects(std::move(document), said)) {
      kube::ObjectKey key = one.object->key;
      if (now.contains(key)) {
        one.diagnostics.push_back(duplicate(*one.object, "the object is in the text twice"));
      }
      now[key] = std::move(one);
    }
  }
  Diagnostics out = said;
  store_.say_of_file(file, std::move(said));
  const std::string name(file);
  Objects before = std::exchange(files_[name], std::move(now));
  for (const auto& [key, one] : files_[name]) {
    out.insert(out.end(), one.diagnostics.begin(), one.diagnostics.end());
    holders_[key].insert(name);
    settle(key);
  }
  for (const auto& [key, one] : before) {
    if (files_[name].contains(key)) continue;
    holders_[key].erase(name);
    settle(key);
  }
  if (files_[name].empty()) files_.erase(name);
  sort_and_dedupe(out);
  return out;
}

// Makes the store's object the one that the last of its files has.
void FileSet::settle(const kube::ObjectKey& key) {
  auto holders = holders_.find(key);
  if (holders->second.empty()) {
    holders_.erase(holders);
    store_.erase(key, cluster_);
    return;
  }
  const kube::ReadObject& last = files_.find(*holders->second.rbegin())->second.at(key);
  Diagnostics said = last.diagnostics;
  if (holders->second.size() > 1) {
    said.push_back(duplicate(
        *last.object, "the object is in " + *std::next(holders->second.rbegin()) + " as well"));
  }
  store_.apply(last.object, std::move(said), cluster_);
}

}  // namespace mesh::index
