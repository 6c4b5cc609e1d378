#include "libmesh/xds/envoyfilter/edit.h"

#include <google/protobuf/message.h>

#include <utility>

namespace mesh::xds::envoyfilter {
namespace {

std::string types_differ(const Message& from, const Message& to) {
  return "cannot be merged: it is a " + std::string(schema::type_of_url(schema::any_url(from))) +
         " and stands over a " + std::string(schema::type_of_url(schema::any_url(to)));
}

}  // namespace

void Editor::fail(const Patch& patch, std::string why) {
  failed_ = true;
  if (outcome_ != nullptr) outcome_->failed.emplace(&patch, std::move(why));
}

MessagePtr Editor::copy(const Patch& patch) {
  if (patch.value == nullptr) {
    fail(patch, "has no value to insert");
    return nullptr;
  }
  return schema::clone(*patch.value);
}

void Editor::insert(const Patch& patch, size_t at, std::vector<MessagePtr>& list) {
  MessagePtr value = copy(patch);
  if (value == nullptr) return;
  list.insert(list.begin() + static_cast<std::ptrdiff_t>(at), std::move(value));
  applied(patch);
}

void Editor::merge(const Patch& patch, Message& target) {
  if (patch.value == nullptr) return fail(patch, "has no value to merge");
  const bool replace = patch.operation == Operation::MERGE_AND_REPLACE_LIST;
  schema::merge(*patch.value, target,
                replace ? schema::ListMerge::kReplace : schema::ListMerge::kAppend);
  applied(patch);
}

bool Editor::merge_filter(const Patch& patch, bool rename, Message& filter) {
  if (!has(filter, "typed_config")) return false;
  if (patch.value == nullptr) {
    fail(patch, "has no value to merge");
    return true;
  }
  if (has(*patch.value, "typed_config")) {
    const Message& from = message_at(*patch.value, "typed_config");
    Message& to = mutable_at(filter, "typed_config");
    // What cannot be read stays as it is.
    if (schema::merge_any(from, to) == schema::AnyMerge::kTypesDiffer) {
      fail(patch, types_differ(from, to));
      return true;
    }
  }
  const std::string name = text_at(*patch.value, "name");
  if (rename && !name.empty()) set_text(filter, "name", name);
  applied(patch);
  return true;
}

Editor::Socket Editor::merge_socket(const Patch& patch, const Message& from, Message& to) {
  if (!has(from, "typed_config") || !has(to, "typed_config")) return Socket::kNone;
  const Message& source = message_at(from, "typed_config");
  Message& target = mutable_at(to, "typed_config");
  switch (schema::merge_any(source, target)) {
    case schema::AnyMerge::kMerged:
      return Socket::kDone;
    case schema::AnyMerge::kUnreadable:
      return Socket::kUnreadable;
    case schema::AnyMerge::kTypesDiffer:
      fail(patch, types_differ(source, target));
      return Socket::kDone;
  }
  return Socket::kDone;
}

}  // namespace mesh::xds::envoyfilter
