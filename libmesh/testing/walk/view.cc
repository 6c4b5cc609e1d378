#include "libmesh/testing/walk/view.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/message.h>

#include <bit>
#include <cassert>

#include "libmesh/schema/descriptors.h"
#include "libmesh/schema/dynamic/bytes.h"
#include "libmesh/schema/dynamic/from_value.h"

namespace mesh::testing {
namespace {

using google::protobuf::FieldDescriptor;

constexpr std::string_view kTypedStructs[] = {"udpa.type.v1.TypedStruct",
                                              "xds.type.v3.TypedStruct"};

document::Value value_of(View value) {
  const std::string_view kind = value.which("kind");
  if (kind == "bool_value") return document::Value(value.flag("bool_value"));
  if (kind == "string_value") return document::Value(value.text("string_value"));
  if (kind == "struct_value") return to_value(value.at("struct_value"));
  if (kind == "list_value") {
    document::List list;
    value.at("list_value").each("values", [&](View each) { list.push_back(value_of(each)); });
    return document::Value(std::move(list));
  }
  if (kind != "number_value") return {};
  const double number = value.real("number_value");
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (number >= -kExact && number <= kExact) {
    const auto whole = static_cast<int64_t>(number);
    if (static_cast<double>(whole) == number) return document::Value(whole);
  }
  return document::Value(number);
}

wire::Type wire_type(const FieldDescriptor& field) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_DOUBLE:
    case FieldDescriptor::TYPE_FIXED64:
    case FieldDescriptor::TYPE_SFIXED64:
      return wire::Type::kFixed64;
    case FieldDescriptor::TYPE_FLOAT:
    case FieldDescriptor::TYPE_FIXED32:
    case FieldDescriptor::TYPE_SFIXED32:
      return wire::Type::kFixed32;
    case FieldDescriptor::TYPE_STRING:
    case FieldDescriptor::TYPE_BYTES:
    case FieldDescriptor::TYPE_MESSAGE:
    case FieldDescriptor::TYPE_GROUP:
      return wire::Type::kBytes;
    default:
      return wire::Type::kVarint;
  }
}

// An integer, enum or bool as it was before it was written; a negative one as 64 bits.
uint64_t integer_of(const FieldDescriptor& field, uint64_t written) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_INT32:
    case FieldDescriptor::TYPE_SFIXED32:
    case FieldDescriptor::TYPE_ENUM:
      return static_cast<uint64_t>(int64_t{static_cast<int32_t>(written)});
    case FieldDescriptor::TYPE_SINT32:
    case FieldDescriptor::TYPE_SINT64:
      return written >> 1 ^ (~(written & 1) + 1);
    case FieldDescriptor::TYPE_UINT32:
      return static_cast<uint32_t>(written);
    case FieldDescriptor::TYPE_BOOL:
      return written != 0 ? 1 : 0;
    default:
      return written;
  }
}

// A field as it is written last; nothing, when it is not. A list of numbers may be written as one run of bytes.
std::optional<wire::Field> last(std::string_view message, const FieldDescriptor* field) {
  std::optional<wire::Field> out;
  if (field == nullptr) return out;
  const auto number = static_cast<uint32_t>(field->number());
  const wire::Type type = wire_type(*field);
  wire::Reader reader(message);
  while (const wire::Field* each = reader.next()) {
    const bool run = field->is_repeated() && each->type == wire::Type::kBytes;
    if (each->number == number && (each->type == type || run)) out = *each;
  }
  return out;
}

}  // namespace

View::View(std::string_view type, std::string_view bytes)
    : type_(schema::envoy_pool().FindMessageTypeByName(std::string(type))), bytes_(bytes) {}

const FieldDescriptor* View::find(std::string_view field) const {
  if (type_ == nullptr) return nullptr;
  const auto* found = type_->FindFieldByName(std::string(field));
  assert(found != nullptr);
  return found;
}

std::string_view View::type() const {
  return type_ == nullptr ? std::string_view() : std::string_view(type_->full_name());
}

bool View::has(std::string_view field) const {
  const FieldDescriptor* f = find(field);
  const auto written = last(bytes_, f);
  if (!written) return false;
  return f->is_repeated() || f->has_presence() || written->number_value != 0 ||
         !written->bytes.empty();
}

View View::at(std::string_view field) const {
  const FieldDescriptor* f = find(field);
  if (f == nullptr || f->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return {};
  const auto written = last(bytes_, f);
  return written ? View(f->message_type(), written->bytes) : View();
}

std::string_view View::raw(std::string_view field) const {
  const FieldDescriptor* f = find(field);
  if (f == nullptr || f->cpp_type() != FieldDescriptor::CPPTYPE_STRING) return {};
  const auto written = last(bytes_, f);
  return written ? written->bytes : std::string_view();
}

std::string View::text(std::string_view field) const { return std::string(raw(field)); }

uint64_t View::number(std::string_view field) const {
  const FieldDescriptor* f = find(field);
  const auto written = last(bytes_, f);
  if (!written || wire_type(*f) == wire::Type::kBytes) return 0;
  const auto type = f->cpp_type();
  if (type == FieldDescriptor::CPPTYPE_DOUBLE || type == FieldDescriptor::CPPTYPE_FLOAT) return 0;
  return integer_of(*f, written->number_value);
}

double View::real(std::string_view field) const {
  const FieldDescriptor* f = find(field);
  const auto written = last(bytes_, f);
  if (!written) return 0;
  if (f->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
    return std::bit_cast<double>(written->number_value);
  }
  if (f->cpp_type() != FieldDescriptor::CPPTYPE_FLOAT) return 0;
  return static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(written->number_value)));
}

