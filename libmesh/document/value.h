// Value: one node of a YAML or JSON document, with the place where it stood.
//
// A tree of plain values; mappings keep the order of the text and never hold a key twice (the
// readers report the second one). Scalars are typed as the Kubernetes API server types them
// (yaml.h). Values are read by the typed readers of schema/ and are kept whole beside what was
// read from them, so that objects we rewrite lose nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mesh::document {

struct Position {
  uint32_t line = 0;  // 1-based; 0 is unknown
  uint32_t column = 0;
  auto operator<=>(const Position&) const = default;
};

enum class Type : uint8_t { kNull, kBool, kInt, kUint, kDouble, kString, kList, kMap };

class Value;
struct Member;
using List = std::vector<Value>;
using Map = std::vector<Member>;

class Value {
 public:
  Value();
  explicit Value(bool v);
  explicit Value(int64_t v);
  explicit Value(uint64_t v);  // only for numbers above INT64_MAX
  explicit Value(double v);
  explicit Value(std::string v);
  explicit Value(std::string_view v);
  explicit Value(const char* v);
  explicit Value(List v);
  explicit Value(Map v);
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();

  Type type() const { return static_cast<Type>(data_.index()); }
  bool is_null() const { return type() == Type::kNull; }
  bool is_string() const { return type() == Type::kString; }
  bool is_list() const { return type() == Type::kList; }
  bool is_map() const { return type() == Type::kMap; }

  const bool* if_bool() const { return std::get_if<bool>(&data_); }
  const int64_t* if_int() const { return std::get_if<int64_t>(&data_); }
  const uint64_t* if_uint() const { return std::get_if<uint64_t>(&data_); }
  const double* if_double() const { return std::get_if<double>(&data_); }
  const std::string* if_string() const { return std::get_if<std::string>(&data_); }
  const List* if_list() const { return std::get_if<List>(&data_); }
  const Map* if_map() const { return std::get_if<Map>(&data_); }
  List* if_list() { return std::get_if<List>(&data_); }
  Map* if_map() { return std::get_if<Map>(&data_); }

  // The member of a mapping, or nullptr when absent or when this is no mapping.
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  // The text of a string member, or empty.
  std::string_view string_at(std::string_view key) const;
  // Sets a member of a mapping (a null value becomes a mapping first); returns it.
  Value& set(std::string_view key, Value value);
  // Removes a member; false when there was none.
  bool erase(std::string_view key);

  // Equality of content; positions and member order do not count.
  bool operator==(const Value& other) const;

  Position position;

 private:
  std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string, List, Map> data_;
};

struct Member {
  std::string key;
  Value value;
  Position position;  // of the key
};

// Below Member, because a Value can only be made where a Member can.
inline Value::Value() = default;
inline Value::Value(bool v) : data_(v) {}
inline Value::Value(int64_t v) : data_(v) {}
inline Value::Value(uint64_t v) : data_(v) {}
inline Value::Value(double v) : data_(v) {}
inline Value::Value(std::string v) : data_(std::move(v)) {}
inline Value::Value(std::string_view v) : data_(std::string(v)) {}
inline Value::Value(const char* v) : data_(std::string(v)) {}
inline Value::Value(List v) : data_(std::move(v)) {}
inline Value::Value(Map v) : data_(std::move(v)) {}
inline Value::Value(const Value&) = default;
inline Value::Value(Value&&) noexcept = default;
inline Value& Value::operator=(const Value&) = default;
inline Value& Value::operator=(Value&&) noexcept = default;
inline Value::~Value() = default;

// "null", "boolean", "number", "string", "list" or "mapping": for messages.
std::string_view type_name(Type type);

struct Document {
  Value root;
  std::string file;  // as the caller named it; empty for memory
};

}  // namespace mesh::document
