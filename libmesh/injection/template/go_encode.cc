#include "libmesh/injection/template/go_encode.h"

#include <algorithm>
#include <cmath>

#include "libmesh/document/numbers.h"
#include "libmesh/document/yaml.h"
#include "libmesh/injection/pod/go_json.h"
#include "libmesh/injection/template/functions.h"
#include "libmesh/injection/template/go_format.h"
#include "libmesh/injection/template/go_numbers.h"

namespace mesh::injection {
namespace {

using document::Member;
using document::Value;
using Rep = GoValue::Rep;

constexpr int kDeepest = 100;

Value number_value(double number) {
  if (!std::isfinite(number)) go_fail("json: unsupported value: not a finite number");
  if (std::trunc(number) == number && std::abs(number) < 9007199254740992.0) {
    return Value(static_cast<int64_t>(number));
  }
  return Value(number);
}

// omitempty: structs are never empty, but for the zero time.
bool omitted(const GoValue& value) {
  if (value.kind() == GoKind::kStruct) {
    return value.type->form == GoForm::kTime && value.rep != Rep::kNode;
  }
  return go_empty(value);
}

void add_fields(Arena& arena, const GoValue& structure, document::Map& map, int depth) {
  const bool message = structure.type->form == GoForm::kMessage;
  for (const GoField& field : structure.type->fields) {
    const GoValue value = go_field(structure, field);
    if (field.embedded) {
      add_fields(arena, value, map, depth);
      continue;
    }
    if ((field.omit_empty || message) && omitted(value)) continue;
    if (field.oneof && value.kind() != GoKind::kPointer && !go_truth(value)) continue;
    Value made = go_to_document(arena, value, depth + 1);
    // protobuf's JSON has 64-bit integers as strings.
    if (message && (value.type == GoTypes::get().int64 || value.type == GoTypes::get().uint64)) {
      made = Value(std::to_string(value.integer));
    }
    map.push_back({std::string(field.json), std::move(made), {}});
  }
}

Value struct_value(Arena& arena, const GoValue& value, int depth) {
  switch (value.type->form) {
    case GoForm::kQuantity: {
      std::string text;
      go_stringer(value, text);
      return Value(canonical_quantity(text));
    }
    case GoForm::kIntOrString:
    case GoForm::kWrapper:
    case GoForm::kDuration:
    case GoForm::kFree:
    case GoForm::kTime:
      if (value.rep == Rep::kNode) return *value.node;
      return value.type->form == GoForm::kIntOrString ? Value(int64_t{0}) : Value();
    case GoForm::kVersion: {
      std::string text;
      go_stringer(value, text);
      return Value(std::move(text));
    }
    default: {
      document::Map map;
      add_fields(arena, value, map, depth);
      return Value(std::move(map));
    }
  }
}

Value list_value(Arena& arena, const GoValue& value, int depth) {
  if (value.is_nil()) return {};
  document::List list;
  const size_t size = go_length(value);
  list.reserve(size);
  for (size_t i = 0; i < size; ++i) {
    list.push_back(go_to_document(arena, go_index(value, i), depth + 1));
  }
  return Value(std::move(list));
}

Value map_value(Arena& arena, const GoValue& value, int depth) {
  if (value.is_nil()) return {};
  document::Map map;
  for (const GoMapEntry& entry : go_entries(arena, value)) {
    map.push_back({std::string(entry.key), go_to_document(arena, entry.value, depth + 1), {}});
  }
  return Value(std::move(map));
}

void append_html_safe(std::string& out, std::string_view text, bool escape_html) {
  if (escape_html) {
    append_go_string(out, text);
    return;
  }
  std::string escaped;
  append_go_string(escaped, text);
  // Back from the three escapes that only HTML needs; a backslash before them is itself escaped.
  for (size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] != '\\') {
      out += escaped[i];
      continue;
    }
    const std::string_view rest = std::string_view(escaped).substr(i, 6);
    if (rest == "\\u003c" || rest == "\\u003e" || rest == "\\u0026") {
      out += rest == "\\u003c" ? '<' : rest == "\\u003e" ? '>' : '&';
      i += 5;
    } else {
      out += escaped[i];
      out += escaped[++i];
    }
  }
}

