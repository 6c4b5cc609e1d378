#include "libmesh/smcp/path.h"

#include <charconv>
#include <cmath>
#include <map>
#include <utility>

#include "libmesh/document/json.h"

namespace mesh::smcp {
namespace {

std::string join(const Path& path, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += "." + path[i];
  return text;
}

std::string accessor_error(std::string_view where, const Value& value, std::string_view expected) {
  return std::string(where) + " accessor error: " + go_text(value) + " is of the type " +
         std::string(go_type(value)) + ", expected " + std::string(expected);
}

constexpr std::string_view kGoMap = "map[string]interface{}";

std::string number_text(double value) {
  if (std::isnan(value) || std::isinf(value)) return std::isnan(value) ? "NaN" : "+Inf";
  char buffer[400];
  auto [end, error] =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed);
  return error == std::errc() ? std::string(buffer, end) : std::string();
}

}  // namespace

Path split_path(std::string_view dotted) {
  Path path;
  for (;;) {
    const size_t dot = dotted.find('.');
    path.emplace_back(dotted.substr(0, dot));
    if (dot == std::string_view::npos) return path;
    dotted.remove_prefix(dot + 1);
  }
}

const Value* at(const Value& root, std::string_view path) {
  const Value* value = &root;
  for (const std::string& key : split_path(path)) {
    value = value->find(key);
    if (value == nullptr || value->is_null()) return nullptr;
  }
  return value;
}

Value* at(Value& root, std::string_view path) {
  return const_cast<Value*>(at(std::as_const(root), path));
}

std::string_view text_at(const Value& root, std::string_view path) {
  const Value* value = at(root, path);
  const std::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string_view() : *text;
}

int64_t int_at(const Value& root, std::string_view path) {
  const Value* value = at(root, path);
  const int64_t* number = value == nullptr ? nullptr : value->if_int();
  return number == nullptr ? 0 : *number;
}

const bool* bool_at(const Value& root, std::string_view path) {
  const Value* value = at(root, path);
  return value == nullptr ? nullptr : value->if_bool();
}

Value& put(Value& root, std::string_view path, Value value) {
  const Path keys = split_path(path);
  Value* node = &root;
  for (size_t i = 0; i + 1 < keys.size(); ++i) {
    if (!node->is_map()) *node = Value(Map{});
    Value* next = node->find(keys[i]);
    node = next != nullptr ? next : &node->set(keys[i], Value(Map{}));
  }
  if (!node->is_map()) *node = Value(Map{});
  return node->set(keys.back(), std::move(value));
}

bool Tree::empty() const {
  const Map* map = std::as_const(*root_).if_map();
  return map == nullptr || map->empty();
}

const Value* Tree::find(const Path& path) {
  if (failed()) return nullptr;
  const Value* value = root_;
  for (size_t i = 0; i < path.size(); ++i) {
    if (value->is_null()) return nullptr;
    if (!value->is_map()) {
      faults_->add(accessor_error(join(path, i + 1), *value, kGoMap));
      return nullptr;
    }
    value = value->find(path[i]);
    if (value == nullptr) return nullptr;
  }
  return value;
}

void Tree::wrong_type(std::string_view path, const Value& value, std::string_view expected) {
  if (!value.is_null()) faults_->add(accessor_error(path, value, expected));
}

std::optional<bool> Tree::get_bool(std::string_view path) {
  const Value* value = find(path);
  if (value == nullptr) return std::nullopt;
  if (const bool* b = value->if_bool()) return *b;
  wrong_type(path, *value, "bool");
  return std::nullopt;
}

std::optional<std::string> Tree::get_string(std::string_view path) {
  const Value* value = find(path);
  if (value == nullptr) return std::nullopt;
  if (const std::string* s = value->if_string()) return *s;
  wrong_type(path, *value, "string");
  return std::nullopt;
}

std::optional<int64_t> Tree::get_int(std::string_view path) {
  const Value* value = find(path);
  if (value == nullptr) return std::nullopt;
  if (const int64_t* i = value->if_int()) return *i;
  wrong_type(path, *value, "int64");
  return std::nullopt;
}

std::optional<double> Tree::get_double(std::string_view path) {
  const Value* value = find(path);
  if (value == nullptr) return std::nullopt;
  if (const double* d = value->if_double()) return *d;
  wrong_type(path, *value, "float64");
  return std::nullopt;
}

std::optional<std::string> Tree::get_string_or_number(std::string_view path) {
  const Value* value = find(path);
  if (value == nullptr || value->is_null()) return std::nullopt;
  if (const std::string* s = value->if_string()) return *s;
  if (const int64_t* i = value->if_int()) return std::to_string(*i);
  if (const double* d = value->if_double()) return number_text(*d);
  const std::string type(go_type(*value));
  faults_->add("could not convert type to string: " + type + "=" + go_text(*value));
  return std::nullopt;
}

std::optional<List> Tree::get_list(std::string_view path) {
  const Value* value = find(path);
  if (value == nullptr) return std::nullopt;
  if (const List* list = value->if_list()) return *list;
  wrong_type("." + std::string(path), *value, "[]interface{}");
  return std::nullopt;
}

std::optional<std::vector<std::string>> Tree::get_strings(std::string_view path) {
  std::optional<List> list = get_list(path);
  if (!list) return std::nullopt;
  std::vector<std::string> strings;
  for (const Value& item : *list) {
    if (const std::string* s = item.if_string()) {
      strings.push_back(*s);
      continue;
    }
    faults_->add("." + std::string(path) +
                 " accessor error: contains non-string key in the slice: " + go_text(item) +
                 " is of the type " + std::string(go_type(item)) + ", expected string");
    return std::nullopt;
  }
  return strings;
}

