#include "libmesh/smcp/shape.h"

#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>

#include "libmesh/document/numbers.h"
#include "libmesh/schema/formats.h"
#include "libmesh/smcp/quantity.h"
#include "libmesh/smcp/shapes.h"

namespace mesh::smcp {
namespace {

using document::List;
using document::Map;
using document::Type;
using document::Value;

// ---- The tables ------------------------------------------------------------------------------

std::string_view next_word(std::string_view& text) {
  const size_t start = text.find_first_not_of(" \n");
  if (start == std::string_view::npos) return text = {};
  size_t end = text.find_first_of(" \n", start);
  if (end == std::string_view::npos) end = text.size();
  const std::string_view word = text.substr(start, end - start);
  text.remove_prefix(end);
  return word;
}

// All types, made from the text once. Shapes refer to each other and live as long as the process.
class Shapes {
 public:
  Shapes() {
    constexpr std::pair<std::string_view, Form> kPlain[] = {
        {"string", Form::kString},      {"bool", Form::kBool},     {"int32", Form::kInt32},
        {"int64", Form::kInt64},        {"uint32", Form::kUint32}, {"quantity", Form::kQuantity},
        {"intstr", Form::kIntOrString}, {"any", Form::kAny},
    };
    for (const auto& [name, form] : kPlain) made_[name] = Shape{form, name, nullptr, {}};
    declare(kShapes);
    for (const auto& [name, words] : bodies_) fill(made_[name], words);
  }

  const Shape& at(std::string_view name) const { return made_.at(name); }

 private:
  void declare(std::string_view text) {
    std::string_view name;
    for (std::string_view rest = text, word = next_word(rest); !word.empty();
         word = next_word(rest)) {
      std::string_view ahead = rest;
      if (next_word(ahead) == "=") {
        name = word;
        rest = ahead;
        made_[name].name = name;
        bodies_[name];
      } else {
        bodies_[name].push_back(word);
      }
    }
  }

  void fill(Shape& shape, const std::vector<std::string_view>& words) {
    for (std::string_view word : words) {
      if (word.front() == '+') {
        fill(shape, bodies_.at(word.substr(1)));
        continue;
      }
      const size_t colon = word.find(':');
      std::string_view type = word.substr(colon + 1);
      Keep keep = Keep::kUnlessEmpty;
      if (type.front() == '*') keep = Keep::kPointer;
      if (type.front() == '!') keep = Keep::kAlways;
      if (keep != Keep::kUnlessEmpty) type.remove_prefix(1);
      shape.fields.push_back(Field{word.substr(0, colon), &type_of(type), keep});
    }
  }

  const Shape& type_of(std::string_view type) {
    if (type.front() != '[' && type.front() != '{') return made_.at(type);
    Shape& shape = made_[type];
    shape.form = type.front() == '[' ? Form::kList : Form::kMap;
    shape.element = &type_of(type.substr(1, type.size() - 2));
    return shape;
  }

