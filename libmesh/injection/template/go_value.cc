#include "libmesh/injection/template/go_value.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "libmesh/injection/template/go_numbers.h"

namespace mesh::injection {
namespace {

using document::Type;
using document::Value;
using Rep = GoValue::Rep;

GoValue of_type(const GoType* type, Rep rep) {
  GoValue value;
  value.type = type;
  value.rep = rep;
  return value;
}

std::optional<int64_t> integer_of(const Value& node) {
  if (const int64_t* i = node.if_int()) return *i;
  if (const double* d = node.if_double()) {
    if (*d >= -9.2e18 && *d <= 9.2e18) return static_cast<int64_t>(*d);
  }
  if (const std::string* text = node.if_string()) return parse_go_int(*text, 10);
  return std::nullopt;
}

double number_of(const Value& node) {
  if (const int64_t* i = node.if_int()) return static_cast<double>(*i);
  if (const uint64_t* u = node.if_uint()) return static_cast<double>(*u);
  if (const double* d = node.if_double()) return *d;
  return 0;
}

int64_t enumerator_of(const GoType& type, const Value& node) {
  if (const std::string* name = node.if_string()) {
    for (const auto& [known, number] : type.enumerators) {
      if (known == *name) return number;
    }
  }
  return integer_of(node).value_or(0);
}

// What encoding/json makes of a value for `any`: every number is a float64.
GoValue any_view(const Value& node) {
  const GoTypes& types = GoTypes::get();
  switch (node.type()) {
    case Type::kNull:
      return go_nil_any();
    case Type::kBool:
      return go_bool(*node.if_bool());
    case Type::kInt:
    case Type::kUint:
    case Type::kDouble:
      return go_float(number_of(node));
    case Type::kString:
      return go_string(*node.if_string());
    case Type::kList:
    case Type::kMap: {
      GoValue value = of_type(node.is_list() ? types.any_list : types.any_map, Rep::kNode);
      value.node = &node;
      return value;
    }
  }
  return {};
}

GoValue scalar_view(const GoType* type, const Value& node) {
  GoValue value = of_type(type, Rep::kScalar);
  switch (type->kind) {
    case GoKind::kBool:
      value.boolean = node.if_bool() != nullptr && *node.if_bool();
      break;
    case GoKind::kInt:
      value.integer =
          type->form == GoForm::kEnum ? enumerator_of(*type, node) : integer_of(node).value_or(0);
      break;
    case GoKind::kUint:
      value.natural = static_cast<uint64_t>(std::max<int64_t>(integer_of(node).value_or(0), 0));
      break;
    case GoKind::kFloat:
      value.number = number_of(node);
      break;
    default: {  // a string
      const std::string* text = node.if_string();
      return go_typed_string(type, text == nullptr ? std::string_view() : *text);
    }
  }
  return value;
}

GoMapEntry* lower_bound(const GoMap& map, std::string_view key) {
  return std::lower_bound(map.entries, map.entries + map.size, key,
                          [](const GoMapEntry& e, std::string_view k) { return e.key < k; });
}

// The fields that special structs compute from their text.
GoValue special_field(const GoValue& structure, const GoField& field) {
  const Value* node = structure.rep == Rep::kNode ? structure.node : nullptr;
  GoValue made = go_zero(field.type);
  if (node == nullptr) return made;
  switch (structure.type->form) {
    case GoForm::kWrapper:
      return go_view(field.type, node);
    case GoForm::kDuration: {
      const std::string* text = node->if_string();
      const int64_t nanos = text == nullptr ? 0 : parse_go_duration(*text).value_or(0);
      made.integer = field.name == "Seconds" ? nanos / 1'000'000'000 : nanos % 1'000'000'000;
      return made;
    }
    case GoForm::kIntOrString:
      if (field.name == "Type") {
        made.integer = node->is_string() ? 1 : 0;
      } else if ((field.name == "StrVal") == node->is_string()) {
        return go_view(field.type, node);
      }
      return made;
    default:
      return made;
  }
}

}  // namespace

// ---- making values --------------------------------------------------------------------------

GoValue go_bool(bool value) {
  GoValue made = of_type(GoTypes::get().boolean, Rep::kScalar);
  made.boolean = value;
  return made;
}

GoValue go_typed_int(const GoType* type, int64_t value) {
  GoValue made = of_type(type, Rep::kScalar);
  made.integer = value;
  return made;
}

GoValue go_int(int64_t value) { return go_typed_int(GoTypes::get().integer, value); }

GoValue go_float(double value) {
  GoValue made = of_type(GoTypes::get().float64, Rep::kScalar);
  made.number = value;
  return made;
}

GoValue go_typed_string(const GoType* type, std::string_view stable) {
  GoValue made = of_type(type, Rep::kScalar);
  made.text = stable.data();
  made.length =
      static_cast<uint32_t>(std::min<size_t>(stable.size(), std::numeric_limits<uint32_t>::max()));
  return made;
}

GoValue go_string(std::string_view stable) {
  return go_typed_string(GoTypes::get().string, stable);
}

GoValue go_nil_any() { return of_type(GoTypes::get().any, Rep::kNil); }

GoValue go_zero(const GoType* type) {
  switch (type->kind) {
    case GoKind::kBool:
    case GoKind::kInt:
    case GoKind::kUint:
    case GoKind::kFloat:
      return of_type(type, Rep::kScalar);  // all bits zero
    case GoKind::kString:
      return go_typed_string(type, {});
    default:
      return of_type(type, Rep::kNil);
  }
}

GoValue go_view(const GoType* type, const Value* node) {
  if (node == nullptr || node->is_null()) return go_zero(type);
  switch (type->kind) {
    case GoKind::kInterface:
      return any_view(*node);
    case GoKind::kSlice:
      if (!node->is_list()) return go_zero(type);
      break;
    case GoKind::kMap:
      if (!node->is_map()) return go_zero(type);
      break;
    case GoKind::kStruct:
    case GoKind::kPointer:
      break;
    default:
      return scalar_view(type, *node);
  }
  GoValue value = of_type(type, Rep::kNode);
  value.node = node;
  return value;
}

GoValue go_list(Arena& arena, const GoType* type, const GoValue* items, size_t size) {
  GoList* list = arena.make<GoList>(1);
  list->items = arena.make<GoValue>(size);
  list->size = size;
  std::copy(items, items + size, list->items);
  arena.step(size / 8);
  GoValue value = of_type(type, Rep::kList);
  value.list = list;
  return value;
}

GoValue go_strings(Arena& arena, const std::vector<std::string_view>& items) {
  std::vector<GoValue> values;
  values.reserve(items.size());
  for (const std::string_view item : items) values.push_back(go_string(item));
  return go_list(arena, GoTypes::get().string_list, values.data(), values.size());
}

GoValue go_map(Arena& arena, const GoType* type) {
  GoValue value = of_type(type, Rep::kMap);
  value.map = arena.make<GoMap>(1);
  return value;
}

void go_map_set(Arena& arena, const GoValue& value, std::string_view key, const GoValue& item) {
  GoMap& map = *value.map;
  GoMapEntry* place = lower_bound(map, key);
  const size_t at = static_cast<size_t>(place - map.entries);
  if (at < map.size && place->key == key) {
    place->value = item;
    return;
  }
  arena.step((map.size - at) / 8);
  if (map.size == map.capacity) {
    map.capacity = map.capacity == 0 ? 4 : map.capacity * 2;
    GoMapEntry* grown = arena.make<GoMapEntry>(map.capacity);
    std::copy(map.entries, map.entries + map.size, grown);
    map.entries = grown;
  }
  std::copy_backward(map.entries + at, map.entries + map.size, map.entries + map.size + 1);
  map.entries[at] = {key, item};
  ++map.size;
}

void go_map_erase(Arena& arena, const GoValue& value, std::string_view key) {
  GoMap& map = *value.map;
  GoMapEntry* place = lower_bound(map, key);
  if (place == map.entries + map.size || place->key != key) return;
  std::copy(place + 1, map.entries + map.size, place);
  --map.size;
  arena.step(map.size / 8);
}

// ---- looking into values --------------------------------------------------------------------

GoValue go_deref(const GoValue& value) {
  if (value.kind() != GoKind::kPointer || value.is_nil()) return {};
  if (value.rep == Rep::kNode) return go_view(value.type->elem, value.node);
  GoValue target = value;
  target.type = value.type->elem;
  return target;
}

GoValue go_indirect(const GoValue& value, bool& nil) {
  nil = false;
  GoValue at = value;
  while (at.kind() == GoKind::kPointer || at.kind() == GoKind::kInterface) {
    if (at.is_nil()) {
      nil = true;
      return at;
    }
    at = go_deref(at);
  }
  return at;
}

size_t go_length(const GoValue& value) {
  if (value.kind() == GoKind::kString) return value.length;
  switch (value.rep) {
    case Rep::kNode:
      if (const document::List* list = value.node->if_list()) return list->size();
      if (const document::Map* map = value.node->if_map()) return map->size();
      return 0;
    case Rep::kList:
      return value.list->size;
    case Rep::kMap:
      return value.map->size;
    default:
      return 0;
  }
}

GoValue go_index(const GoValue& list, size_t i) {
  if (list.rep == Rep::kNode) return go_view(list.type->elem, &(*list.node->if_list())[i]);
  return list.list->items[i];
}

GoValue go_lookup(const GoValue& map, std::string_view key) {
  if (map.rep == Rep::kNode) {
    const Value* node = map.node->find(key);
    return node == nullptr ? GoValue{} : go_view(map.type->elem, node);
  }
  if (map.rep != Rep::kMap) return {};
  const GoMapEntry* place = lower_bound(*map.map, key);
  if (place == map.map->entries + map.map->size || place->key != key) return {};
  return place->value;
}

std::vector<GoMapEntry> go_entries(Arena& arena, const GoValue& map) {
  std::vector<GoMapEntry> entries;
  arena.step(go_length(map));
  if (map.rep == Rep::kMap) {
    entries.assign(map.map->entries, map.map->entries + map.map->size);
  } else if (map.rep == Rep::kNode && map.node->is_map()) {
    entries.reserve(map.node->if_map()->size());
    for (const document::Member& member : *map.node->if_map()) {
      entries.push_back({member.key, go_view(map.type->elem, &member.value)});
    }
    std::sort(entries.begin(), entries.end(),
              [](const GoMapEntry& a, const GoMapEntry& b) { return a.key < b.key; });
  }
  return entries;
}

GoValue go_field(const GoValue& structure, const GoField& field) {
  if (structure.rep == Rep::kFields) {
    return structure.fields[&field - structure.type->fields.data()];
  }
  const GoForm form = structure.type->form;
  if (form == GoForm::kWrapper || form == GoForm::kDuration || form == GoForm::kIntOrString) {
    return special_field(structure, field);
  }
  if (structure.rep != Rep::kNode) return go_zero(field.type);
  if (field.embedded) return go_view(field.type, structure.node);
  return go_view(field.type, structure.node->find(field.json));
}

bool go_truth(const GoValue& value) {
  switch (value.kind()) {
    case GoKind::kInvalid:
      return false;
    case GoKind::kBool:
      return value.boolean;
    case GoKind::kInt:
    case GoKind::kUint:
      return value.integer != 0;
    case GoKind::kFloat:
      return value.number != 0;
    case GoKind::kString:
    case GoKind::kSlice:
    case GoKind::kMap:
      return go_length(value) > 0;
    case GoKind::kStruct:
      return true;
    case GoKind::kPointer:
    case GoKind::kInterface:
      return !value.is_nil();
  }
  return false;
}

bool go_empty(const GoValue& value) { return !go_truth(value); }

bool go_deep_equal(Arena& arena, const GoValue& a, const GoValue& b, int depth) {
  arena.step();
  if (depth > 100) throw GoError{"values are nested too deeply to compare"};
  if (a.is_nothing() || b.is_nothing()) return a.is_nothing() && b.is_nothing();
  if (a.type != b.type) return false;
  switch (a.kind()) {
    case GoKind::kBool:
      return a.boolean == b.boolean;
    case GoKind::kInt:
    case GoKind::kUint:
      return a.integer == b.integer;
    case GoKind::kFloat:
      return a.number == b.number;
    case GoKind::kString:
      return a.string() == b.string();
    case GoKind::kSlice: {
      if (a.is_nil() != b.is_nil() || go_length(a) != go_length(b)) return false;
      for (size_t i = 0; i < go_length(a); ++i) {
        if (!go_deep_equal(arena, go_index(a, i), go_index(b, i), depth + 1)) return false;
      }
      return true;
    }
    case GoKind::kMap: {
      if (a.is_nil() != b.is_nil() || go_length(a) != go_length(b)) return false;
      for (const GoMapEntry& entry : go_entries(arena, a)) {
        const GoValue other = go_lookup(b, entry.key);
        if (!other.valid() || !go_deep_equal(arena, entry.value, other, depth + 1)) return false;
      }
      return true;
    }
    case GoKind::kStruct:
      if (a.type->fields.empty()) {
        return a.rep == b.rep && (a.rep != Rep::kNode || *a.node == *b.node);
      }
      for (const GoField& field : a.type->fields) {
        if (!go_deep_equal(arena, go_field(a, field), go_field(b, field), depth + 1)) return false;
      }
      return true;
    case GoKind::kPointer:
      if (a.is_nil() || b.is_nil()) return a.is_nil() && b.is_nil();
      return go_deep_equal(arena, go_deref(a), go_deref(b), depth + 1);
    case GoKind::kInvalid:
    case GoKind::kInterface:
      break;
  }
  return false;
}

std::string_view go_type_name(const GoValue& value) {
  return value.is_nothing() ? std::string_view("<nil>") : std::string_view(value.type->name);
}

std::string_view go_kind_name(const GoValue& value) {
  switch (value.kind()) {
    case GoKind::kInvalid:
    case GoKind::kInterface:
      return "invalid";
    case GoKind::kBool:
      return "bool";
    case GoKind::kInt:
      if (value.type == GoTypes::get().integer) return "int";
      return value.type == GoTypes::get().int32 || value.type->form == GoForm::kEnum ? "int32"
                                                                                     : "int64";
    case GoKind::kUint:
      return value.type->name.starts_with("uint") ? std::string_view(value.type->name) : "uint64";
    case GoKind::kFloat:
      return value.type->name == "float32" ? "float32" : "float64";
    case GoKind::kString:
      return "string";
    case GoKind::kSlice:
      return "slice";
    case GoKind::kMap:
      return "map";
    case GoKind::kStruct:
      return "struct";
    case GoKind::kPointer:
      return "ptr";
  }
  return "invalid";
}

}  // namespace mesh::injection
