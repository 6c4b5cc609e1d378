// Small builders of overlay values.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "libmesh/document/value.h"

namespace mesh::injection::forms {

using document::List;
using document::Map;
using document::Value;

inline void add(Map& map, std::string_view key, Value value) {
  map.push_back({std::string(key), std::move(value), {}});
}
inline void add(Map& map, std::string_view key, std::string_view text) {
  add(map, key, Value(text));
}
inline void add(Map& map, std::string_view key, const char* text) { add(map, key, Value(text)); }

inline Value object(std::string_view key, Value value) {
  Map map;
  add(map, key, std::move(value));
  return Value(std::move(map));
}
inline Value object(std::string_view key, std::string_view text) {
  return object(key, Value(text));
}
inline Value object(std::string_view key, const char* text) { return object(key, Value(text)); }

template <typename... Texts>
List texts(const Texts&... items) {
  List out;
  out.reserve(sizeof...(items));
  (out.emplace_back(std::string_view(items)), ...);
  return out;
}

// {name, value} of an environment variable; an empty value is not written, as Go does not.
inline Value variable(std::string_view name, std::string_view value) {
  Map map;
  map.reserve(2);
  add(map, "name", name);
  if (!value.empty()) add(map, "value", value);
  return Value(std::move(map));
}
// {name, valueFrom: {fieldRef: {fieldPath}}}.
inline Value field_variable(std::string_view name, std::string_view path) {
  Map map;
  map.reserve(2);
  add(map, "name", name);
  add(map, "valueFrom", object("fieldRef", object("fieldPath", path)));
  return Value(std::move(map));
}
// {name, valueFrom: {resourceFieldRef: {resource, divisor: "1"}}}.
inline Value resource_variable(std::string_view name, std::string_view resource) {
  Map ref;
  ref.reserve(2);
  add(ref, "resource", resource);
  add(ref, "divisor", "1");
  Map map;
  map.reserve(2);
  add(map, "name", name);
  add(map, "valueFrom", object("resourceFieldRef", Value(std::move(ref))));
  return Value(std::move(map));
}

inline Value mount(std::string_view name, std::string_view path, bool read_only = false) {
  Map map;
  map.reserve(read_only ? 3 : 2);
  add(map, "name", name);
  add(map, "mountPath", path);
  if (read_only) add(map, "readOnly", Value(true));
  return Value(std::move(map));
}

// Appends copies of the items of a prepared list.
inline void append(List& list, const List& items) {
  list.insert(list.end(), items.begin(), items.end());
}

}  // namespace mesh::injection::forms
