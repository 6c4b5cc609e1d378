// JsonWriter: writes JSON piece by piece, without a Value.
//
//   JsonWriter json;
//   json.begin_object();
//   json.key("name").value("shop");
//   json.key("members").begin_array().value("a").value("b").end_array();
//   json.end_object();
//   std::string text = json.take();
//
// Commas, indentation and escapes are its business; balance and keys are the caller's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "libmesh/document/value.h"

namespace mesh::document {

// Appends the text as a JSON string, with quotes; what is not UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

class JsonWriter {
 public:
  // `indent` spaces a level; 0 writes one line without spaces.
  explicit JsonWriter(int indent = 0) : indent_(indent > 0 ? static_cast<size_t>(indent) : 0) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  JsonWriter& key(std::string_view key);

  JsonWriter& null();
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(double number);
  JsonWriter& value(const Value& value);
  template <typename T, std::enable_if_t<std::is_integral_v<T>, int> = 0>
  JsonWriter& value(T number) {
    if constexpr (std::is_same_v<T, bool>) {
      return raw(number ? "true" : "false");
    } else if constexpr (std::is_signed_v<T>) {
      return integer(static_cast<int64_t>(number));
    } else {
      return natural(static_cast<uint64_t>(number));
    }
  }
  // A value that is JSON already.
  JsonWriter& raw(std::string_view json);

  // Room for a text of about this size.
  void reserve(size_t bytes) { out_.reserve(bytes); }

  const std::string& text() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  JsonWriter& integer(int64_t number);
  JsonWriter& natural(uint64_t number);
  void separate();
  void new_line();

  const size_t indent_;
  std::string out_;
  std::vector<char> filled_;  // per open object or array: something stands in it
  bool after_key_ = false;
};

}  // namespace mesh::document
