#include "libmesh/injection/canonical.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>
#include <utility>

#include "libmesh/document/json_writer.h"
#include "libmesh/document/numbers.h"
#include "libmesh/schema/formats.h"
#include "libmesh/smcp/go_duration.h"

namespace mesh::injection {
namespace {

using document::List;
using document::Map;
using document::Member;
using document::Value;
using schema::FieldTable;
using schema::Kind;
using schema::MessageTable;
using schema::Shape;

Error mismatch(const Value& value, std::string_view go_type) {
  std::string what;
  if (value.is_map()) {
    what = "object";
  } else if (value.is_list()) {
    what = "array";
  } else if (value.is_string()) {
    what = "string";
  } else if (value.if_bool() != nullptr) {
    what = "bool";
  } else {
    document::JsonWriter number;
    what = "number";
    if (go_type.find("json.RawMessage") == std::string_view::npos && go_type != "string" &&
        go_type != "bool") {
      what += " " + number.value(value).take();
    }
  }
  return Error{ErrorCode::kParse,
               "json: cannot unmarshal " + what + " into Go value of type " + std::string(go_type)};
}

// Wrappers (BoolValue and the like) and oneofs keep their default; plain scalars do not.
bool knows_presence(const FieldTable& field) {
  if (field.oneof != 0) return true;
  using schema::Place;
  switch (field.kind) {
    case Kind::kBool:
      return field.place == &Place<std::optional<bool>>::at;
    case Kind::kInt32:
      return field.place == &Place<std::optional<int32_t>>::at;
    case Kind::kInt64:
      return field.place == &Place<std::optional<int64_t>>::at;
    case Kind::kUint32:
      return field.place == &Place<std::optional<uint32_t>>::at;
    case Kind::kUint64:
      return field.place == &Place<std::optional<uint64_t>>::at;
    case Kind::kFloat:
      return field.place == &Place<std::optional<float>>::at;
    case Kind::kDouble:
      return field.place == &Place<std::optional<double>>::at;
    case Kind::kString:
    case Kind::kBytes:
      return field.place == &Place<std::optional<std::string>>::at;
    case Kind::kEnum:
      return false;
    default:
      return true;
  }
}

bool is_default(const Value& value) {
  if (value.is_null()) return true;
  if (const bool* flag = value.if_bool()) return !*flag;
  if (const int64_t* number = value.if_int()) return *number == 0;
  if (const double* number = value.if_double()) return *number == 0;
  if (const std::string* text = value.if_string()) return text->empty();
  return false;
}

// The value of a number or of the text of one.
std::optional<Value> number_of(const Value& value) {
  if (const std::string* text = value.if_string()) {
    return text->empty() ? std::nullopt : document::parse_json_number(*text);
  }
  if (value.if_int() != nullptr || value.if_uint() != nullptr || value.if_double() != nullptr) {
    return value;
  }
  return std::nullopt;
}

// The text of a number that is none, as encoding/json complains of it without its quotes.
Error no_number(const Value& value, const char* go_type) {
  const std::string* text = value.if_string();
  if (text == nullptr) return mismatch(value, go_type);
  if (text->empty()) return Error{ErrorCode::kParse, "unexpected end of JSON input"};
  if (std::string_view("-0123456789\"[{tfn").find(text->front()) == std::string_view::npos) {
    return Error{ErrorCode::kParse, std::string("invalid character '") + text->front() +
                                        "' looking for beginning of value"};
  }
  return mismatch(value, go_type);
}

Result<Value> read_integer(const Value& value, const char* go_type, int64_t low, uint64_t high) {
  const std::optional<Value> number = number_of(value);
  if (!number) return no_number(value, go_type);
  if (const int64_t* integer = number->if_int()) {
    const bool fits = *integer >= low && (*integer < 0 || static_cast<uint64_t>(*integer) <= high);
    if (fits) return *number;
  } else if (const uint64_t* large = number->if_uint()) {
    if (*large <= high) return *number;
  }
  return mismatch(*number, go_type);
}

// 64-bit integers are text in protobuf's JSON.
Result<Value> read_long(const Value& value, const char* go_type, int64_t low, uint64_t high) {
  Result<Value> number = read_integer(value, go_type, low, high);
  if (!number || is_default(*number)) return number;
  document::JsonWriter text;
  return Value(text.value(*number).take());
}

Result<Value> read_enum(const Value& value, const FieldTable& field) {
  if (const std::string* name = value.if_string()) {
    for (const schema::EnumName& known : field.enumeration->names) {
      if (known.name != *name) continue;
      return known.number == 0 && field.oneof == 0 ? Value() : Value(*name);
    }
    return Error{ErrorCode::kParse, "unknown value \"\\\"" + *name + "\\\"\" for enum " +
                                        std::string(field.enumeration->full_name)};
  }
  const int64_t* number = value.if_int();
  if (number == nullptr) return mismatch(value, "protoreflect.EnumNumber");
  if (*number == 0 && field.oneof == 0) return Value();
  const std::string_view name =
      schema::enum_text(*field.enumeration, static_cast<int32_t>(*number));
  return name.empty() ? value : Value(name);
}

Result<Value> read_duration(const Value& value) {
  const std::string* text = value.if_string();
  if (text == nullptr) return mismatch(value, "string");
  const std::optional<schema::Duration> duration = schema::parse_duration(*text);
  if (!duration) {
    return Error{ErrorCode::kParse, "bad Duration: " + smcp::go_duration_fault(*text).value_or(
                                                           "time: invalid duration")};
  }
  const bool negative = duration->seconds < 0 || duration->nanos < 0;
  char buffer[48];
  std::snprintf(buffer, sizeof buffer, "%s%lld.%09d", negative ? "-" : "",
                std::llabs(static_cast<long long>(duration->seconds)), std::abs(duration->nanos));
  std::string out = buffer;
  for (const char* zeros : {"000", "000", ".000"}) {
    if (out.ends_with(zeros)) out.resize(out.size() - std::string_view(zeros).size());
  }
  return Value(out + "s");
}

Result<Value> read_floating(const Value& value, const char* go_type) {
  const std::optional<Value> number = number_of(value);
  if (!number) return no_number(value, go_type);
  return *number;
}

Result<Value> read_single(const Value& value, const FieldTable& field) {
  switch (field.kind) {
    case Kind::kBool:
      if (value.if_bool() == nullptr) return mismatch(value, "bool");
      return value;
    case Kind::kInt32:
      return read_integer(value, "int32", std::numeric_limits<int32_t>::min(),
                          std::numeric_limits<int32_t>::max());
    case Kind::kUint32:
      return read_integer(value, "uint32", 0, std::numeric_limits<uint32_t>::max());
    case Kind::kInt64:
      return read_long(value, "int64", std::numeric_limits<int64_t>::min(),
                       std::numeric_limits<int64_t>::max());
    case Kind::kUint64:
      return read_long(value, "uint64", 0, std::numeric_limits<uint64_t>::max());
    case Kind::kFloat:
      return read_floating(value, "float32");
    case Kind::kDouble:
      return read_floating(value, "float64");
    case Kind::kString:
    case Kind::kBytes:
      if (!value.is_string()) return mismatch(value, "string");
      return value;
    case Kind::kEnum:
      return read_enum(value, field);
    case Kind::kDuration:
      return read_duration(value);
    case Kind::kMessage:
      return canonical_message(value, *field.message);
    default:
      return value;
  }
}

Result<Value> read_list(const Value& value, const FieldTable& field) {
  const List* items = value.if_list();
  if (items == nullptr) return mismatch(value, "[]json.RawMessage");
  List out;
  out.reserve(items->size());
  for (const Value& item : *items) {
    Result<Value> read = read_single(item, field);
    if (!read) return read;
    out.push_back(std::move(*read));
  }
  return out.empty() ? Value() : Value(std::move(out));
}

Result<Value> read_map(const Value& value, const FieldTable& field) {
  const Map* entries = value.if_map();
  if (entries == nullptr) return mismatch(value, "map[string]json.RawMessage");
  Map out;
  out.reserve(entries->size());
  for (const Member& entry : *entries) {
    Result<Value> read = read_single(entry.value, field);
    if (!read) return read;
    out.push_back({entry.key, std::move(*read), {}});
  }
  std::sort(out.begin(), out.end(), [](const Member& a, const Member& b) { return a.key < b.key; });
  return out.empty() ? Value() : Value(std::move(out));
}

Result<Value> read_field(const Value& value, const FieldTable& field) {
  if (field.shape == Shape::kList) return read_list(value, field);
  if (field.shape == Shape::kMap) return read_map(value, field);
  return read_single(value, field);
}

const Value* field_of(const Value& message, const FieldTable& field) {
  const Value* found = message.find(field.json);
  if (found == nullptr && !field.proto.empty()) found = message.find(field.proto);
  return found == nullptr || found->is_null() ? nullptr : found;
}

void erase_alternatives(Value& base, const FieldTable& field, const MessageTable& table) {
  if (field.oneof == 0) return;
  for (const FieldTable& other : table.fields) {
    if (other.oneof == field.oneof && other.json != field.json) base.erase(other.json);
  }
}

// encoding/json's strings, with its escapes for HTML.
void append_go_string(std::string& out, std::string_view text) {
  std::string plain;
  document::append_json_string(plain, text);
  for (char c : plain) {
    if (c == '<') {
      out += "\\u003c";
    } else if (c == '>') {
      out += "\\u003e";
    } else if (c == '&') {
      out += "\\u0026";
    } else {
      out += c;
    }
  }
}

void append_text(std::string& out, const Value& value, const FieldTable* field);

void append_message(std::string& out, const Value& value, const MessageTable& table) {
  out += '{';
  bool first = true;
  for (const FieldTable& field : table.fields) {
    const Value* found = field_of(value, field);
    if (found == nullptr) continue;
    if (!first) out += ',';
    first = false;
    append_go_string(out, field.json);
    out += ':';
    append_text(out, *found, &field);
  }
  out += '}';
}

void append_entries(std::string& out, const Map& map, const FieldTable* field) {
  out += '{';
  bool first = true;
  for (const Member& member : map) {
    if (!first) out += ',';
    first = false;
    append_go_string(out, member.key);
    out += ':';
    append_text(out, member.value, field);
  }
  out += '}';
}

void append_text(std::string& out, const Value& value, const FieldTable* field) {
  if (const std::string* text = value.if_string()) {
    append_go_string(out, *text);
  } else if (const List* list = value.if_list()) {
    out += '[';
    for (size_t i = 0; i < list->size(); ++i) {
      if (i > 0) out += ',';
      append_text(out, (*list)[i], field);
    }
    out += ']';
  } else if (const Map* map = value.if_map()) {
    const bool message = field != nullptr && field->kind == Kind::kMessage;
    if (!message || field->shape == Shape::kMap) {
      FieldTable entry{};
      if (message) entry = *field;
      entry.shape = Shape::kSingle;
      append_entries(out, *map, message ? &entry : nullptr);
    } else {
      append_message(out, value, *field->message);
    }
  } else {
    document::JsonWriter scalar;
    out += scalar.value(value).text();
  }
}

}  // namespace

Result<Value> canonical_message(const Value& value, const MessageTable& table) {
  Value out{Map{}};
  if (value.is_null()) return out;
  Result<void> read = overlay_message(out, value, table);
  if (!read) return read.error();
  return out;
}

Result<void> overlay_message(Value& base, const Value& layer, const MessageTable& table) {
  if (layer.is_null()) return {};
  if (!layer.is_map()) return mismatch(layer, "map[string]json.RawMessage");
  for (const FieldTable& field : table.fields) {
    const Value* given = field_of(layer, field);
    if (given == nullptr) continue;
    Result<Value> read = read_field(*given, field);
    if (!read) return read.error();
    erase_alternatives(base, field, table);
    if (read->is_null() || (is_default(*read) && !knows_presence(field))) {
      base.erase(field.json);
    } else {
      base.set(field.json, std::move(*read));
    }
  }
  return {};
}

std::string canonical_text(const Value& value, const MessageTable& table) {
  std::string out;
  append_message(out, value, table);
  return out;
}

}  // namespace mesh::injection
