#include "libmesh/testing/walk/view.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cassert>

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

}  // namespace

const FieldDescriptor* View::find(std::string_view field) const {
  if (message_ == nullptr) return nullptr;
  const auto* found = message_->GetDescriptor()->FindFieldByName(std::string(field));
  assert(found != nullptr);
  return found;
}

std::string View::type() const {
  return message_ == nullptr ? "" : message_->GetDescriptor()->full_name();
}

bool View::has(std::string_view field) const {
  const FieldDescriptor* f = find(field);
  if (f == nullptr) return false;
  if (f->is_repeated()) return message_->GetReflection()->FieldSize(*message_, f) > 0;
  return message_->GetReflection()->HasField(*message_, f);
}

View View::at(std::string_view field) const {
  const FieldDescriptor* f = find(field);
  if (f == nullptr || f->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE ||
      !message_->GetReflection()->HasField(*message_, f)) {
    return {};
  }
  return View(&message_->GetReflection()->GetMessage(*message_, f));
}

std::string View::text(std::string_view field) const {
  const FieldDescriptor* f = find(field);
  if (f == nullptr || f->cpp_type() != FieldDescriptor::CPPTYPE_STRING) return {};
  return message_->GetReflection()->GetString(*message_, f);
}

uint64_t View::number(std::string_view field) const {
  const FieldDescriptor* f = find(field);
  if (f == nullptr) return 0;
  const auto* reflection = message_->GetReflection();
  switch (f->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return static_cast<uint64_t>(int64_t{reflection->GetInt32(*message_, f)});
    case FieldDescriptor::CPPTYPE_INT64:
      return static_cast<uint64_t>(reflection->GetInt64(*message_, f));
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection->GetUInt32(*message_, f);
    case FieldDescriptor::CPPTYPE_UINT64:
      return reflection->GetUInt64(*message_, f);
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->GetBool(*message_, f) ? 1 : 0;
    case FieldDescriptor::CPPTYPE_ENUM:
      return static_cast<uint64_t>(int64_t{reflection->GetEnumValue(*message_, f)});
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_STRING:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return 0;
  }
  return 0;
}

double View::real(std::string_view field) const {
  const FieldDescriptor* f = find(field);
  if (f == nullptr) return 0;
  if (f->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
    return message_->GetReflection()->GetDouble(*message_, f);
  }
  if (f->cpp_type() == FieldDescriptor::CPPTYPE_FLOAT) {
    return static_cast<double>(message_->GetReflection()->GetFloat(*message_, f));
  }
  return 0;
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
  if (message_ == nullptr) return {};
  const auto* group = message_->GetDescriptor()->FindOneofByName(std::string(oneof));
  assert(group != nullptr);
  if (group == nullptr) return {};
  const auto* f = message_->GetReflection()->GetOneofFieldDescriptor(*message_, group);
  return f == nullptr ? std::string_view() : std::string_view(f->name());
}

std::vector<std::string> View::texts(std::string_view field) const {
  std::vector<std::string> out;
  const FieldDescriptor* f = find(field);
  if (f == nullptr || !f->is_repeated() || f->cpp_type() != FieldDescriptor::CPPTYPE_STRING) {
    return out;
  }
  const int count = message_->GetReflection()->FieldSize(*message_, f);
  out.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    out.push_back(message_->GetReflection()->GetRepeatedString(*message_, f, i));
  }
  return out;
}

std::vector<uint64_t> View::numbers(std::string_view field) const {
  std::vector<uint64_t> out;
  const FieldDescriptor* f = find(field);
  if (f == nullptr || !f->is_repeated() || f->cpp_type() != FieldDescriptor::CPPTYPE_UINT32) {
    return out;
  }
  const int count = message_->GetReflection()->FieldSize(*message_, f);
  for (int i = 0; i < count; ++i) {
    out.push_back(message_->GetReflection()->GetRepeatedUInt32(*message_, f, i));
  }
  return out;
}

size_t View::size(std::string_view field) const {
  const FieldDescriptor* f = find(field);
  if (f == nullptr || !f->is_repeated()) return 0;
  return static_cast<size_t>(message_->GetReflection()->FieldSize(*message_, f));
}

View View::element(std::string_view field, size_t place) const {
  const FieldDescriptor* f = find(field);
  if (f == nullptr || !f->is_repeated() || f->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    return {};
  }
  return View(
      &message_->GetReflection()->GetRepeatedMessage(*message_, f, static_cast<int>(place)));
}

std::string View::bytes() const {
  return message_ == nullptr ? std::string() : schema::to_bytes(*message_);
}

Opened open(View any) {
  Opened out;
  if (!any) return out;
  out.type = std::string(schema::type_of_url(any.text("type_url")));
  out.message = schema::parse_message(out.type, any.text("value"));
  for (std::string_view wrapper : kTypedStructs) {
    if (out.type != wrapper || out.message == nullptr) continue;
    const View view = out.view();
    Opened inner;
    inner.type = std::string(schema::type_of_url(view.text("type_url")));
    schema::MessagePtr read = schema::new_message(inner.type);
    if (read != nullptr && schema::from_value(to_value(view.at("value")), *read).ok()) {
      inner.message = std::move(read);
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
