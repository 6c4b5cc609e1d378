#include "libmesh/document/value.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace mesh::document {
namespace {

// Numbers are equal when they are the same number, whatever C++ type holds them: the text 50 and
// the text 50.0 mean one thing in JSON, and a writer may turn the second into the first.
bool equal_int_double(int64_t i, double d) {
  return d >= -0x1p63 && d < 0x1p63 && std::trunc(d) == d && static_cast<int64_t>(d) == i;
}

bool equal_uint_double(uint64_t u, double d) {
  return d >= 0 && d < 0x1p64 && std::trunc(d) == d && static_cast<uint64_t>(d) == u;
}

bool equal_numbers(const Value& a, const Value& b) {
  if (const int64_t* i = a.if_int()) {
    if (const int64_t* j = b.if_int()) return *i == *j;
    if (const uint64_t* u = b.if_uint()) return *i >= 0 && static_cast<uint64_t>(*i) == *u;
    if (const double* d = b.if_double()) return equal_int_double(*i, *d);
    return false;
  }
  if (const uint64_t* u = a.if_uint()) {
    if (const uint64_t* v = b.if_uint()) return *u == *v;
    if (const double* d = b.if_double()) return equal_uint_double(*u, *d);
    return b.if_int() != nullptr && equal_numbers(b, a);
  }
  const double* d = a.if_double();
  if (d == nullptr) return false;
  if (const double* e = b.if_double()) return *d == *e;
  return (b.if_int() != nullptr || b.if_uint() != nullptr) && equal_numbers(b, a);
}

std::vector<size_t> sorted_order(const Map& map) {
  std::vector<size_t> order(map.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return map[a].key < map[b].key; });
  return order;
}

bool equal_maps(const Map& a, const Map& b) {
  if (a.size() != b.size()) return false;
  size_t i = 0;  // most maps compared stand in the same order
  while (i < a.size() && a[i].key == b[i].key) {
    if (!(a[i].value == b[i].value)) return false;
    ++i;
  }
  if (i == a.size()) return true;
  const std::vector<size_t> left = sorted_order(a);
  const std::vector<size_t> right = sorted_order(b);
  for (size_t n = 0; n < left.size(); ++n) {
    const Member& x = a[left[n]];
    const Member& y = b[right[n]];
    if (x.key != y.key || !(x.value == y.value)) return false;
  }
  return true;
}

}  // namespace

const Value* Value::find(std::string_view key) const {
  const Map* map = if_map();
  if (map == nullptr) return nullptr;
  for (const Member& member : *map) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

Value* Value::find(std::string_view key) {
  return const_cast<Value*>(static_cast<const Value*>(this)->find(key));
}

std::string_view Value::string_at(std::string_view key) const {
  const Value* value = find(key);
  const std::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

Value& Value::set(std::string_view key, Value value) {
  if (Value* existing = find(key)) {
    *existing = std::move(value);
    return *existing;
  }
  if (!is_map()) data_ = Map{};
  Map& map = std::get<Map>(data_);
  map.push_back(Member{std::string(key), std::move(value), {}});
  return map.back().value;
}

bool Value::erase(std::string_view key) {
  Map* map = if_map();
  if (map == nullptr) return false;
  auto found =
      std::find_if(map->begin(), map->end(), [&](const Member& m) { return m.key == key; });
  if (found == map->end()) return false;
  map->erase(found);
  return true;
}

bool Value::operator==(const Value& other) const {
  switch (type()) {
    case Type::kNull:
      return other.is_null();
    case Type::kBool:
      return other.if_bool() != nullptr && *if_bool() == *other.if_bool();
    case Type::kInt:
    case Type::kUint:
    case Type::kDouble:
      return equal_numbers(*this, other);
    case Type::kString:
      return other.if_string() != nullptr && *if_string() == *other.if_string();
    case Type::kList:
      return other.if_list() != nullptr && *if_list() == *other.if_list();
    case Type::kMap:
      return other.if_map() != nullptr && equal_maps(*if_map(), *other.if_map());
  }
  return false;
}

std::string_view type_name(Type type) {
  switch (type) {
    case Type::kNull:
      return "null";
    case Type::kBool:
      return "boolean";
    case Type::kInt:
    case Type::kUint:
    case Type::kDouble:
      return "number";
    case Type::kString:
      return "string";
    case Type::kList:
      return "list";
    case Type::kMap:
      return "mapping";
  }
  return "value";
}

}  // namespace mesh::document
