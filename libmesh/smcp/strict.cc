#include "libmesh/smcp/strict.h"

#include <cstdint>
#include <limits>

namespace mesh::smcp {
namespace {

using document::List;
using document::Map;
using document::Value;

std::string fault(const std::string& path, std::string_view wanted, const Value& value) {
  return path + ": must be a " + std::string(wanted) + ", is a " +
         std::string(type_name(value.type()));
}

bool is_integer(const Value& value, int64_t least, int64_t most) {
  const int64_t* number = value.if_int();
  return number != nullptr && *number >= least && *number <= most;
}

std::optional<std::string> elements_fault(const Value& value, const Shape& shape,
                                          const std::string& path) {
  if (shape.form == Form::kList) {
    const List* list = value.if_list();
    if (list == nullptr) return fault(path, "list", value);
    for (size_t i = 0; i < list->size(); ++i) {
      const std::string where = path + "[" + std::to_string(i) + "]";
      if (auto found = type_fault((*list)[i], *shape.element, where)) return found;
    }
    return std::nullopt;
  }
  const Map* map = value.if_map();
  if (map == nullptr) return fault(path, "mapping", value);
  for (const document::Member& member : *map) {
    const Shape* inner = shape.element;
    if (shape.form == Form::kStruct) {
      const Field* field = shape.field(member.key);
      if (field == nullptr) continue;
      inner = field->shape;
    }
    if (auto found = type_fault(member.value, *inner, path + "." + member.key)) return found;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> type_fault(const Value& value, const Shape& shape,
                                      const std::string& path) {
  if (value.is_null()) return std::nullopt;
  const auto wants = [&](bool right, std::string_view wanted) {
    return right ? std::nullopt : std::optional(fault(path, wanted, value));
  };
  switch (shape.form) {
    case Form::kString:
      return wants(value.is_string(), "string");
    case Form::kBool:
      return wants(value.if_bool() != nullptr, "boolean");
    case Form::kInt32:
      return wants(is_integer(value, std::numeric_limits<int32_t>::min(),
                              std::numeric_limits<int32_t>::max()),
                   "whole number of 32 bits");
    case Form::kInt64:
      return wants(value.if_int() != nullptr, "whole number of 64 bits");
    case Form::kUint32:
      return wants(is_integer(value, 0, std::numeric_limits<uint32_t>::max()),
                   "natural number of 32 bits");
    case Form::kQuantity:
    case Form::kIntOrString:
      return wants(value.is_string() || value.if_int() != nullptr || value.if_double() != nullptr,
                   "number or string");
    case Form::kAny:
      return wants(value.is_map(), "mapping");
    case Form::kStruct:
    case Form::kList:
    case Form::kMap:
      return elements_fault(value, shape, path);
  }
  return std::nullopt;
}

}  // namespace mesh::smcp
