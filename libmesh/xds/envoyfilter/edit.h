// What patches do, whatever they apply to: insert, replace and remove in lists, and merge.
//
// Istio's merges panic where types differ or a value is missing, and it then leaves the resources as far as they had
// come (runtime.HandleCrash); an Editor remembers that by failed(), and whoever uses it stops there.
#pragma once

#include <string>
#include <vector>

#include "libmesh/schema/dynamic/merge.h"
#include "libmesh/xds/envoyfilter/node.h"
#include "libmesh/xds/envoyfilter/patch.h"

namespace mesh::xds::envoyfilter {

class Editor {
 public:
  // `outcome` may be null.
  explicit Editor(Outcome* outcome) : outcome_(outcome) {}

  bool failed() const { return failed_; }
  void applied(const Patch& patch) {
    if (outcome_ != nullptr) outcome_->applied.insert(&patch);
  }
  void fail(const Patch& patch, std::string why);

  // A copy of the patch's value; null and failed() when it has none.
  MessagePtr copy(const Patch& patch);

  // ADD, INSERT_*, REPLACE and REMOVE in a list; of elements that `matches` when the patch `names` one, and then the
  // first only, but REMOVE takes all. Other operations do nothing.
  template <typename Matches>
  void edit(const Patch& patch, bool names, std::vector<MessagePtr>& list, Matches&& matches);

  // MERGE and MERGE_AND_REPLACE_LIST of whole messages.
  void merge(const Patch& patch, Message& target);
  // Merges the typed_config of a named message with one (filters) and renames it. False when it has none.
  bool merge_filter(const Patch& patch, bool rename, Message& filter);
  enum class Socket { kNone, kDone, kUnreadable };
  // Merges the typed_config of two transport sockets.
  Socket merge_socket(const Patch& patch, const Message& from, Message& to);

 private:
  void insert(const Patch& patch, size_t at, std::vector<MessagePtr>& list);

  Outcome* const outcome_;
  bool failed_ = false;
};

template <typename Matches>
void Editor::edit(const Patch& patch, bool names, std::vector<MessagePtr>& list,
                  Matches&& matches) {
  const auto first = [&] {
    size_t at = 0;
    while (at < list.size() && !matches(list[at].get())) ++at;
    return at;
  };
  switch (patch.operation) {
    case Operation::ADD:
      return insert(patch, list.size(), list);
    case Operation::INSERT_FIRST:
      return insert(patch, 0, list);
    case Operation::INSERT_BEFORE:
      if (!names) return insert(patch, 0, list);
      if (const size_t at = first(); at < list.size()) insert(patch, at, list);
      return;
    case Operation::INSERT_AFTER:
      if (!names) return insert(patch, list.size(), list);
      if (const size_t at = first(); at < list.size()) insert(patch, at + 1, list);
      return;
    case Operation::REPLACE:
      if (!names) return;
      if (const size_t at = first(); at < list.size()) {
        MessagePtr value = copy(patch);
        if (value == nullptr) return;
        list[at] = std::move(value);
        applied(patch);
      }
      return;
    case Operation::REMOVE:
      if (!names) return;
      if (std::erase_if(list, [&](const MessagePtr& e) { return matches(e.get()); }) > 0) {
        applied(patch);
      }
      return;
    case Operation::INVALID:
    case Operation::MERGE:
    case Operation::MERGE_AND_REPLACE_LIST:
      return;
  }
}

}  // namespace mesh::xds::envoyfilter
