#include "libmesh/schema/dynamic/from_value.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <memory>

#include "libmesh/schema/descriptors.h"
#include "libmesh/schema/dynamic/bytes.h"
#include "libmesh/schema/dynamic/numbers.h"
#include "libmesh/schema/formats.h"

namespace mesh::schema {
namespace {

using document::Value;
using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::string_view kGoogle = "google.protobuf.";

// The part behind "google.protobuf." of the types that jsonpb writes in a form of their own; empty
// for others.
std::string_view well_known(const Descriptor& type) {
  static constexpr std::string_view kNames[] = {
      "Empty",       "Any",        "BoolValue",  "BytesValue",  "StringValue", "Int32Value",
      "UInt32Value", "FloatValue", "Int64Value", "UInt64Value", "DoubleValue", "Duration",
      "Timestamp",   "Struct",     "Value",      "ListValue"};
  const std::string_view name = type.full_name();
  if (!name.starts_with(kGoogle)) return {};
  const std::string_view rest = name.substr(kGoogle.size());
  for (std::string_view known : kNames) {
    if (rest == known) return known;
  }
  return {};
}

bool takes_null(const FieldDescriptor& field) {
  if (field.is_repeated()) return false;
  if (const Descriptor* type = field.message_type()) {
    return type->full_name() == "google.protobuf.Value";
  }
  const EnumDescriptor* type = field.enum_type();
  return type != nullptr && type->full_name() == "google.protobuf.NullValue";
}

// A field of a list or of a map's values, or a singular one.
class Slot {
 public:
  Slot(Message& message, const FieldDescriptor& field)
      : message_(message), field_(field), reflection_(*message.GetReflection()) {}

  const FieldDescriptor& field() const { return field_; }
  Message& sub_message() {
    return field_.is_repeated()
               ? *reflection_.AddMessage(&message_, &field_, &envoy_messages())
               : *reflection_.MutableMessage(&message_, &field_, &envoy_messages());
  }
#define MESH_SLOT_PUT(name, type)                       \
  void put_##name(type value) {                         \
    if (field_.is_repeated()) {                         \
      reflection_.Add##name(&message_, &field_, value); \
    } else {                                            \
      reflection_.Set##name(&message_, &field_, value); \
    }                                                   \
  }
  MESH_SLOT_PUT(Bool, bool)
  MESH_SLOT_PUT(Int32, int32_t)
  MESH_SLOT_PUT(Int64, int64_t)
  MESH_SLOT_PUT(UInt32, uint32_t)
  MESH_SLOT_PUT(UInt64, uint64_t)
  MESH_SLOT_PUT(Float, float)
  MESH_SLOT_PUT(Double, double)
  MESH_SLOT_PUT(EnumValue, int)
  MESH_SLOT_PUT(String, const std::string&)
#undef MESH_SLOT_PUT

 private:
  Message& message_;
  const FieldDescriptor& field_;
  const Reflection& reflection_;
};

class Reader {
 public:
  bool read(const Value& in, Message& out);
  ValueFaults faults;

 private:
  using Found = std::pair<const FieldDescriptor*, const document::Member*>;

  bool fail(std::string message) {
    faults.error = ValueFault{path_, std::move(message)};
    return false;
  }
  bool wrong(const Value& in, std::string_view wanted) {
    return fail("is a " + std::string(document::type_name(in.type())) + ", must be " +
                std::string(wanted));
  }

  bool read_well_known(std::string_view name, const Value& in, Message& out);
  bool read_fields(const Value& in, Message& out, bool in_any);
  bool read_any(const Value& in, Message& out);
  bool read_duration(const Value& in, Message& out);
  bool read_timestamp(const Value& in, Message& out);
  bool read_value(const Value& in, Message& out);
  bool read_list_value(const Value& in, Message& out);
  bool read_struct(const Value& in, Message& out);
  bool read_field(const FieldDescriptor& field, const Value& in, Message& out);
  bool read_list(const FieldDescriptor& field, const Value& in, Message& out);
  bool read_map(const FieldDescriptor& field, const Value& in, Message& out);
  bool read_single(Slot slot, const Value& in);
  bool read_enum(Slot& slot, const Value& in);
  bool read_text(Slot& slot, const Value& in);
  std::vector<Found> find_fields(const document::Map& map, const Descriptor& type, bool in_any);

