// The constant tables that generated code gives to the reader (reader.h): one per message, one
// per enum. Written by the generator only.
//
// A field is reached by its offset in the struct; what cannot be done without knowing its C++ type
// (making a box's or optional's value, growing a list or map) is one function pointer, so that
// there is one reader for all messages and no code per message.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/schema/box.h"

namespace mesh::schema {

// What a value must be. The C++ type behind each is in the comment.
enum class Kind : uint8_t {
  kBool,
  kInt32,
  kInt64,
  kUint32,
  kUint64,
  kFloat,
  kDouble,
  kString,       // std::string
  kBytes,        // std::string; base64 in the document
  kEnum,         // enum class : int32_t
  kMessage,      // a generated struct
  kDuration,     // Duration
  kTimestamp,    // Timestamp
  kIntOrString,  // IntOrString
  kQuantity,     // Quantity
  kValue,        // document::Value, anything
  kStruct,       // document::Value, a mapping
};

enum class Shape : uint8_t { kSingle, kList, kMap };

struct EnumName {
  std::string_view name;
  int32_t number;
};

struct EnumTable {
  std::string_view full_name;
  std::span<const EnumName> names;  // in the order of the definition
};

struct MessageTable;

struct FieldTable {
  std::string_view json;   // the name in documents
  std::string_view proto;  // the other accepted name, or empty
  Kind kind;
  Shape shape;
  bool numeric_key;  // of a map: std::map<uint32_t, T>
  uint8_t oneof;     // 1-based index in MessageTable::oneofs; 0 is none
  uint32_t offset;
  // The place for the (next) value: of the field itself, of a new list element, or of the entry
  // `key` of a map.
  void* (*place)(void* field, std::string_view key);
  const MessageTable* message;
  const EnumTable* enumeration;
};

struct NameIndex {
  std::string_view name;
  uint16_t field;
};

struct MessageTable {
  std::string_view full_name;
  std::span<const FieldTable> fields;
  std::span<const NameIndex> names;  // sorted; both names of every field
  std::span<const std::string_view> oneofs;
};

// ---- places, by the C++ type of the field --------------------------------------------------

template <typename M>
struct Place {
  static void* at(void* field, std::string_view) { return field; }
};
template <typename T>
struct Place<std::optional<T>> {
  static void* at(void* field, std::string_view) {
    return &static_cast<std::optional<T>*>(field)->emplace();
  }
};
template <typename T>
struct Place<Box<T>> {
  static void* at(void* field, std::string_view) { return &static_cast<Box<T>*>(field)->ensure(); }
};
template <typename T>
struct Place<std::vector<T>> {
  static void* at(void* field, std::string_view) {
    return &static_cast<std::vector<T>*>(field)->emplace_back();
  }
};
template <typename T>
struct Place<std::map<std::string, T>> {
  static void* at(void* field, std::string_view key) {
    return &(*static_cast<std::map<std::string, T>*>(field))[std::string(key)];
  }
};
template <typename T>
struct Place<std::map<uint32_t, T>> {
  static void* at(void* field, std::string_view key) {
    uint32_t number = 0;  // the reader has checked the key
    std::from_chars(key.data(), key.data() + key.size(), number);
    return &(*static_cast<std::map<uint32_t, T>*>(field))[number];
  }
};

// The field with this name, JSON's or the proto's, or nullptr.
const FieldTable* find_field(const MessageTable& table, std::string_view name);

// The name of an enum's number, or empty.
std::string_view enum_text(const EnumTable& table, int32_t number);

}  // namespace mesh::schema