void new_line(std::string& out, GoJsonStyle style, int depth) {
  if (!style.pretty) return;
  out += '\n';
  out.append(static_cast<size_t>(depth) * 2, ' ');
}

void sort_keys(Value& value) {
  if (document::Map* map = value.if_map()) {
    std::sort(map->begin(), map->end(),
              [](const Member& a, const Member& b) { return a.key < b.key; });
    for (Member& member : *map) sort_keys(member.value);
  } else if (document::List* list = value.if_list()) {
    for (Value& item : *list) sort_keys(item);
  }
}

}  // namespace

Value go_to_document(Arena& arena, const GoValue& value, int depth) {
  arena.step();
  arena.charge_memory(sizeof(Value));
  if (depth > kDeepest) go_fail("json: a value is nested too deeply");
  switch (value.kind()) {
    case GoKind::kInvalid:
    case GoKind::kInterface:
      return {};
    case GoKind::kBool:
      return Value(value.boolean);
    case GoKind::kInt:
      if (value.type->form == GoForm::kEnum) {
        std::string name;
        go_stringer(value, name);
        return Value(std::move(name));
      }
      return Value(value.integer);
    case GoKind::kUint:
      return value.natural > INT64_MAX ? Value(value.natural)
                                       : Value(static_cast<int64_t>(value.natural));
    case GoKind::kFloat:
      return number_value(value.number);
    case GoKind::kString:
      arena.charge_memory(value.length);
      return Value(value.string());
    case GoKind::kSlice:
      return list_value(arena, value, depth);
    case GoKind::kMap:
      return map_value(arena, value, depth);
    case GoKind::kStruct:
      return struct_value(arena, value, depth);
    case GoKind::kPointer:
      if (value.is_nil()) return {};
      return go_to_document(arena, go_deref(value), depth + 1);
  }
  return {};
}

void go_append_json(std::string& out, const Value& value, GoJsonStyle style, int depth) {
  if (const std::string* text = value.if_string()) {
    append_html_safe(out, *text, style.escape_html);
  } else if (const document::List* list = value.if_list()) {
    out += '[';
    for (size_t i = 0; i < list->size(); ++i) {
      if (i > 0) out += ',';
      new_line(out, style, depth + 1);
      go_append_json(out, (*list)[i], style, depth + 1);
    }
    if (!list->empty()) new_line(out, style, depth);
    out += ']';
  } else if (const document::Map* map = value.if_map()) {
    out += '{';
    for (size_t i = 0; i < map->size(); ++i) {
      if (i > 0) out += ',';
      new_line(out, style, depth + 1);
      append_html_safe(out, (*map)[i].key, style.escape_html);
      out += style.pretty ? ": " : ":";
      go_append_json(out, (*map)[i].value, style, depth + 1);
    }
    if (!map->empty()) new_line(out, style, depth);
    out += '}';
  } else if (const bool* boolean = value.if_bool()) {
    out += *boolean ? "true" : "false";
  } else if (const int64_t* integer = value.if_int()) {
    out += std::to_string(*integer);
  } else if (const uint64_t* natural = value.if_uint()) {
    out += std::to_string(*natural);
  } else if (const double* number = value.if_double()) {
    document::append_double(out, *number);
  } else {
    out += "null";
  }
}

std::string go_json(Arena& arena, const GoValue& value, GoJsonStyle style) {
  std::string out;
  go_append_json(out, go_to_document(arena, value), style);
  return out;
}

std::string go_yaml(Arena& arena, const GoValue& value) {
  Value made = go_to_document(arena, value);
  if (made.is_null()) return "null\n";
  sort_keys(made);
  return document::write_yaml(made);
}

}  // namespace mesh::injection