  template <typename T>
  bool whole(const Value& in, T& out) {
    if (read_integer(in, out)) return true;
    return wrong_number(in, "a whole number of the field's range");
  }
  template <typename T>
  bool real(const Value& in, T& out) {
    if (read_real(in, out)) return true;
    return wrong_number(in, "a number of the field's range");
  }
  bool wrong_number(const Value& in, std::string_view wanted) {
    if (const std::string* text = in.if_string()) {
      return fail("\"" + *text + "\" is not " + std::string(wanted));
    }
    return wrong(in, wanted);
  }

  // Appends to the path while it lives.
  class Step {
   public:
    Step(std::string& path, std::string_view key) : path_(path), size_(path.size()) {
      if (!path.empty()) path += '.';
      path += key;
    }
    Step(std::string& path, size_t index) : path_(path), size_(path.size()) {
      path += '[' + std::to_string(index) + ']';
    }
    ~Step() { path_.resize(size_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    std::string& path_;
    const size_t size_;
  };

  std::string path_;
};

bool Reader::read(const Value& in, Message& out) {
  const Descriptor& type = *out.GetDescriptor();
  const std::string_view name = well_known(type);
  if (in.is_null() && name != "Value") return true;
  if (!name.empty() && name != "Empty") return read_well_known(name, in, out);
  return read_fields(in, out, false);
}

bool Reader::read_well_known(std::string_view name, const Value& in, Message& out) {
  if (name == "Any") return read_any(in, out);
  if (name == "Duration") return read_duration(in, out);
  if (name == "Timestamp") return read_timestamp(in, out);
  if (name == "Value") return read_value(in, out);
  if (name == "ListValue") return read_list_value(in, out);
  if (name == "Struct") return read_struct(in, out);
  // A wrapper is what it wraps.
  return read_single(Slot(out, *out.GetDescriptor()->FindFieldByNumber(1)), in);
}

bool Reader::read_any(const Value& in, Message& out) {
  if (!in.is_map()) return wrong(in, "a mapping with \"@type\"");
  const Value* type = in.find("@type");
  if (type == nullptr) return fail("has no \"@type\"");
  const std::string* url = type->if_string();
  if (url == nullptr) return fail("\"@type\" is not a text");
  const Message* prototype = envoy_prototype(type_of_url(*url));
  if (prototype == nullptr) return fail("there is no message type \"" + *url + "\"");
  const std::unique_ptr<Message> inner(prototype->New());
  if (!well_known(*inner->GetDescriptor()).empty()) {
    const Value* value = in.find("value");
    if (value == nullptr) return fail("has no \"value\", which " + *url + " must have");
    const Step step(path_, "value");
    if (!read(*value, *inner)) return false;
  } else if (!read_fields(in, *inner, true)) {
    return false;
  }
  put_any(*url, *inner, out);
  return true;
}

bool Reader::read_duration(const Value& in, Message& out) {
  const std::string* text = in.if_string();
  if (text == nullptr) return wrong(in, "a duration such as \"1.5s\"");
  const std::optional<Duration> read = parse_duration(*text);
  if (!read) return fail("\"" + *text + "\" is not a duration such as \"1.5s\"");
  Slot(out, *out.GetDescriptor()->FindFieldByNumber(1)).put_Int64(read->seconds);
  Slot(out, *out.GetDescriptor()->FindFieldByNumber(2)).put_Int32(read->nanos);
  return true;
}

bool Reader::read_timestamp(const Value& in, Message& out) {
  const std::string* text = in.if_string();
  if (text == nullptr) return wrong(in, "a time such as \"2026-01-31T08:00:00Z\"");
  const std::optional<Timestamp> read = parse_timestamp(*text);
  if (!read) return fail("\"" + *text + "\" is not a time such as \"2026-01-31T08:00:00Z\"");
  Slot(out, *out.GetDescriptor()->FindFieldByNumber(1)).put_Int64(read->seconds);
  Slot(out, *out.GetDescriptor()->FindFieldByNumber(2)).put_Int32(read->nanos);
  return true;
}

bool Reader::read_value(const Value& in, Message& out) {
  using document::Type;
  const Descriptor& type = *out.GetDescriptor();
  const auto slot = [&](int number) { return Slot(out, *type.FindFieldByNumber(number)); };
  switch (in.type()) {
    case Type::kNull:
      slot(1).put_EnumValue(0);
      return true;
    case Type::kBool:
      slot(4).put_Bool(*in.if_bool());
      return true;
    case Type::kString:
      slot(3).put_String(*in.if_string());
      return true;
    case Type::kList:
      return read_list_value(in, slot(6).sub_message());
    case Type::kMap:
      return read_struct(in, slot(5).sub_message());
    case Type::kInt:
    case Type::kUint:
    case Type::kDouble:
      slot(2).put_Double(number_of(in));
      return true;
  }
  return true;
}

bool Reader::read_list_value(const Value& in, Message& out) {
  if (!in.is_list()) return wrong(in, "a list");
  Slot values(out, *out.GetDescriptor()->FindFieldByNumber(1));
  size_t index = 0;
  for (const Value& element : *in.if_list()) {
    const Step step(path_, index++);
    if (!read_value(element, values.sub_message())) return false;
  }
  return true;
}

bool Reader::read_struct(const Value& in, Message& out) {
  if (!in.is_map()) return wrong(in, "a mapping");
  Slot fields(out, *out.GetDescriptor()->FindFieldByNumber(1));
  for (const document::Member& member : *in.if_map()) {
    Message& entry = fields.sub_message();
    const Descriptor& type = *entry.GetDescriptor();
    Slot(entry, *type.map_key()).put_String(member.key);
    const Step step(path_, member.key);
    if (!read_value(member.value, Slot(entry, *type.map_value()).sub_message())) return false;
  }
  return true;
}

// In the order of the message's fields; of two spellings of one name the JSON one.
std::vector<Reader::Found> Reader::find_fields(const document::Map& map, const Descriptor& type,
                                               bool in_any) {
  std::vector<Found> found;
  found.reserve(map.size());
  for (const document::Member& member : map) {
    if (in_any && member.key == "@type") continue;
    const FieldDescriptor* field = nullptr;
    for (int i = 0; i < type.field_count() && field == nullptr; ++i) {
      const FieldDescriptor* one = type.field(i);
      if (one->name() == member.key || one->json_name() == member.key) field = one;
    }
    if (field == nullptr) {
      const Step step(path_, member.key);
      faults.unknown.push_back({path_, "unknown field of " + type.full_name()});
      continue;
    }
    found.emplace_back(field, &member);
  }
  std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    return a.first->index() != b.first->index()
               ? a.first->index() < b.first->index()
               : a.second->key != a.first->json_name() && b.second->key == a.first->json_name();
  });
  return found;
}

bool Reader::read_fields(const Value& in, Message& out, bool in_any) {
  const document::Map* map = in.if_map();
  if (map == nullptr) return wrong(in, "a mapping: " + out.GetDescriptor()->full_name());
  const std::vector<Found> found = find_fields(*map, *out.GetDescriptor(), in_any);
  for (size_t i = 0; i < found.size(); ++i) {
    if (i + 1 < found.size() && found[i + 1].first == found[i].first) continue;
    const auto& [field, member] = found[i];
    if (member->value.is_null() && !takes_null(*field)) continue;
    const Step step(path_, member->key);
    if (!read_field(*field, member->value, out)) return false;
  }
  return true;
}

bool Reader::read_field(const FieldDescriptor& field, const Value& in, Message& out) {
  if (field.is_map()) return read_map(field, in, out);
  if (field.is_repeated()) return read_list(field, in, out);
  return read_single(Slot(out, field), in);
}

bool Reader::read_list(const FieldDescriptor& field, const Value& in, Message& out) {
  if (!in.is_list()) return wrong(in, "a list");
  size_t index = 0;
  for (const Value& element : *in.if_list()) {
    const Step step(path_, index++);
    if (!read_single(Slot(out, field), element)) return false;
  }
  return true;
}

bool Reader::read_map(const FieldDescriptor& field, const Value& in, Message& out) {
  if (!in.is_map()) return wrong(in, "a mapping");
  Slot entries(out, field);
  for (const document::Member& member : *in.if_map()) {
    Message& entry = entries.sub_message();
    const Descriptor& type = *entry.GetDescriptor();
    const Step step(path_, member.key);
    Value key(member.key);
    if (type.map_key()->cpp_type() == FieldDescriptor::CPPTYPE_BOOL &&
        (member.key == "true" || member.key == "false")) {
      key = Value(member.key == "true");
    }
    if (!read_single(Slot(entry, *type.map_key()), key)) return false;
    if (!read_single(Slot(entry, *type.map_value()), member.value)) return false;
  }
  return true;
}

bool Reader::read_enum(Slot& slot, const Value& in) {
  const EnumDescriptor& type = *slot.field().enum_type();
  if (const std::string* name = in.if_string()) {
    const auto* value = type.FindValueByName(*name);
    if (value == nullptr) return fail("\"" + *name + "\" is no value of " + type.full_name());
    slot.put_EnumValue(value->number());
    return true;
  }
  int32_t number = 0;
  if (!in.is_null() && !whole(in, number)) return false;
  slot.put_EnumValue(number);
  return true;
}

bool Reader::read_text(Slot& slot, const Value& in) {
  const std::string* text = in.if_string();
  if (text == nullptr && !in.is_null()) return wrong(in, "a text");
  if (slot.field().type() == FieldDescriptor::TYPE_BYTES && text != nullptr) {
    const std::optional<std::string> bytes = decode_base64(*text, false);
    if (!bytes) return fail("is not base64");
    slot.put_String(*bytes);
    return true;
  }
  slot.put_String(text == nullptr ? std::string() : *text);
  return true;
}

bool Reader::read_single(Slot slot, const Value& in) {
  const auto number = [&](auto value, auto read, auto put) {
    if (!in.is_null() && !(this->*read)(in, value)) return false;
    (slot.*put)(value);
    return true;
  };
  switch (slot.field().cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      if (in.if_bool() == nullptr && !in.is_null()) return wrong(in, "true or false");
      slot.put_Bool(!in.is_null() && *in.if_bool());
      return true;
    case FieldDescriptor::CPPTYPE_INT32:
      return number(int32_t{0}, &Reader::whole<int32_t>, &Slot::put_Int32);
    case FieldDescriptor::CPPTYPE_INT64:
      return number(int64_t{0}, &Reader::whole<int64_t>, &Slot::put_Int64);
    case FieldDescriptor::CPPTYPE_UINT32:
      return number(uint32_t{0}, &Reader::whole<uint32_t>, &Slot::put_UInt32);
    case FieldDescriptor::CPPTYPE_UINT64:
      return number(uint64_t{0}, &Reader::whole<uint64_t>, &Slot::put_UInt64);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return number(0.0F, &Reader::real<float>, &Slot::put_Float);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return number(0.0, &Reader::real<double>, &Slot::put_Double);
    case FieldDescriptor::CPPTYPE_ENUM:
      return read_enum(slot, in);
    case FieldDescriptor::CPPTYPE_STRING:
      return read_text(slot, in);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return read(in, slot.sub_message());
  }
  return true;
}

}  // namespace

std::string_view type_of_url(std::string_view url) {
  const size_t slash = url.rfind('/');
  return slash == std::string_view::npos ? url : url.substr(slash + 1);
}

ValueFaults from_value(const document::Value& value, google::protobuf::Message& out) {
  Reader reader;
  reader.read(value, out);
  return std::move(reader.faults);
}

}  // namespace mesh::schema
