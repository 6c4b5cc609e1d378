#include "libmesh/document/tree_builder.h"

#include "libmesh/base/codes.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

namespace mesh::document {
namespace {

// Up to here comparing every pair is quicker than sorting.
constexpr size_t kSmallMap = 12;

bool has_equal_keys(const Member* members, size_t count) {
  for (size_t i = 1; i < count; ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (members[i].key == members[j].key) return true;
    }
  }
  return false;
}

// Field names that hold a dot or a bracket (annotations) are quoted, so that a path stays readable.
void append_key(std::string& path, std::string_view key) {
  if (key.empty() || key.find_first_of(".[]\"'") != std::string_view::npos) {
    path.append("[\"").append(key).append("\"]");
    return;
  }
  if (!path.empty()) path.push_back('.');
  path.append(key);
}

}  // namespace

TreeBuilder::TreeBuilder(const Limits& limits, std::string_view file, Diagnostics& diagnostics)
    : limits_(limits), file_(file), diagnostics_(diagnostics) {}

void TreeBuilder::report(Code code, Position position, std::string message, std::string mend) {
  Diagnostic diagnostic;
  diagnostic.severity = Severity::kError;
  diagnostic.code = code;
  diagnostic.field = path();
  diagnostic.message = std::move(message);
  diagnostic.mend = std::move(mend);
  diagnostic.file = file_;
  diagnostic.line = position.line;
  diagnostic.column = position.column;
  diagnostics_.push_back(std::move(diagnostic));
}

std::string TreeBuilder::path() const {
  std::string path;
  for (size_t i = 0; i < frames_.size(); ++i) {
    const bool innermost = i + 1 == frames_.size();
    const size_t end = innermost ? stack_.size() : frames_[i + 1].begin;
    if (frames_[i].is_map) {
      // A waiting key stands last among the children of its frame.
      if (!innermost || have_key_) append_key(path, stack_[end - 1].key);
    } else if (!innermost) {
      path.append("[").append(std::to_string(end - frames_[i].begin)).append("]");
    }
  }
  return path;
}

bool TreeBuilder::count_node(Position position) {
  if (++nodes_ <= limits_.nodes) return true;
  report(Code::kLimit, position,
         "the text has more than " + std::to_string(limits_.nodes) + " values",
         "split the text into several files");
  return false;
}

bool TreeBuilder::open(Position position, bool is_map) {
  if (!count_node(position)) return false;
  if (frames_.size() >= limits_.depth) {
    report(Code::kLimit, position,
           "is nested more than " + std::to_string(limits_.depth) + " levels deep",
           "write it with fewer levels");
    return false;
  }
  frames_.push_back(Frame{stack_.size(), position, is_map, false});
  have_key_ = false;
  return true;
}

void TreeBuilder::key(std::string key, Position position, bool merged) {
  stack_.push_back(Member{std::move(key), Value(), position});
  merged_.push_back(merged ? 1 : 0);
  frames_.back().merges |= merged;
  have_key_ = true;
}

bool TreeBuilder::add(Value value) {
  if (!count_node(value.position)) return false;
  if (have_key_) {
    stack_.back().value = std::move(value);
    have_key_ = false;
    return true;
  }
  stack_.push_back(Member{std::string(), std::move(value), {}});
  merged_.push_back(0);
  return true;
}

void TreeBuilder::close() {
  const Frame frame = frames_.back();
  Value value;
  if (frame.is_map) {
    value = Value(settle(frame));
  } else {
    List list;
    list.reserve(stack_.size() - frame.begin);
    for (size_t i = frame.begin; i < stack_.size(); ++i) list.push_back(std::move(stack_[i].value));
    value = Value(std::move(list));
  }
  value.position = frame.position;
  stack_.resize(frame.begin);
  merged_.resize(frame.begin);
  frames_.pop_back();
  if (!frames_.empty() && frames_.back().is_map) {
    stack_.back().value = std::move(value);  // its key waits there
  } else {
    stack_.push_back(Member{std::string(), std::move(value), {}});
    merged_.push_back(0);
  }
}

Map TreeBuilder::settle(const Frame& frame) {
  const size_t count = stack_.size() - frame.begin;
  const Member* members = stack_.data() + frame.begin;
  const auto by_key = [&](size_t a, size_t b) { return members[a].key < members[b].key; };
  const auto same_key = [&](size_t a, size_t b) { return members[a].key == members[b].key; };
  std::vector<size_t> order;
  bool duplicates = false;
  if (count <= kSmallMap) {
    duplicates = has_equal_keys(members, count);
  }
  if (count > kSmallMap || duplicates) {
    order.resize(count);
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), by_key);
    duplicates = std::adjacent_find(order.begin(), order.end(), same_key) != order.end();
  }
  if (duplicates) return settle_duplicates(frame.begin, order);
  const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(frame.begin);
  return Map(std::make_move_iterator(begin), std::make_move_iterator(stack_.end()));
}

// `order` lists the children by key, equal keys in the order of the text.
Map TreeBuilder::settle_duplicates(size_t begin, const std::vector<size_t>& order) {
  std::vector<char> dropped(order.size(), 0);
  constexpr size_t kNone = static_cast<size_t>(-1);
  for (size_t i = 0; i < order.size();) {
    size_t written = kNone;  // the last one that the text itself wrote
    size_t end = i;
    for (; end < order.size() && stack_[begin + order[end]].key == stack_[begin + order[i]].key;
         ++end) {
      if (end > i) dropped[order[end - 1]] = 1;
      const size_t at = begin + order[end];
      if (merged_[at] != 0) continue;
      if (written != kNone) {
        report(Code::kDuplicateKey, stack_[at].position,
               "the key \"" + stack_[at].key + "\" stands already on line " +
                   std::to_string(stack_[written].position.line) + "; the last one counts",
               "remove one of the two");
      }
      written = at;
    }
    i = end;
  }
  Map map;
  for (size_t i = 0; i < order.size(); ++i) {
    if (dropped[i] == 0) map.push_back(std::move(stack_[begin + i]));
  }
  return map;
}

Value TreeBuilder::take_last() {
  Value value = std::move(stack_.back().value);
  stack_.pop_back();
  merged_.pop_back();
  return value;
}

Value TreeBuilder::take() {
  Value root = stack_.empty() ? Value() : std::move(stack_.front().value);
  reset();
  return root;
}

void TreeBuilder::reset() {
  frames_.clear();
  stack_.clear();
  merged_.clear();
  have_key_ = false;
}

}  // namespace mesh::document