  std::map<std::string_view, Shape> made_;
  std::map<std::string_view, std::vector<std::string_view>> bodies_;
};

// ---- Reading ---------------------------------------------------------------------------------

Error wrong(std::string_view path, std::string_view wanted, const Value& found) {
  return Error{ErrorCode::kInvalidArgument, std::string(path) + ": expected " +
                                                std::string(wanted) + ", got a " +
                                                std::string(document::type_name(found.type()))};
}

std::optional<std::string> number_text(const Value& value) {
  std::string out;
  if (const int64_t* number = value.if_int()) return std::to_string(*number);
  if (const uint64_t* number = value.if_uint()) return std::to_string(*number);
  if (const double* number = value.if_double()) {
    document::append_double(out, *number);
    return out;
  }
  return std::nullopt;
}

Result<Value> decode_text(const Value& value, const Shape& shape, std::string_view path) {
  std::string text;
  if (const std::string* given = value.if_string()) {
    text = *given;
  } else if (auto number = number_text(value)) {
    text = *number;
  } else if (const bool* flag = value.if_bool(); flag != nullptr && shape.form == Form::kString) {
    text = *flag ? "true" : "false";
  } else {
    return wrong(path, shape.form == Form::kString ? "a string" : "a quantity", value);
  }
  if (shape.form == Form::kQuantity && !schema::is_quantity(text)) {
    return Error{ErrorCode::kInvalidArgument,
                 std::string(path) + ": \"" + text + "\" is not a quantity"};
  }
  if (shape.form == Form::kQuantity) text = canonical_quantity(text);
  return Value(std::move(text));
}

// Whole numbers only; 7.0 is one, because YAML readers turn it into 7 on the way to JSON.
std::optional<int64_t> whole(const Value& value) {
  if (const int64_t* number = value.if_int()) return *number;
  const double* number = value.if_double();
  if (number == nullptr || std::trunc(*number) != *number || std::abs(*number) > 9e15) {
    return std::nullopt;
  }
  return static_cast<int64_t>(*number);
}

Result<Value> decode_number(const Value& value, const Shape& shape, std::string_view path) {
  const std::optional<int64_t> number = whole(value);
  if (!number) return wrong(path, "a whole number", value);
  int64_t low = std::numeric_limits<int64_t>::min();
  int64_t high = std::numeric_limits<int64_t>::max();
  if (shape.form == Form::kUint32) {
    low = 0;
    high = std::numeric_limits<uint32_t>::max();
  } else if (shape.form != Form::kInt64) {
    low = std::numeric_limits<int32_t>::min();
    high = std::numeric_limits<int32_t>::max();
  }
  if (*number < low || *number > high) {
    return Error{ErrorCode::kInvalidArgument, std::string(path) + ": " + std::to_string(*number) +
                                                  " does not fit " + std::string(shape.name)};
  }
  return Value(*number);
}

bool is_scalar_zero(const Value& value) {
  switch (value.type()) {
    case Type::kNull:
      return true;
    case Type::kBool:
      return !*value.if_bool();
    case Type::kInt:
      return *value.if_int() == 0;
    case Type::kUint:
      return *value.if_uint() == 0;
    case Type::kDouble:
      return *value.if_double() == 0;
    case Type::kString:
      return value.if_string()->empty();
    case Type::kList:
    case Type::kMap:
      return false;
  }
  return false;
}

Result<Value> decode_struct(const Value& value, const Shape& shape, std::string_view path) {
  if (!value.is_map()) return wrong(path, "a mapping", value);
  Value out{Map{}};
  for (const document::Member& member : *value.if_map()) {
    const Field* field = shape.field(member.key);
    if (field == nullptr || member.value.is_null()) continue;
    auto read = decode(member.value, *field->shape, std::string(path) + "." + member.key);
    if (!read) return read.error();
    if (field->keep == Keep::kUnlessEmpty && is_scalar_zero(*read)) continue;
    out.set(member.key, *std::move(read));
  }
  return out;
}

// A null element is the zero of its type, as in Go.
Value null_element(const Shape& shape) {
  switch (shape.form) {
    case Form::kString:
      return Value("");
    case Form::kQuantity:
      return Value("0");
    case Form::kBool:
      return Value(false);
    case Form::kInt32:
    case Form::kInt64:
    case Form::kUint32:
    case Form::kIntOrString:
      return Value(int64_t{0});
    case Form::kAny:
    case Form::kStruct:
    case Form::kMap:
      return Value(Map{});
    case Form::kList:
      return Value(List{});
  }
  return Value();
}

Result<Value> decode_list(const Value& value, const Shape& shape, std::string_view path) {
  if (!value.is_list()) return wrong(path, "a list", value);
  List out;
  for (const Value& element : *value.if_list()) {
    const std::string place = std::string(path) + "[" + std::to_string(out.size()) + "]";
    if (element.is_null()) {
      out.push_back(null_element(*shape.element));
      continue;
    }
    auto read = decode(element, *shape.element, place);
    if (!read) return read.error();
    out.push_back(*std::move(read));
  }
  return Value(std::move(out));
}

Result<Value> decode_map(const Value& value, const Shape& shape, std::string_view path) {
  if (!value.is_map()) return wrong(path, "a mapping", value);
  Value out{Map{}};
  for (const document::Member& member : *value.if_map()) {
    if (member.value.is_null() && shape.element->form == Form::kStruct) continue;
    auto read = member.value.is_null()
                    ? Result<Value>(null_element(*shape.element))
                    : decode(member.value, *shape.element, std::string(path) + "." + member.key);
    if (!read) return read.error();
    out.set(member.key, *std::move(read));
  }
  return out;
}

// ---- Writing ---------------------------------------------------------------------------------

bool is_empty(const Value& value) {
  if (const List* list = value.if_list()) return list->empty();
  if (const Map* map = value.if_map()) return map->empty();
  return is_scalar_zero(value);
}

// What stands for a field that is always written and was not given.
Value zero(const Shape& shape) {
  switch (shape.form) {
    case Form::kString:
      return Value("");
    case Form::kBool:
      return Value(false);
    case Form::kInt32:
    case Form::kInt64:
    case Form::kUint32:
    case Form::kIntOrString:
      return Value(int64_t{0});
    case Form::kQuantity:
      return Value("0");
    case Form::kStruct:
      return encode(Value(Map{}), shape);
    case Form::kAny:
    case Form::kList:
    case Form::kMap:
      return Value();
  }
  return Value();
}

Value encode_struct(const Value& value, const Shape& shape) {
  Value out{Map{}};
  for (const Field& field : shape.fields) {
    const Value* member = value.find(field.name);
    if (member == nullptr || member->is_null()) {
      if (field.keep == Keep::kAlways) out.set(field.name, zero(*field.shape));
      continue;
    }
    if (field.keep == Keep::kUnlessEmpty && is_empty(*member)) continue;
    out.set(field.name, encode(*member, *field.shape));
  }
  return out;
}

// Removes the leaves of `taken` from `map`, then the maps that this emptied.
void remove_leaves(Value& map, const Value& taken) {
  for (const document::Member& member : *taken.if_map()) {
    Value* there = map.find(member.key);
    if (there == nullptr) continue;
    if (!member.value.is_map()) {
      map.erase(member.key);
    } else if (there->is_map()) {
      remove_leaves(*there, member.value);
      if (there->if_map()->empty()) map.erase(member.key);
    }
  }
}

}  // namespace

const Field* Shape::field(std::string_view key) const {
  for (const Field& candidate : fields) {
    if (candidate.name == key) return &candidate;
  }
  return nullptr;
}

const Shape& shape(std::string_view name) {
  static const Shapes shapes;
  return shapes.at(name);
}

Result<Value> decode(const Value& value, const Shape& shape, std::string_view path) {
  switch (shape.form) {
    case Form::kString:
    case Form::kQuantity:
      return decode_text(value, shape, path);
    case Form::kBool:
      if (value.if_bool() == nullptr) return wrong(path, "a boolean", value);
      return value;
    case Form::kInt32:
    case Form::kInt64:
    case Form::kUint32:
      return decode_number(value, shape, path);
    case Form::kIntOrString:
      if (value.is_string()) return value;
      return decode_number(value, shape, path);
    case Form::kAny:
      if (!value.is_map()) return wrong(path, "a mapping", value);
      return value;
    case Form::kStruct:
      return decode_struct(value, shape, path);
    case Form::kList:
      return decode_list(value, shape, path);
    case Form::kMap:
      return decode_map(value, shape, path);
  }
  return value;
}

Value encode(const Value& value, const Shape& shape) {
  if (shape.form == Form::kStruct) return encode_struct(value, shape);
  if (shape.form == Form::kList) {
    List out;
    for (const Value& element : *value.if_list()) out.push_back(encode(element, *shape.element));
    return Value(std::move(out));
  }
  if (shape.form == Form::kMap) {
    Value out{Map{}};
    for (const document::Member& member : *value.if_map()) {
      out.set(member.key, encode(member.value, *shape.element));
    }
    return out;
  }
  return value;
}

Result<Value> take_decoded(Value& map, const Shape& shape, std::string_view path) {
  auto read = decode(map, shape, path);
  if (!read) return read.error();
  remove_leaves(map, encode(*read, shape));
  return read;
}

}  // namespace mesh::smcp
