#include "libmesh/index/file_set.h"

#include <algorithm>
#include <set>
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

bool is_error(const Diagnostic& d) { return d.severity == Severity::kError; }

// What the errors speak of, without the kind, which may be lacking.
std::set<std::string_view> names_of_errors(const Diagnostics& said) {
  std::set<std::string_view> out;
  for (const Diagnostic& d : said) {
    if (is_error(d)) out.insert(std::string_view(d.object).substr(d.object.rfind(' ') + 1));
  }
  return out;
}

void tell_kept(Diagnostics& said) {
  const auto first = std::find_if(said.begin(), said.end(), is_error);
  first->message += "; until it is mended the last good version of the object counts";
}

Diagnostic duplicate(const kube::Object& object, std::string message) {
  const document::Position& position = object.document.position;
  return {Severity::kWarning, Code::kDuplicateObject, to_string(object.key),
          "metadata.name",    std::move(message),     "the last one counts; keep one",
          object.file,        position.line,          position.column};
}

}  // namespace

FileSet::Objects FileSet::read_objects(std::vector<document::Document> documents,
                                       Diagnostics& said) {
  Objects out;
  for (document::Document& document : documents) {
    for (kube::ReadObject& one : kube::read_documents_objects(std::move(document), said)) {
      kube::ObjectKey key = one.object->key;
      const bool good = std::none_of(one.diagnostics.begin(), one.diagnostics.end(), is_error);
      if (out.contains(key)) {
        one.diagnostics.push_back(duplicate(*one.object, "the object is in the text twice"));
      }
      out[key] = {std::move(one), good};
    }
  }
  return out;
}

// `said`: of what the present text has and could not be read as an object.
void FileSet::keep_good(const Objects& before, const Diagnostics& said, Objects& now) {
  const std::set<std::string_view> lost = names_of_errors(said);
  for (const auto& [key, held] : before) {
    if (!held.good) continue;
    const auto at = now.find(key);
    if (at != now.end()) {
      if (at->second.good) continue;
      at->second.good = true;
      at->second.read.object = held.read.object;
      tell_kept(at->second.read.diagnostics);
    } else if (lost.contains(key.name) || lost.contains(key.ns + "/" + key.name)) {
      now[key] = held;
    }
  }
}

Diagnostics FileSet::replace(std::string_view file, std::string_view text) {
  Diagnostics said;
  std::vector<document::Document> documents = document::read_any(text, file, said);
  if (is_unreadable(said)) {
    sort_and_dedupe(said);
    store_.say_of_file(file, said);
    return said;
  }
  const std::string name(file);
  Objects now = read_objects(std::move(documents), said);
  keep_good(files_[name], said, now);
  Diagnostics out = said;
  store_.say_of_file(file, std::move(said));
  Objects before = std::exchange(files_[name], std::move(now));
  for (const auto& [key, held] : files_[name]) {
    out.insert(out.end(), held.read.diagnostics.begin(), held.read.diagnostics.end());
    holders_[key].insert(name);
    settle(key);
  }
  for (const auto& [key, held] : before) {
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
  const kube::ReadObject& last = files_.find(*holders->second.rbegin())->second.at(key).read;
  Diagnostics said = last.diagnostics;
  if (holders->second.size() > 1) {
    said.push_back(duplicate(
        *last.object, "the object is in " + *std::next(holders->second.rbegin()) + " as well"));
  }
  store_.apply(last.object, std::move(said), cluster_);
}

}  // namespace mesh::index
