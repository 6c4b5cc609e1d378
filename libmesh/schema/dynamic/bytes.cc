#include "libmesh/schema/dynamic/bytes.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>

#include "libmesh/schema/descriptors.h"
#include "libmesh/schema/dynamic/from_value.h"

namespace mesh::schema {
namespace {

constexpr int kUrl = 1;
constexpr int kValue = 2;

const google::protobuf::FieldDescriptor* field(const google::protobuf::Message& message,
                                               int number) {
  return message.GetDescriptor()->FindFieldByNumber(number);
}

}  // namespace

MessagePtr new_message(std::string_view type_full_name) {
  const google::protobuf::Message* prototype = envoy_prototype(type_full_name);
  return MessagePtr(prototype == nullptr ? nullptr : prototype->New());
}

MessagePtr parse_message(std::string_view type_full_name, std::string_view bytes) {
  MessagePtr message = new_message(type_full_name);
  if (message == nullptr) return nullptr;
  if (!message->ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size()))) return nullptr;
  return message;
}

MessagePtr clone(const google::protobuf::Message& message) {
  MessagePtr copy(message.New());
  copy->CopyFrom(message);
  return copy;
}

std::string to_bytes(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializePartialToCodedStream(&coded);
  }
  return bytes;
}

void put_any(const std::string& url, const google::protobuf::Message& inner,
             google::protobuf::Message& any) {
  const auto* reflection = any.GetReflection();
  reflection->SetString(&any, field(any, kUrl), url);
  reflection->SetString(&any, field(any, kValue), to_bytes(inner));
}

std::string any_url(const google::protobuf::Message& any) {
  return any.GetReflection()->GetString(any, field(any, kUrl));
}

std::string any_bytes(const google::protobuf::Message& any) {
  return any.GetReflection()->GetString(any, field(any, kValue));
}

MessagePtr open_any(const google::protobuf::Message& any) {
  std::string scratch;
  const auto* reflection = any.GetReflection();
  const std::string url = any_url(any);
  const std::string& bytes = reflection->GetStringReference(any, field(any, kValue), &scratch);
  return parse_message(type_of_url(url), bytes);
}

}  // namespace mesh::schema
