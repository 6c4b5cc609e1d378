// Making patches (json_patch.h); applying them is in json_patch_apply.cc.
#include "libmesh/document/json_patch.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <unordered_map>
#include <vector>

#include "libmesh/document/json_writer.h"

namespace mesh::document {
namespace {

constexpr size_t kNone = ~size_t{0};
constexpr size_t kSmall = 16;  // up to here looking through is faster than an index

// Where operations go: into a list of values, or straight into JSON text.
class ListSink {
 public:
  void put(std::string_view op, const std::string& path, const Value* value) {
    Value operation{Map{}};
    operation.set("op", Value(op));
    operation.set("path", Value(path));
    if (value != nullptr) operation.set("value", *value);
    operations.push_back(std::move(operation));
  }
  List operations;
};

class TextSink {
 public:
  explicit TextSink(JsonWriter& json) : json_(json) {}
  void put(std::string_view op, const std::string& path, const Value* value) {
    json_.begin_object().key("op").value(op).key("path").value(path);
    if (value != nullptr) json_.key("value").value(*value);
    json_.end_object();
    any = true;
  }
  bool any = false;

 private:
  JsonWriter& json_;
};

// The keys of a mapping, found without looking through a long one for each.
class Keys {
 public:
  explicit Keys(const Map& map) : map_(map) {
    if (map.size() <= kSmall) return;
    index_.reserve(map.size());
    for (size_t i = 0; i < map.size(); ++i) index_.emplace(map[i].key, i);
  }
  // `hint`: where it probably stands.
  const Value* find(std::string_view key, size_t hint) const {
    if (hint < map_.size() && map_[hint].key == key) return &map_[hint].value;
    if (!index_.empty()) {
      const auto found = index_.find(key);
      return found == index_.end() ? nullptr : &map_[found->second].value;
    }
    for (const Member& member : map_) {
      if (member.key == key) return &member.value;
    }
    return nullptr;
  }

 private:
  const Map& map_;
  std::unordered_map<std::string_view, size_t> index_;
};

// Whether all elements are mappings with names of their own.
bool names_of(const List& list, size_t begin, size_t end, std::vector<std::string_view>& out) {
  for (size_t i = begin; i < end; ++i) {
    const Value* name = list[i].find("name");
    const std::string* text = name == nullptr ? nullptr : name->if_string();
    if (text == nullptr) return false;
    out.push_back(*text);
  }
  if (out.size() <= kSmall) {
    for (size_t i = 0; i < out.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (out[i] == out[j]) return false;
      }
    }
    return true;
  }
  std::vector<std::string_view> sorted = out;
  std::sort(sorted.begin(), sorted.end());
  return std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
}

// For each of `names` its place among `others`, or kNone.
std::vector<size_t> places(const std::vector<std::string_view>& names,
                           const std::vector<std::string_view>& others) {
  std::vector<size_t> out(names.size(), kNone);
  if (others.size() <= kSmall) {
    for (size_t i = 0; i < names.size(); ++i) {
      const auto found = std::find(others.begin(), others.end(), names[i]);
      if (found != others.end()) out[i] = static_cast<size_t>(found - others.begin());
    }
    return out;
  }
  std::unordered_map<std::string_view, size_t> index;
  index.reserve(others.size());
  for (size_t i = 0; i < others.size(); ++i) index.emplace(others[i], i);
  for (size_t i = 0; i < names.size(); ++i) {
    const auto found = index.find(names[i]);
    if (found != index.end()) out[i] = found->second;
  }
  return out;
}

bool ascending(const std::vector<size_t>& places) {
  size_t last = 0;
  bool first = true;
  for (size_t place : places) {
    if (place == kNone) continue;
    if (!first && place < last) return false;
    last = place;
    first = false;
  }
  return true;
}

template <typename Sink>
class Differ {
 public:
  explicit Differ(Sink& sink) : sink_(sink) {}

  void compare(const Value& from, const Value& to) {
    if (from.is_map() && to.is_map()) return maps(*from.if_map(), *to.if_map());
    if (from.is_list() && to.is_list()) return lists(*from.if_list(), *to.if_list());
    if (!(from == to)) sink_.put("replace", path_, &to);
  }

