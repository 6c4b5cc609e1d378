#include "libmesh/xds/envoyfilter/node.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/message.h>

#include <algorithm>

#include "libmesh/schema/descriptors.h"

namespace mesh::xds::envoyfilter {
namespace {

const google::protobuf::FieldDescriptor* find(const Message& message, const char* field) {
  return message.GetDescriptor()->FindFieldByName(field);
}

}  // namespace

bool has(const Message& message, const char* field) {
  const auto* found = find(message, field);
  const auto* reflection = message.GetReflection();
  return found->is_repeated() ? reflection->FieldSize(message, found) > 0
                              : reflection->HasField(message, found);
}

std::string text_at(const Message& message, const char* field) {
  return message.GetReflection()->GetString(message, find(message, field));
}

void set_text(Message& message, const char* field, const std::string& text) {
  message.GetReflection()->SetString(&message, find(message, field), text);
}

uint32_t number_at(const Message& message, const char* field) {
  return message.GetReflection()->GetUInt32(message, find(message, field));
}

const Message& message_at(const Message& message, const char* field) {
  return message.GetReflection()->GetMessage(message, find(message, field),
                                             &schema::envoy_messages());
}

Message& mutable_at(Message& message, const char* field) {
  return *message.GetReflection()->MutableMessage(&message, find(message, field),
                                                  &schema::envoy_messages());
}

void clear(Message& message, const char* field) {
  message.GetReflection()->ClearField(&message, find(message, field));
}

std::vector<std::string> texts_at(const Message& message, const char* field) {
  const auto* found = find(message, field);
  const auto* reflection = message.GetReflection();
  std::vector<std::string> out;
  for (int i = 0; i < reflection->FieldSize(message, found); ++i) {
    out.push_back(reflection->GetRepeatedString(message, found, i));
  }
  return out;
}

Elements::Elements(Message& message, const char* field) : message_(message), field_(field) {
  const auto* found = find(message, field);
  const auto* reflection = message.GetReflection();
  const int count = reflection->FieldSize(message, found);
  list.reserve(static_cast<size_t>(count) + 1);
  for (int i = 0; i < count; ++i) list.emplace_back(reflection->ReleaseLast(&message, found));
  std::reverse(list.begin(), list.end());
}

Elements::~Elements() {
  const auto* found = find(message_, field_);
  const auto* reflection = message_.GetReflection();
  for (MessagePtr& element : list) {
    if (element != nullptr) reflection->AddAllocatedMessage(&message_, found, element.release());
  }
}

}  // namespace mesh::xds::envoyfilter
