// View: a message of Envoy's being read, field by field, by the names that its .proto gives them.
//
//   View route(message);
//   route.at("match").text("prefix")
//
// What is not set reads as the empty value, and a View of nothing has nothing set, so that a chain of at() needs no
// question between. A field that the message type does not have is a mistake of the caller's: an assertion.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/document/value.h"

namespace google::protobuf {
class FieldDescriptor;
class Message;
}  // namespace google::protobuf

namespace mesh::testing {

class View {
 public:
  View() = default;
  explicit View(const google::protobuf::Message* message) : message_(message) {}

  explicit operator bool() const { return message_ != nullptr; }
  std::string type() const;  // "envoy.config.route.v3.Route"; empty of nothing

  bool has(std::string_view field) const;
  View at(std::string_view field) const;
  std::string text(std::string_view field) const;
  uint64_t number(std::string_view field) const;  // integers, enums and bools
  double real(std::string_view field) const;
  bool flag(std::string_view field) const { return number(field) != 0; }
  // google.protobuf.UInt32Value, BoolValue, …
  std::optional<uint64_t> wrapped(std::string_view field) const;
  bool wrapped_flag(std::string_view field, bool otherwise) const;
  // google.protobuf.Duration
  std::optional<uint64_t> milliseconds(std::string_view field) const;
  // The member of a oneof that is set; empty: none.
  std::string_view which(std::string_view oneof) const;

  std::vector<std::string> texts(std::string_view field) const;
  std::vector<uint64_t> numbers(std::string_view field) const;  // of uint32
  size_t size(std::string_view field) const;
  // The entries of a map are messages with "key" and "value".
  View element(std::string_view field, size_t place) const;
  template <typename F>
  void each(std::string_view field, F&& visit) const {
    const size_t count = size(field);
    for (size_t i = 0; i < count; ++i) visit(element(field, i));
  }

  std::string bytes() const;  // serialized

 private:
  const google::protobuf::FieldDescriptor* find(std::string_view field) const;

  const google::protobuf::Message* message_ = nullptr;
};

using MessageHolder = std::shared_ptr<const google::protobuf::Message>;

// What an Any holds.
struct Opened {
  std::string type;       // its full name, also when it could not be read
  MessageHolder message;  // null: of a type that is not known, or no such message
  View view() const { return View(message.get()); }
};
// `any` may be of nothing. A TypedStruct is read as the type that it names.
Opened open(View any);

// google.protobuf.Struct
document::Value to_value(View structure);

// envoy.type.v3.FractionalPercent, in percent.
double percent(View fraction);

}  // namespace mesh::testing