std::optional<uint64_t> View::wrapped(std::string_view field) const {
  const View inner = at(field);
  if (!inner) return {};
  return inner.number("value");
}

bool View::wrapped_flag(std::string_view field, bool otherwise) const {
  const auto value = wrapped(field);
  return value ? *value != 0 : otherwise;
}

std::optional<uint64_t> View::milliseconds(std::string_view field) const {
  const View duration = at(field);
  if (!duration) return {};
  return duration.number("seconds") * 1000 + duration.number("nanos") / 1000000;
}

std::string_view View::which(std::string_view oneof) const {
  if (type_ == nullptr) return {};
  const auto* group = type_->FindOneofByName(std::string(oneof));
  assert(group != nullptr);
  if (group == nullptr) return {};
  const FieldDescriptor* out = nullptr;
  wire::Reader reader(bytes_);
  while (const wire::Field* each = reader.next()) {
    const auto* f = type_->FindFieldByNumber(static_cast<int>(each->number));
    if (f != nullptr && f->containing_oneof() == group) out = f;
  }
  return out == nullptr ? std::string_view() : std::string_view(out->name());
}

std::vector<std::string> View::texts(std::string_view field) const {
  std::vector<std::string> out;
  const FieldDescriptor* f = find(field);
  if (f == nullptr || f->cpp_type() != FieldDescriptor::CPPTYPE_STRING) return out;
  wire::Reader reader(bytes_);
  while (const wire::Field* each = reader.next()) {
    if (each->number == static_cast<uint32_t>(f->number())) out.emplace_back(each->bytes);
  }
  return out;
}

std::vector<uint64_t> View::numbers(std::string_view field) const {
  std::vector<uint64_t> out;
  const FieldDescriptor* f = find(field);
  if (f == nullptr || f->type() != FieldDescriptor::TYPE_UINT32) return out;
  wire::Reader reader(bytes_);
  while (const wire::Field* each = reader.next()) {
    if (each->number != static_cast<uint32_t>(f->number())) continue;
    if (each->type == wire::Type::kVarint) {
      out.push_back(integer_of(*f, each->number_value));
    } else if (each->type == wire::Type::kBytes) {
      // One run for all of them ("packed").
      google::protobuf::io::CodedInputStream run(
          reinterpret_cast<const uint8_t*>(each->bytes.data()),
          static_cast<int>(each->bytes.size()));
      for (uint32_t value = 0; run.ReadVarint32(&value);) out.push_back(value);
    }
  }
  return out;
}

size_t View::size(std::string_view field) const {
  const FieldDescriptor* f = find(field);
  if (f == nullptr || !f->is_repeated()) return 0;
  if (wire_type(*f) != wire::Type::kBytes) return numbers(field).size();
  size_t out = 0;
  wire::Reader reader(bytes_);
  while (const wire::Field* each = reader.next()) {
    if (each->number == static_cast<uint32_t>(f->number())) ++out;
  }
  return out;
}

View::Elements::Elements(View view, std::string_view field) : reader_(view.bytes_) {
  const FieldDescriptor* f = view.find(field);
  if (f == nullptr || f->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    reader_ = wire::Reader({});
    return;
  }
  type_ = f->message_type();
  number_ = static_cast<uint32_t>(f->number());
}

View View::Elements::next() {
  while (const wire::Field* each = reader_.next()) {
    if (each->number == number_ && each->type == wire::Type::kBytes) return {type_, each->bytes};
  }
  return {};
}

View View::element(std::string_view field, size_t place) const {
  Elements elements(*this, field);
  View out = elements.next();
  while (out && place-- > 0) out = elements.next();
  return out;
}

Opened open(View any) {
  Opened out;
  if (!any) return out;
  out.type = schema::type_of_url(any.raw("type_url"));
  out.message = View(out.type, any.raw("value"));
  for (std::string_view wrapper : kTypedStructs) {
    if (out.type != wrapper || !out.message) continue;
    Opened inner;
    inner.type = schema::type_of_url(out.message.raw("type_url"));
    schema::MessagePtr read = schema::new_message(inner.type);
    if (read != nullptr && schema::from_value(to_value(out.message.at("value")), *read).ok()) {
      inner.own = std::make_shared<const std::string>(schema::to_bytes(*read));
      inner.message = View(inner.type, *inner.own);
    }
    return inner;
  }
  return out;
}

document::Value to_value(View structure) {
  document::Value out{document::Map{}};
  structure.each("fields",
                 [&](View entry) { out.set(entry.text("key"), value_of(entry.at("value"))); });
  return out;
}

double percent(View fraction) {
  constexpr double kDenominators[] = {1, 100, 10000};  // HUNDRED, TEN_THOUSAND, MILLION
  const uint64_t denominator = fraction.number("denominator");
  const auto numerator = static_cast<double>(fraction.number("numerator"));
  const double out = numerator / kDenominators[denominator < 3 ? denominator : 0];
  return out > 100 ? 100 : out;
}

}  // namespace mesh::testing
