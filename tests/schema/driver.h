// What the generated drivers (tests/schema/gen) call: makes up a value for a field, puts it into a
// dynamic message under the field's name, and gives it to be written by the typed writer.
#pragma once

#include <google/protobuf/message.h>

#include <concepts>
#include <cstdint>
#include <iterator>
#include <random>
#include <string>
#include <string_view>

namespace mesh::schema {

struct Enumeration {
  int32_t number;
};

class Driver {
 public:
  using Random = std::mt19937_64;

  // `only` names the one field to set (all others stay away), or is empty for a random choice.
  Driver(google::protobuf::Message& expected, Random& random, int depth, std::string_view only = {})
      : expected_(&expected), random_(&random), depth_(depth), only_(only) {}

  // How often the field's setter is to be called.
  int count(const char* field);
  // Makes up a value and keeps it.
  template <typename T>
  T scalar(const char* field);
  // The same inside a google.protobuf.*Value.
  template <typename T>
  T wrapper(const char* field);
  // A map key that was not used before; the value is put by the call that follows.
  template <typename T>
  T key(const char* field);
  // A google.protobuf.Any that holds an envoy.type.v3.Percent of this value.
  double any(const char* field);
  // For the message inside the field.
  Driver child(const char* field);

 private:
  google::protobuf::Message* submessage(const char* field);
  template <typename T>
  T make();
  const google::protobuf::FieldDescriptor* find(const char* field) const;

  google::protobuf::Message* expected_;
  Random* random_;
  int depth_;
  std::string_view only_;
  google::protobuf::Message* entry_ = nullptr;  // of a map, between key and value
};

struct WriterCase {
  std::string_view type;
  void (*write)(std::string& out, Driver& driver);
};
extern const WriterCase kWriterCases[];
extern const size_t kWriterCaseCount;

}  // namespace mesh::schema
