#include "libmesh/xds/explain/changes.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "libmesh/document/json.h"

namespace mesh::xds {
namespace {

using document::List;
using document::Map;
using document::Value;

constexpr size_t kLongest = 120;

std::string_view name_of(const Value& element) { return element.string_at("name"); }

// Names of all elements, each once.
bool is_named(const List& list) {
  std::vector<std::string_view> names;
  for (const Value& element : list) names.push_back(name_of(element));
  std::sort(names.begin(), names.end());
  return !names.empty() && !names.front().empty() &&
         std::adjacent_find(names.begin(), names.end()) == names.end();
}

class Comparer {
 public:
  void compare(const Value* with, const Value* without, const std::string& path) {
    if (with != nullptr && without != nullptr) {
      if (*with == *without) return;
      if (with->is_map() && without->is_map()) return compare_maps(*with, *without, path);
      if (with->is_list() && without->is_list()) {
        return compare_lists(*with->if_list(), *without->if_list(), path);
      }
    }
    out_.push_back(
        {path, with == nullptr ? "" : brief(*with), without == nullptr ? "" : brief(*without)});
  }
  std::vector<Change> take() { return std::move(out_); }

 private:
  void compare_maps(const Value& with, const Value& without, const std::string& path) {
    const std::string prefix = path.empty() ? "" : path + ".";
    for (const document::Member& member : *with.if_map()) {
      compare(&member.value, without.find(member.key), prefix + member.key);
    }
    for (const document::Member& member : *without.if_map()) {
      if (with.find(member.key) == nullptr) compare(nullptr, &member.value, prefix + member.key);
    }
  }

  void compare_lists(const List& with, const List& without, const std::string& path) {
    if (is_named(with) && is_named(without)) return compare_named(with, without, path);
    size_t begin = 0;
    const size_t shorter = std::min(with.size(), without.size());
    while (begin < shorter && with[begin] == without[begin]) ++begin;
    size_t end = 0;
    while (end < shorter - begin &&
           with[with.size() - 1 - end] == without[without.size() - 1 - end]) {
      ++end;
    }
    const size_t longer = std::max(with.size(), without.size()) - end;
    for (size_t i = begin; i < longer; ++i) {
      compare(i < with.size() - end ? &with[i] : nullptr,
              i < without.size() - end ? &without[i] : nullptr,
              path + "[" + std::to_string(i) + "]");
    }
  }

  void compare_named(const List& with, const List& without, const std::string& path) {
    std::unordered_map<std::string_view, const Value*> others;
    for (const Value& element : without) others.emplace(name_of(element), &element);
    std::vector<std::string_view> order_with;
    for (const Value& element : with) {
      auto other = others.find(name_of(element));
      const bool both = other != others.end();
      compare(&element, both ? other->second : nullptr, at_name(path, element));
      if (!both) continue;
      order_with.push_back(name_of(element));
      others.erase(other);
    }
    std::vector<std::string_view> order_without;
    for (const Value& element : without) {
      if (others.count(name_of(element)) != 0) {
        compare(nullptr, &element, at_name(path, element));
      } else {
        order_without.push_back(name_of(element));
      }
    }
    if (order_with != order_without) out_.push_back({path, "this order", "another order"});
  }

  static std::string at_name(const std::string& path, const Value& element) {
    return path + "[" + std::string(name_of(element)) + "]";
  }

  std::vector<Change> out_;
};

}  // namespace

std::vector<Change> changes(const Value& with, const Value& without) {
  Comparer comparer;
  comparer.compare(&with, &without, "");
  return comparer.take();
}

std::string brief(const Value& value) {
  std::string out = document::write_json(value);
  if (out.size() <= kLongest) return out;
  size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80)
    --end;  // whole characters
  out.resize(end);
  return out + "…";
}

}  // namespace mesh::xds
