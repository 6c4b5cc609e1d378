#include "libmesh/schema/reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/schema/formats.h"
#include "libmesh/schema/near.h"

namespace mesh::schema {
namespace {

using document::Type;
using document::Value;

// Holds every 64-bit integer, signed or not.
__extension__ typedef __int128 Wide;

// One step of a field path; a path is a chain of these on the stack and becomes text only for a
// diagnostic.
struct Path {
  const Path* parent = nullptr;
  std::string_view key;  // empty in a list
  size_t index = 0;
};

bool is_plain_key(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

void append_path(std::string& out, const Path* path) {
  if (path == nullptr) return;
  append_path(out, path->parent);
  if (path->key.data() == nullptr) {
    out += '[' + std::to_string(path->index) + ']';
  } else if (is_plain_key(path->key)) {
    if (!out.empty()) out += '.';
    out += path->key;
  } else {
    out += "[\"" + std::string(path->key) + "\"]";
  }
}

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

std::string_view short_name(std::string_view full) {
  const size_t dot = full.rfind('.');
  return dot == std::string_view::npos ? full : full.substr(dot + 1);
}

std::string with_article(Type type) {
  if (type == Type::kNull) return "null";
  return "a " + std::string(document::type_name(type));
}

class Walker {
 public:
  explicit Walker(ReadContext& context) : context_(context) {}

  void message(const Value& value, const MessageTable& table, void* out, const Path* path);
  bool good() const { return good_; }

 private:
  void field(const document::Member& member, const FieldTable& field, void* out, const Path& path);
  void entries(const Value& value, const FieldTable& field, void* out, const Path& path);
  void one(const Value& value, const FieldTable& field, void* out, const Path& path,
           std::string_view key = {});
  void unknown(const document::Member& member, const MessageTable& table, const Path& path);

  template <typename T>
  void integer(const Value& value, const FieldTable& field, void* out, const Path& path,
               std::string_view key);
  template <typename T>
  void floating(const Value& value, const FieldTable& field, void* out, const Path& path,
                std::string_view key);
  void boolean(const Value& value, const FieldTable& field, void* out, const Path& path,
               std::string_view key);
  void enumeration(const Value& value, const FieldTable& field, void* out, const Path& path,
                   std::string_view key);
  void text(const Value& value, const FieldTable& field, void* out, const Path& path,
            std::string_view key);
  void int_or_string(const Value& value, const FieldTable& field, void* out, const Path& path,
                     std::string_view key);
  void quantity(const Value& value, const FieldTable& field, void* out, const Path& path,
                std::string_view key);
  void formatted(const std::string& text, const Value& value, const FieldTable& field, void* out,
                 const Path& path, std::string_view key);

  // An empty `mend` is "write" and what it must be.
  void wrong_type(const Value& value, const Path& path, std::string_view must,
                  std::string mend = {});
  void report(Severity severity, Code code, document::Position position, const Path* path,
              std::string message, std::string mend);

  ReadContext& context_;
  bool good_ = true;
};

void Walker::report(Severity severity, Code code, document::Position position, const Path* path,
                    std::string message, std::string mend) {
  std::string field = context_.field;
  append_path(field, path);
  if (severity == Severity::kError) good_ = false;
  context_.diagnostics.push_back(Diagnostic{severity, code, context_.object, std::move(field),
                                            std::move(message), std::move(mend), context_.file,
                                            position.line, position.column});
}

void Walker::wrong_type(const Value& value, const Path& path, std::string_view must,
                        std::string mend) {
  if (mend.empty()) mend = "write " + std::string(must);
  report(Severity::kError, Code::kWrongType, value.position, &path,
         "is " + with_article(value.type()) + ", must be " + std::string(must), std::move(mend));
}

// "the fields are a, b", of long messages the first ones.
std::string fields_text(const MessageTable& table) {
  constexpr size_t kShown = 12;
  std::string out = "the fields are";
  for (size_t i = 0; i < table.fields.size() && i < kShown; ++i) {
    out += (i == 0 ? " " : ", ") + std::string(table.fields[i].json);
  }
  if (table.fields.size() <= kShown) return out;
  return out + " and " + std::to_string(table.fields.size() - kShown) + " more";
}

void Walker::unknown(const document::Member& member, const MessageTable& table, const Path& path) {
  const std::string_view near = nearest_field(table, member.key);
  std::string mend;
  if (!near.empty()) {
    mend = "did you mean " + quoted(near) + "?";
  } else if (table.fields.empty()) {
    mend = "leave it out: the message has no fields";
  } else {
    mend = fields_text(table);
  }
  report(context_.options.unknown_field, Code::kUnknownField, member.position, &path,
         "is no field of " + std::string(short_name(table.full_name)), std::move(mend));
}

void Walker::message(const Value& value, const MessageTable& table, void* out, const Path* path) {
  const document::Map* map = value.if_map();
  if (map == nullptr) {
    report(Severity::kError, Code::kWrongType, value.position, path,
           "is " + with_article(value.type()) + ", must be a mapping", "write a mapping");
    return;
  }
  // The first member of each oneof, and of each field that has two names.
  std::vector<std::string_view> chosen(table.oneofs.size());
  std::vector<std::pair<const FieldTable*, std::string_view>> seen;
  for (const document::Member& member : *map) {
    const Path here{path, member.key};
    const FieldTable* found = find_field(table, member.key);
    if (found == nullptr) {
      unknown(member, table, here);
      continue;
    }
    if (member.value.is_null()) continue;
    if (!found->proto.empty()) {
      const auto twin =
          std::find_if(seen.begin(), seen.end(), [&](const auto& s) { return s.first == found; });
      if (twin != seen.end()) {
        report(Severity::kError, Code::kDuplicateKey, member.position, &here,
               "is the same field as " + quoted(twin->second), "remove one of the two");
        continue;
      }
      seen.emplace_back(found, member.key);
    }
    if (found->oneof != 0) {
      std::string_view& first = chosen[found->oneof - 1u];
      if (first.data() != nullptr) {
        report(Severity::kError, Code::kOneofConflict, member.position, &here,
               "is set beside " + quoted(first) + "; only one of them may be",
               "remove " + quoted(first) + " or " + quoted(member.key));
        continue;
      }
      first = member.key;
    }
    field(member, *found, static_cast<char*>(out) + found->offset, here);
  }
}

void Walker::field(const document::Member& member, const FieldTable& field, void* out,
                   const Path& path) {
  const Value& value = member.value;
  switch (field.shape) {
    case Shape::kSingle:
      one(value, field, out, path);
      return;
    case Shape::kList: {
      const document::List* list = value.if_list();
      if (list == nullptr) {
        wrong_type(value, path, "a list", "write it as one element of a list");
        return;
      }
      for (size_t i = 0; i < list->size(); ++i) {
        const Path here{&path, {}, i};
        one((*list)[i], field, out, here);
      }
      return;
    }
    case Shape::kMap:
      entries(value, field, out, path);
      return;
  }
}

void Walker::entries(const Value& value, const FieldTable& field, void* out, const Path& path) {
  const document::Map* map = value.if_map();
  if (map == nullptr) {
    wrong_type(value, path, "a mapping");
    return;
  }
  for (const document::Member& member : *map) {
    const Path here{&path, member.key};
    if (field.numeric_key) {
      uint32_t number = 0;
      const char* const end = member.key.data() + member.key.size();
      const auto [rest, error] = std::from_chars(member.key.data(), end, number);
      if (error != std::errc() || rest != end) {
        report(Severity::kError, Code::kBadFormat, member.position, &here,
               "has a key that is no number from 0 to 4294967295", "write the number of a port");
        continue;
      }
    }
    // Go's decoders make the zero value of a null here.
    if (member.value.is_null()) {
      field.place(out, member.key);
    } else {
      one(member.value, field, out, here, member.key);
    }
  }
}

void Walker::one(const Value& value, const FieldTable& field, void* out, const Path& path,
                 std::string_view key) {
  switch (field.kind) {
    case Kind::kBool:
      return boolean(value, field, out, path, key);
    case Kind::kInt32:
      return integer<int32_t>(value, field, out, path, key);
    case Kind::kInt64:
      return integer<int64_t>(value, field, out, path, key);
    case Kind::kUint32:
      return integer<uint32_t>(value, field, out, path, key);
    case Kind::kUint64:
      return integer<uint64_t>(value, field, out, path, key);
    case Kind::kFloat:
      return floating<float>(value, field, out, path, key);
    case Kind::kDouble:
      return floating<double>(value, field, out, path, key);
    case Kind::kEnum:
      return enumeration(value, field, out, path, key);
    case Kind::kMessage:
      if (!value.is_map()) return wrong_type(value, path, "a mapping");
      return message(value, *field.message, field.place(out, key), &path);
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kDuration:
    case Kind::kTimestamp:
      return text(value, field, out, path, key);
    case Kind::kIntOrString:
      return int_or_string(value, field, out, path, key);
    case Kind::kQuantity:
      return quantity(value, field, out, path, key);
    case Kind::kStruct:
      if (!value.is_map()) return wrong_type(value, path, "a mapping");
      [[fallthrough]];
    case Kind::kValue:
      *static_cast<Value*>(field.place(out, key)) = value;
      return;
  }
}

void Walker::boolean(const Value& value, const FieldTable& field, void* out, const Path& path,
                     std::string_view key) {
  if (const bool* found = value.if_bool()) {
    *static_cast<bool*>(field.place(out, key)) = *found;
    return;
  }
  const std::string* text = value.if_string();
  const bool quoted_bool = text != nullptr && (*text == "true" || *text == "false");
  wrong_type(value, path, "a boolean",
             quoted_bool ? "write " + *text + " without quotes" : "write true or false");
}

// A number as the widest integer, when it is a whole one of 64 bits.
std::optional<Wide> whole_number(const Value& value, bool from_text) {
  if (const int64_t* i = value.if_int()) return *i;
  if (const uint64_t* u = value.if_uint()) return *u;
  if (const double* d = value.if_double()) {
    if (std::trunc(*d) == *d && std::abs(*d) < 1e18) return static_cast<Wide>(*d);
    return std::nullopt;
  }
  const std::string* text = value.if_string();
  if (text == nullptr || !from_text) return std::nullopt;
  const char* const end = text->data() + text->size();
  int64_t i = 0;
  if (auto [rest, error] = std::from_chars(text->data(), end, i);
      error == std::errc() && rest == end && !text->empty()) {
    return i;
  }
  uint64_t u = 0;
  if (auto [rest, error] = std::from_chars(text->data(), end, u);
      error == std::errc() && rest == end && !text->empty()) {
    return u;
  }
  return std::nullopt;
}

template <typename T>
void Walker::integer(const Value& value, const FieldTable& field, void* out, const Path& path,
                     std::string_view key) {
  // Protobuf's JSON writes integers of 64 bits in quotes.
  const auto number = whole_number(value, context_.options.protojson || sizeof(T) == 8);
  using Limits = std::numeric_limits<T>;
  if (number && *number >= Limits::min() && *number <= Limits::max()) {
    *static_cast<T*>(field.place(out, key)) = static_cast<T>(*number);
    return;
  }
  const std::string range =
      "from " + std::to_string(Limits::min()) + " to " + std::to_string(Limits::max());
  if (number || value.type() == Type::kDouble || value.type() == Type::kUint) {
    report(Severity::kError, Code::kOutOfRange, value.position, &path,
           number ? "does not fit, must be a whole number " + range
                  : "is no whole number, must be one " + range,
           "write a number of that range");
    return;
  }
  const bool quoted_number = whole_number(value, true).has_value();
  wrong_type(value, path, "a whole number",
             quoted_number ? "write " + *value.if_string() + " without quotes" : "");
}

template <typename T>
void Walker::floating(const Value& value, const FieldTable& field, void* out, const Path& path,
                      std::string_view key) {
  double number = 0;
  if (const double* d = value.if_double()) {
    number = *d;
  } else if (const int64_t* i = value.if_int()) {
    number = static_cast<double>(*i);
  } else if (const uint64_t* u = value.if_uint()) {
    number = static_cast<double>(*u);
  } else {
    const std::string* text = value.if_string();
    const char* const begin = text == nullptr ? nullptr : text->data();
    const char* const end = text == nullptr ? nullptr : begin + text->size();
    bool is_number = false;
    if (text != nullptr && !text->empty()) {
      const auto [rest, error] = std::from_chars(begin, end, number);
      is_number = error == std::errc() && rest == end;
    }
    if (!is_number || !context_.options.protojson) {
      return wrong_type(value, path, "a number",
                        is_number ? "write " + *text + " without quotes" : "");
    }
  }
  if (std::isfinite(number) && std::abs(number) > std::numeric_limits<T>::max()) {
    report(Severity::kError, Code::kOutOfRange, value.position, &path,
           "does not fit a number of " + std::to_string(sizeof(T) * 8) + " bits",
           "write a smaller number");
    return;
  }
  *static_cast<T*>(field.place(out, key)) = static_cast<T>(number);
}

void Walker::enumeration(const Value& value, const FieldTable& field, void* out, const Path& path,
                         std::string_view key) {
  const EnumTable& table = *field.enumeration;
  const auto put = [&](int32_t number) {
    std::memcpy(field.place(out, key), &number, sizeof number);  // an enum class : int32_t
  };
  std::string names = "must be one of";
  for (const EnumName& entry : table.names) {
    names += (&entry == table.names.data() ? " " : ", ") + std::string(entry.name);
  }
  if (const std::string* text = value.if_string()) {
    std::string_view nearest;
    size_t best = SIZE_MAX;
    for (const EnumName& entry : table.names) {
      if (entry.name == *text) return put(entry.number);
      const size_t distance = edit_distance(*text, entry.name);
      if (distance < best && is_near(distance, *text)) {
        best = distance;
        nearest = entry.name;
      }
    }
    report(Severity::kError, Code::kWrongEnum, value.position, &path,
           "is " + quoted(*text) + ", " + names,
           nearest.empty() ? "write one of them" : "did you mean " + quoted(nearest) + "?");
    return;
  }
  const auto number = whole_number(value, false);
  if (!number) return wrong_type(value, path, "a string", std::move(names));
  std::string_view name;
  if (*number >= INT32_MIN && *number <= INT32_MAX) {
    name = enum_text(table, static_cast<int32_t>(*number));
    // Numbers without a name are kept by protobuf's JSON as well.
    if (context_.options.protojson) return put(static_cast<int32_t>(*number));
  }
  report(Severity::kError, Code::kWrongEnum, value.position, &path, "is a number, " + names,
         name.empty() ? "write one of them" : "write " + std::string(name));
}

void Walker::text(const Value& value, const FieldTable& field, void* out, const Path& path,
                  std::string_view key) {
  const std::string* found = value.if_string();
  if (found == nullptr) {
    std::string mend;
    if (const bool* b = value.if_bool()) {
      mend = std::string("write ") + (*b ? "\"true\"" : "\"false\"") + " in quotes";
    } else if (const int64_t* i = value.if_int(); i != nullptr && field.kind == Kind::kString) {
      mend = "write " + quoted(std::to_string(*i)) + " in quotes";
    } else if (i != nullptr && field.kind == Kind::kDuration) {
      mend = "write it with a unit, as in \"" + std::to_string(*i) + "s\"";
    }
    return wrong_type(value, path, "a string", std::move(mend));
  }
  if (field.kind == Kind::kString) {
    *static_cast<std::string*>(field.place(out, key)) = *found;
    return;
  }
  formatted(*found, value, field, out, path, key);
}

void Walker::formatted(const std::string& text, const Value& value, const FieldTable& field,
                       void* out, const Path& path, std::string_view key) {
  std::string_view must;
  std::string_view mend;
  if (field.kind == Kind::kDuration) {
    if (const auto duration = parse_duration(text)) {
      *static_cast<Duration*>(field.place(out, key)) = *duration;
      return;
    }
    must = "a duration";
    mend = "write it as in \"500ms\", \"5s\" or \"1h30m\"";
  } else if (field.kind == Kind::kTimestamp) {
    if (const auto timestamp = parse_timestamp(text)) {
      *static_cast<Timestamp*>(field.place(out, key)) = *timestamp;
      return;
    }
    must = "a time";
    mend = "write it as in \"2026-01-31T08:00:00Z\"";
  } else {
    if (auto bytes = decode_base64(text, context_.options.protojson)) {
      *static_cast<std::string*>(field.place(out, key)) = std::move(*bytes);
      return;
    }
    // Not shown: bytes are mostly secrets.
    report(Severity::kError, Code::kBadFormat, value.position, &path, "is no base64",
           "encode it, for instance with `base64 -w0`");
    return;
  }
  report(Severity::kError, Code::kBadFormat, value.position, &path,
         "is " + quoted(text) + ", must be " + std::string(must), std::string(mend));
}

void Walker::int_or_string(const Value& value, const FieldTable& field, void* out, const Path& path,
                           std::string_view key) {
  if (const std::string* text = value.if_string()) {
    *static_cast<IntOrString*>(field.place(out, key)) = IntOrString{true, 0, *text};
    return;
  }
  const auto number = whole_number(value, false);
  if (!number) return wrong_type(value, path, "a whole number or a string");
  if (*number < INT32_MIN || *number > INT32_MAX) {
    report(Severity::kError, Code::kOutOfRange, value.position, &path,
           "does not fit, must be a whole number of 32 bits", "write a smaller number");
    return;
  }
  *static_cast<IntOrString*>(field.place(out, key)) =
      IntOrString{false, static_cast<int32_t>(*number), {}};
}

void Walker::quantity(const Value& value, const FieldTable& field, void* out, const Path& path,
                      std::string_view key) {
  std::string text;
  if (const std::string* found = value.if_string()) {
    text = *found;
  } else if (const int64_t* i = value.if_int()) {
    text = std::to_string(*i);
  } else if (const double* d = value.if_double()) {
    char buffer[32];
    text.assign(buffer, std::to_chars(buffer, buffer + sizeof buffer, *d).ptr);
  } else {
    return wrong_type(value, path, "a quantity", "write it as in \"100m\" or \"1Gi\"");
  }
  if (!is_quantity(text)) {
    report(Severity::kError, Code::kBadFormat, value.position, &path,
           "is " + quoted(text) + ", must be a quantity", "write it as in \"100m\" or \"1Gi\"");
    return;
  }
  static_cast<Quantity*>(field.place(out, key))->text = std::move(text);
}

}  // namespace

bool read_message(const document::Value& value, ReadContext& context, const MessageTable& table,
                  void* out) {
  Walker walker(context);
  walker.message(value, table, out, nullptr);
  return walker.good();
}

}  // namespace mesh::schema