 private:
  // The path one step further in, for as long as this lives.
  class Step {
   public:
    Step(std::string& path, std::string_view key) : path_(path), length_(path.size()) {
      path_ += '/';
      append_pointer_token(path_, key);
    }
    Step(std::string& path, size_t index) : path_(path), length_(path.size()) {
      char digits[20];
      const auto end = std::to_chars(digits, digits + sizeof digits, index).ptr;
      path_ += '/';
      path_.append(digits, end);
    }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;
    ~Step() { path_.resize(length_); }

   private:
    std::string& path_;
    const size_t length_;
  };

  template <typename Key>
  void at(std::string_view op, Key key, const Value* value) {
    const Step step(path_, key);
    sink_.put(op, path_, value);
  }
  template <typename Key>
  void within(Key key, const Value& from, const Value& to) {
    const Step step(path_, key);
    compare(from, to);
  }

  void maps(const Map& from, const Map& to) {
    const Keys before(from);
    const Keys after(to);
    for (size_t i = 0; i < from.size(); ++i) {
      if (after.find(from[i].key, i) == nullptr)
        at("remove", std::string_view(from[i].key), nullptr);
    }
    for (size_t i = 0; i < to.size(); ++i) {
      const std::string_view key = to[i].key;
      if (const Value* old = before.find(key, i)) {
        within(key, *old, to[i].value);
      } else {
        at("add", key, &to[i].value);
      }
    }
  }

  void lists(const List& from, const List& to) {
    size_t begin = 0;
    const size_t shorter = std::min(from.size(), to.size());
    while (begin < shorter && from[begin] == to[begin]) ++begin;
    size_t tail = 0;
    while (tail < shorter - begin && from[from.size() - 1 - tail] == to[to.size() - 1 - tail]) {
      ++tail;
    }
    const size_t from_end = from.size() - tail;
    const size_t to_end = to.size() - tail;
    if (begin < from_end && begin < to_end && by_name(from, to, begin, from_end, to_end)) return;
    const size_t both = std::min(from_end, to_end);
    for (size_t i = begin; i < both; ++i) within(i, from[i], to[i]);
    for (size_t i = from_end; i > std::max(both, begin); --i) at("remove", i - 1, nullptr);
    for (size_t i = both; i < to_end; ++i) at("add", i, &to[i]);
  }

  // False when names do not tell the elements apart, or their order has changed.
  bool by_name(const List& from, const List& to, size_t begin, size_t from_end, size_t to_end) {
    std::vector<std::string_view> before;
    std::vector<std::string_view> after;
    if (!names_of(from, begin, from_end, before) || !names_of(to, begin, to_end, after)) {
      return false;
    }
    const std::vector<size_t> kept = places(before, after);
    const std::vector<size_t> old = places(after, before);
    if (!ascending(old)) return false;
    for (size_t i = before.size(); i > 0; --i) {
      if (kept[i - 1] == kNone) at("remove", begin + i - 1, nullptr);
    }
    for (size_t i = 0; i < after.size(); ++i) {
      if (old[i] == kNone) {
        at("add", begin + i, &to[begin + i]);
      } else {
        within(begin + i, from[begin + old[i]], to[begin + i]);
      }
    }
    return true;
  }

  Sink& sink_;
  std::string path_;
};

}  // namespace

void append_pointer_token(std::string& out, std::string_view key) {
  for (char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
}

List make_json_patch(const Value& from, const Value& to) {
  ListSink sink;
  Differ<ListSink>(sink).compare(from, to);
  return std::move(sink.operations);
}

bool append_json_patch(std::string& out, const Value& from, const Value& to) {
  JsonWriter json;
  json.reserve(8192);  // a sidecar's patch
  json.begin_array();
  TextSink sink(json);
  Differ<TextSink>(sink).compare(from, to);
  if (!sink.any) return false;
  json.end_array();
  if (out.empty()) {
    out = json.take();
  } else {
    out += json.text();
  }
  return true;
}

}  // namespace mesh::document
