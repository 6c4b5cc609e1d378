#include "libmesh/schema/dynamic/merge.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/map_field.h>
#include <google/protobuf/message.h>

#include <map>
#include <string>
#include <vector>

#include "libmesh/schema/descriptors.h"
#include "libmesh/schema/dynamic/bytes.h"

namespace mesh::schema {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool is_duration(const FieldDescriptor& field) {
  return field.message_type() != nullptr &&
         field.message_type()->full_name() == "google.protobuf.Duration";
}

// A message that has only that field of `from`: protobuf's own merge then does the rest.
void merge_only(const FieldDescriptor& field, const Message& from, Message& to) {
  const MessagePtr part(from.New());
  const MessagePtr whole = clone(from);
  from.GetReflection()->SwapFields(whole.get(), part.get(), {&field});
  to.MergeFrom(*part);
}

std::string key_of(const Message& entry) {
  const MessagePtr key = clone(entry);
  key->GetReflection()->ClearField(key.get(), entry.GetDescriptor()->map_value());
  return to_bytes(*key);
}

// Entries of the source take the place of those of their key.
void merge_map(const FieldDescriptor& field, const Message& from, Message& to) {
  const Reflection& reflection = *from.GetReflection();
  std::map<std::string, int> places;
  for (int i = 0; i < reflection.FieldSize(to, &field); ++i) {
    places[key_of(reflection.GetRepeatedMessage(to, &field, i))] = i;
  }
  for (int i = 0; i < reflection.FieldSize(from, &field); ++i) {
    const Message& entry = reflection.GetRepeatedMessage(from, &field, i);
    const auto known = places.find(key_of(entry));
    Message* place = known == places.end()
                         ? reflection.AddMessage(&to, &field, &envoy_messages())
                         : reflection.MutableRepeatedMessage(&to, &field, known->second);
    place->CopyFrom(entry);
  }
}

void merge_field(const FieldDescriptor& field, const Message& from, Message& to, ListMerge lists) {
  const Reflection& reflection = *from.GetReflection();
  if (field.is_map()) return merge_map(field, from, to);
  if (field.is_repeated()) {
    if (lists == ListMerge::kReplace) reflection.ClearField(&to, &field);
    return merge_only(field, from, to);
  }
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return merge_only(field, from, to);
  const Message& value = reflection.GetMessage(from, &field);
  Message* place = reflection.MutableMessage(&to, &field, &envoy_messages());
  if (is_duration(field)) {
    place->CopyFrom(value);
  } else {
    merge(value, *place, lists);
  }
}

}  // namespace

void merge(const Message& from, Message& to, ListMerge lists) {
  const Reflection& reflection = *from.GetReflection();
  std::vector<const FieldDescriptor*> set;
  reflection.ListFields(from, &set);
  for (const FieldDescriptor* field : set) merge_field(*field, from, to, lists);
  reflection.MutableUnknownFields(&to)->MergeFrom(reflection.GetUnknownFields(from));
}

AnyMerge merge_any(const Message& from, Message& to) {
  const MessagePtr into = open_any(to);
  const MessagePtr what = open_any(from);
  if (into == nullptr || what == nullptr) return AnyMerge::kUnreadable;
  if (into->GetDescriptor() != what->GetDescriptor()) return AnyMerge::kTypesDiffer;
  merge(*what, *into);
  put_any("type.googleapis.com/" + into->GetDescriptor()->full_name(), *into, to);
  return AnyMerge::kMerged;
}

}  // namespace mesh::schema
