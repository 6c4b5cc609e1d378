// View: a message of Envoy's being read, field by field, by the names that its .proto gives them.
//
//   View route("envoy.config.route.v3.Route", bytes);
//   route.at("match").text("prefix")
//
// It reads the bytes where they lie, each time anew: nothing is built of a message of which a walk asks three fields, and
// an Any is opened in place. The bytes stay as long as the View. A singular field that is written twice reads as
// its last one: neither our writers nor libprotobuf write one twice.
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
#include "libmesh/schema/wire.h"

namespace google::protobuf {
class Descriptor;
class FieldDescriptor;
}  // namespace google::protobuf

namespace mesh::testing {

class View {
 public:
  View() = default;
  View(const google::protobuf::Descriptor* type, std::string_view bytes)
      : type_(type), bytes_(bytes) {}
  // Of nothing, when Envoy has no such type.
  View(std::string_view type, std::string_view bytes);

  explicit operator bool() const { return type_ != nullptr; }
  std::string_view type() const;  // "envoy.config.route.v3.Route"; empty of nothing
  std::string_view bytes() const { return bytes_; }

  bool has(std::string_view field) const;
  View at(std::string_view field) const;
  std::string text(std::string_view field) const;
  std::string_view raw(std::string_view field) const;  // a text where it lies
  uint64_t number(std::string_view field) const;       // integers, enums and bools
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
    Elements elements(*this, field);
    while (const View next = elements.next()) visit(next);
  }

 private:
  // The messages of a repeated field, in their order.
  class Elements {
   public:
    Elements(View view, std::string_view field);
    View next();

   private:
    const google::protobuf::Descriptor* type_ = nullptr;
    uint32_t number_ = 0;
    wire::Reader reader_;
  };
  const google::protobuf::FieldDescriptor* find(std::string_view field) const;

  const google::protobuf::Descriptor* type_ = nullptr;
  std::string_view bytes_;
};

// What an Any holds.
struct Opened {
  std::string type;                        // its full name, also when it could not be read
  View message;                            // of nothing: of a type that is not known
  std::shared_ptr<const std::string> own;  // the message's bytes, when they do not lie in the Any
};
// `any` may be of nothing. A TypedStruct is read as the type that it names.
Opened open(View any);

// google.protobuf.Struct
document::Value to_value(View structure);

// envoy.type.v3.FractionalPercent, in percent.
double percent(View fraction);

}  // namespace mesh::testing
