#include "tests/schema/driver.h"

#include <google/protobuf/descriptor.h>

#include <cstring>
#include <limits>

namespace mesh::schema {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const FieldDescriptor* Driver::find(const char* field) const {
  const FieldDescriptor* found = expected_->GetDescriptor()->FindFieldByName(field);
  if (found == nullptr) throw std::string("no field ") + field;
  return found;
}

int Driver::count(const char* field) {
  const FieldDescriptor* found = find(field);
  if (!only_.empty()) return only_ != field ? 0 : found->is_repeated() ? 3 : 1;
  // Deep messages stay small; recursion ends.
  if (found->message_type() != nullptr && depth_ <= 0) return 0;
  const auto dice = (*random_)() % 8;
  return dice < 5 ? 0 : dice < 7 || !found->is_repeated() ? 1 : 2;
}

// Numbers of every length, defaults included.
template <typename T>
T Driver::make() {
  if constexpr (std::same_as<T, bool>) {
    return (*random_)() % 2 == 0;
  } else if constexpr (std::same_as<T, std::string>) {
    constexpr size_t kSizes[] = {0, 1, 5, 127, 128, 300};
    return std::string(kSizes[(*random_)() % std::size(kSizes)],
                       static_cast<char>('a' + (*random_)() % 26));
  } else if constexpr (std::floating_point<T>) {
    return (*random_)() % 4 == 0 ? T(0) : static_cast<T>((*random_)() % 100000) / T(8);
  } else {
    const auto bits = (*random_)() >> ((*random_)() % 64);
    return (*random_)() % 4 == 0 ? T(0) : static_cast<T>(bits);
  }
}

template <>
Enumeration Driver::make<Enumeration>() {
  return Enumeration{static_cast<int32_t>((*random_)() % 1024)};
}

namespace {

// Sets or adds, by the field's kind.
template <typename T>
void put(Message& message, const FieldDescriptor* field, const T& value) {
  const auto* reflection = message.GetReflection();
  const bool add = field->is_repeated();
#define MESH_PUT(name)                                \
  add ? reflection->Add##name(&message, field, value) \
      : reflection->Set##name(&message, field, value)
  if constexpr (std::same_as<T, bool>) {
    MESH_PUT(Bool);
  } else if constexpr (std::same_as<T, std::string>) {
    MESH_PUT(String);
  } else if constexpr (std::same_as<T, float>) {
    MESH_PUT(Float);
  } else if constexpr (std::same_as<T, double>) {
    MESH_PUT(Double);
  } else if constexpr (std::same_as<T, int32_t>) {
    MESH_PUT(Int32);
  } else if constexpr (std::same_as<T, int64_t>) {
    MESH_PUT(Int64);
  } else if constexpr (std::same_as<T, uint32_t>) {
    MESH_PUT(UInt32);
  } else {
    MESH_PUT(UInt64);
  }
#undef MESH_PUT
}

}  // namespace

template <typename T>
T Driver::scalar(const char* name) {
  T value = make<T>();
  Message* message = expected_;
  const FieldDescriptor* field = find(name);
  if (field->is_map()) {
    message = entry_;
    field = field->message_type()->map_value();
  }
  if constexpr (std::same_as<T, Enumeration>) {
    const auto* type = field->enum_type();
    value.number = type->value(value.number % type->value_count())->number();
    const auto* reflection = message->GetReflection();
    if (field->is_repeated()) {
      reflection->AddEnumValue(message, field, value.number);
    } else {
      reflection->SetEnumValue(message, field, value.number);
    }
  } else {
    put(*message, field, value);
  }
  return value;
}

template <typename T>
T Driver::wrapper(const char* name) {
  const T value = make<T>();
  Message* inner = submessage(name);
  put(*inner, inner->GetDescriptor()->field(0), value);
  return value;
}

template <typename T>
T Driver::key(const char* name) {
  const FieldDescriptor* field = find(name);
  const auto* reflection = expected_->GetReflection();
  const auto used = static_cast<uint64_t>(reflection->FieldSize(*expected_, field));
  entry_ = reflection->AddMessage(expected_, field);
  T value{};
  if constexpr (std::same_as<T, std::string>) {
    value = "key-" + std::to_string(used);
  } else {
    value = static_cast<T>(used);
  }
  put(*entry_, field->message_type()->map_key(), value);
  return value;
}

Message* Driver::submessage(const char* name) {
  const FieldDescriptor* field = find(name);
  if (field->is_map()) {
    return entry_->GetReflection()->MutableMessage(entry_, field->message_type()->map_value());
  }
  const auto* reflection = expected_->GetReflection();
  return field->is_repeated() ? reflection->AddMessage(expected_, field)
                              : reflection->MutableMessage(expected_, field);
}

double Driver::any(const char* name) {
  Message* any = submessage(name);
  const auto value = static_cast<double>((*random_)() % 100);
  const auto* type = any->GetDescriptor();
  put(*any, type->FindFieldByName("type_url"),
      std::string("type.googleapis.com/envoy.type.v3.Percent"));
  std::string bytes;
  if (value != 0) {
    bytes.assign(9, '\x09');
    std::memcpy(bytes.data() + 1, &value, 8);
  }
  put(*any, type->FindFieldByName("value"), bytes);
  return value;
}

Driver Driver::child(const char* field) { return Driver(*submessage(field), *random_, depth_ - 1); }

#define MESH_DRIVER(T)                        \
  template T Driver::scalar<T>(const char*);  \
  template T Driver::wrapper<T>(const char*); \
  template T Driver::key<T>(const char*);
MESH_DRIVER(bool)
MESH_DRIVER(int32_t)
MESH_DRIVER(int64_t)
MESH_DRIVER(uint32_t)
MESH_DRIVER(uint64_t)
MESH_DRIVER(float)
MESH_DRIVER(double)
MESH_DRIVER(std::string)
#undef MESH_DRIVER
template Enumeration Driver::scalar<Enumeration>(const char*);

}  // namespace mesh::schema
