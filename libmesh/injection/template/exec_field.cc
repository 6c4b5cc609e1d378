// Fields of structs, keys of maps, and the methods of the types a template meets.
#include <string>

#include "libmesh/injection/template/exec.h"
#include "libmesh/injection/template/go_numbers.h"

namespace mesh::injection {
namespace {

std::string text_of(const GoValue& value) {
  std::string text;
  go_stringer(value, text);
  return text;
}

GoValue duration_nanos(const GoValue& duration) {
  int64_t nanos = 0;
  if (duration.rep == GoValue::Rep::kNode) {
    if (const std::string* text = duration.node->if_string()) {
      nanos = parse_go_duration(*text).value_or(0);
    }
  }
  return go_typed_int(GoTypes::get().go_duration, nanos);
}

// Get<Field> of protobuf messages, wrappers and metav1.ObjectMeta.
bool getter(const GoValue& structure, const GoType& type, std::string_view name, GoValue& result) {
  if (!name.starts_with("Get")) return false;
  const GoField* field = type.field(name.substr(3));
  if (field == nullptr) return false;
  result = structure.valid() ? go_field(structure, *field) : go_zero(field->type);
  return true;
}

bool duration_method(const GoValue& value, std::string_view name, GoValue& result) {
  const double nanos = static_cast<double>(value.integer);
  if (name == "Seconds")
    result = go_float(nanos / 1e9);
  else if (name == "Minutes")
    result = go_float(nanos / 60e9);
  else if (name == "Hours")
    result = go_float(nanos / 3600e9);
  else if (name == "Milliseconds")
    result = go_typed_int(GoTypes::get().int64, value.integer / 1'000'000);
  else if (name == "Microseconds")
    result = go_typed_int(GoTypes::get().int64, value.integer / 1'000);
  else if (name == "Nanoseconds")
    result = go_typed_int(GoTypes::get().int64, value.integer);
  else
    return false;
  return true;
}

// A field of the struct, or of one embedded in it.
bool promoted(const GoValue& structure, std::string_view name, GoValue& result) {
  if (const GoField* field = structure.type->field(name); field != nullptr && !field->oneof) {
    result = go_field(structure, *field);
    return true;
  }
  for (const GoField& field : structure.type->fields) {
    if (field.embedded && promoted(go_field(structure, field), name, result)) return true;
  }
  return false;
}

bool has_field(const GoType& type, std::string_view name) {
  for (const GoField& field : type.fields) {
    if (field.name == name || (field.embedded && has_field(*field.type, name))) return true;
  }
  return false;
}

// The methods that take nothing; `structure` is invalid when the pointer was nil.
bool plain_method(Arena& arena, const GoValue& structure, const GoType& type, std::string_view name,
                  GoValue& result) {
  const bool has_text = type.form != GoForm::kPlain && type.form != GoForm::kMessage &&
                        type.form != GoForm::kObjectMeta && type.form != GoForm::kFree &&
                        type.form != GoForm::kWrapper;
  if (name == "String" && has_text) {
    result = go_string(structure.valid() ? arena.copy(text_of(structure)) : "<nil>");
    return true;
  }
  switch (type.form) {
    case GoForm::kMessage:
    case GoForm::kObjectMeta:
    case GoForm::kWrapper:
      return getter(structure, type, name, result);
    case GoForm::kDuration:
      if (name == "AsDuration") {
        result = duration_nanos(structure);
        return true;
      }
      return getter(structure, type, name, result);
    case GoForm::kGoDuration:
      return duration_method(structure, name, result);
    case GoForm::kIntOrString:
      if (name != "IntValue") return false;
      result = go_int(parse_go_int(text_of(structure), 10).value_or(0));
      return true;
    case GoForm::kVersion: {
      const GoField* field = type.field(name);
      if (field == nullptr || !structure.valid()) return false;
      result = go_field(structure, *field);
      return true;
    }
    default:
      return false;
  }
}

}  // namespace

GoValue GoRun::fields(GoValue receiver, std::span<const std::string_view> names,
                      std::span<const uint32_t> operands, const GoValue* final) {
  const size_t given = (operands.size() > 1 ? operands.size() - 1 : 0) + (final != nullptr ? 1 : 0);
  bool boxed = false;
  for (size_t i = 0; i < names.size(); ++i) {
    receiver = field(receiver, names[i], i + 1 == names.size() ? given : 0, boxed);
  }
  return receiver;
}

bool GoRun::method(const GoValue& receiver, std::string_view name, size_t arguments,
                   GoValue& result) {
  GoValue structure = receiver;
  const GoType* type = receiver.type;
  if (receiver.kind() == GoKind::kPointer) {  // a nil one: the others have been followed
    type = receiver.type->elem;
    structure = {};
  }
  if (!plain_method(arena_, structure, *type, name, result)) return false;
  if (arguments > 0) {
    fail("wrong number of args for " + std::string(name) + ": want 0 got " +
         std::to_string(arguments));
  }
  return true;
}

// evalField. `boxed`: the receiver came out of an interface, which is what messages then call it.
GoValue GoRun::field(const GoValue& value, std::string_view name, size_t arguments, bool& boxed) {
  if (!value.valid()) return {};
  const std::string_view type_name = boxed ? std::string_view("interface {}") : value.type->name;
  bool nil = false;
  const GoValue receiver = go_indirect(value, nil);
  const std::string wanted(name);
  const auto nil_pointer = [&] {
    fail("nil pointer evaluating " + std::string(type_name) + "." + wanted);
  };
  if (nil && receiver.kind() == GoKind::kInterface) nil_pointer();
  boxed = false;
  GoValue result;
  if (method(receiver, name, arguments, result)) return result;
  switch (receiver.kind()) {
    case GoKind::kStruct:
      if (receiver.type->form == GoForm::kVersion || !promoted(receiver, name, result)) break;
      if (arguments > 0) fail(wanted + " has arguments but cannot be invoked as function");
      return result;
    case GoKind::kMap:
      if (receiver.type->key != GoTypes::get().string) break;
      if (arguments > 0) fail(wanted + " is not a method but has arguments");
      boxed = receiver.type->elem == GoTypes::get().any;
      return go_lookup(receiver, name);
    case GoKind::kPointer: {
      const GoType& target = *receiver.type->elem;
      if (target.kind == GoKind::kStruct && !has_field(target, name)) break;
      nil_pointer();
      break;
    }
    default:
      break;
  }
  fail("can't evaluate field " + wanted + " in type " + std::string(type_name));
}

}  // namespace mesh::injection