std::optional<Value> Tree::get_map(std::string_view path) {
  const Value* value = find(path);
  if (value == nullptr) return std::nullopt;
  if (value->is_map()) return *value;
  if (value->is_null()) return Value(Map{});
  wrong_type(path, *value, kGoMap);
  return std::nullopt;
}

std::optional<Value> Tree::get_string_map(std::string_view path) {
  const Value* value = find(path);
  if (value == nullptr) return std::nullopt;
  const std::string where = "." + std::string(path);
  if (!value->is_map()) {
    faults_->add(accessor_error(where, *value, kGoMap));
    return std::nullopt;
  }
  for (const document::Member& member : *value->if_map()) {
    if (member.value.is_string()) continue;
    faults_->add(where +
                 " accessor error: contains non-string key in the map: " + go_text(member.value) +
                 " is of the type " + std::string(go_type(member.value)) + ", expected string");
    return std::nullopt;
  }
  return *value;
}

// Each take is its get and, unless that added a mistake, a removal.
#define MESH_TAKE(type, name)                                    \
  std::optional<type> Tree::take_##name(std::string_view path) { \
    std::optional<type> value = get_##name(path);                \
    remove(path);                                                \
    return value;                                                \
  }
MESH_TAKE(bool, bool)
MESH_TAKE(std::string, string)
MESH_TAKE(int64_t, int)
MESH_TAKE(double, double)
MESH_TAKE(std::string, string_or_number)
MESH_TAKE(List, list)
MESH_TAKE(std::vector<std::string>, strings)
MESH_TAKE(Value, map)
MESH_TAKE(Value, string_map)
#undef MESH_TAKE

std::optional<Value> Tree::take_labels(std::string_view path) {
  std::optional<Value> map = get_map(path);
  Value labels{Map{}};
  if (map) {
    for (const document::Member& member : *map->if_map()) {
      if (member.value.is_null()) continue;
      if (!member.value.is_string()) {
        faults_->add("unknown type for " + std::string(path) + "." + member.key +
                     " value, expected string: " + std::string(go_type(member.value)));
        return std::nullopt;
      }
      labels.set(member.key, member.value);
    }
  }
  remove(path);
  if (failed() || labels.if_map()->empty()) return std::nullopt;
  return labels;
}

void Tree::set(const Path& path, Value value) {
  if (failed()) return;
  if (!root_->is_map()) *root_ = Value(Map{});
  Value* node = root_;
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    Value* next = node->find(path[i]);
    if (next == nullptr || next->is_null()) {
      next = &node->set(path[i], Value(Map{}));
    } else if (!next->is_map()) {
      faults_->add("value cannot be set because " + join(path, i + 1) +
                   " is not a map[string]interface{}");
      return;
    }
    node = next;
  }
  node->set(path.back(), std::move(value));
}

void Tree::remove(const Path& path) {
  if (failed()) return;
  Value* node = root_;
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    node = node->find(path[i]);
    if (node == nullptr || !node->is_map()) return;
  }
  node->erase(path.back());
}

void Tree::overwrite(const Value& values, const Path& prefix) {
  const Map* map = values.if_map();
  if (map == nullptr) return;
  for (const document::Member& member : *map) {
    Path path = prefix;
    path.push_back(member.key);
    if (member.value.is_map()) {
      overwrite(member.value, path);
    } else {
      set(path, member.value);
    }
  }
}

void Tree::remove_all(const Value& values, const Path& prefix) {
  const Map* map = values.if_map();
  if (map == nullptr) return;
  for (const document::Member& member : *map) {
    Path path = prefix;
    path.push_back(member.key);
    if (!member.value.is_map()) {
      remove(path);
      continue;
    }
    remove_all(member.value, path);
    const Value* left = find(path);
    if (left != nullptr && left->is_map() && left->if_map()->empty()) remove(path);
  }
}

std::string_view go_type(const Value& value) {
  switch (value.type()) {
    case document::Type::kNull:
      return "<nil>";
    case document::Type::kBool:
      return "bool";
    case document::Type::kInt:
      return "int64";
    case document::Type::kUint:
    case document::Type::kDouble:
      return "float64";
    case document::Type::kString:
      return "string";
    case document::Type::kList:
      return "[]interface {}";
    case document::Type::kMap:
      return "map[string]interface {}";
  }
  return "";
}

namespace {

std::string go_map_text(const Map& map) {
  std::map<std::string_view, const Value*> sorted;
  for (const document::Member& member : map) sorted.emplace(member.key, &member.value);
  std::string text = "map[";
  for (const auto& [key, value] : sorted) {
    if (text.size() > 4) text += " ";
    text += std::string(key) + ":" + go_text(*value);
  }
  return text + "]";
}

}  // namespace

std::string go_text(const Value& value) {
  if (value.is_null()) return "<nil>";
  if (const std::string* s = value.if_string()) return *s;
  if (const Map* map = value.if_map()) return go_map_text(*map);
  if (const List* list = value.if_list()) {
    std::string text = "[";
    for (const Value& item : *list) text += (text.size() > 1 ? " " : "") + go_text(item);
    return text + "]";
  }
  return document::write_json(value);
}

void normalize_numbers(Value& value) {
  if (const double* d = value.if_double()) {
    // 2^63 and beyond stay floats; so does what JSON would not write as an integer.
    if (std::trunc(*d) == *d && std::fabs(*d) < 9.2e18) value = Value(static_cast<int64_t>(*d));
  } else if (const uint64_t* u = value.if_uint()) {
    value = Value(static_cast<double>(*u));
  } else if (List* list = value.if_list()) {
    for (Value& item : *list) normalize_numbers(item);
  } else if (Map* map = value.if_map()) {
    for (document::Member& member : *map) normalize_numbers(member.value);
  }
}

}  // namespace mesh::smcp
