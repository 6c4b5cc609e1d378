// GoValue: a value as package reflect holds it: a Go type, and the content or where to find it.
//
// Nothing of the pod, the Helm values or the MeshConfig is copied: structs, maps and slices of
// theirs are views of document::Values, decoded as far as a template looks. What functions make
// lives in the Arena of the execution. Cheap to copy; lives as long as both.
#pragma once

#include <cstdint>
#include <string_view>

#include "libmesh/document/value.h"
#include "libmesh/injection/template/arena.h"
#include "libmesh/injection/template/go_type.h"

namespace mesh::injection {

struct GoValue;

struct GoList {
  GoValue* items = nullptr;
  size_t size = 0;
};

struct GoMapEntry;

// Entries by key, so that it is also in the order in which Go's templates and printer walk maps.
struct GoMap {
  GoMapEntry* entries = nullptr;
  size_t size = 0;
  size_t capacity = 0;
};

struct GoValue {
  enum class Rep : uint32_t { kNil, kScalar, kNode, kList, kMap, kFields };

  const GoType* type = nullptr;  // null: reflect's zero Value
  Rep rep = Rep::kNil;
  uint32_t length = 0;  // of a string
  union {
    bool boolean;
    int64_t integer = 0;
    uint64_t natural;
    double number;
    const char* text;
    const document::Value* node;
    const GoList* list;
    GoMap* map;
    const GoValue* fields;  // of a struct, in the order of its type
  };

  bool valid() const { return type != nullptr; }
  GoKind kind() const { return type == nullptr ? GoKind::kInvalid : type->kind; }
  // A nil pointer, map, slice or interface; also a struct of zero values.
  bool is_nil() const { return rep == Rep::kNil; }
  // reflect's invalid value and a nil interface: what a parameter of type any sees as nil.
  bool is_nothing() const { return type == nullptr || type->kind == GoKind::kInterface; }
  std::string_view string() const { return {text, length}; }
};

struct GoMapEntry {
  std::string_view key;
  GoValue value;
};

// ---- making values --------------------------------------------------------------------------

GoValue go_bool(bool value);
GoValue go_int(int64_t value);  // int
GoValue go_typed_int(const GoType* type, int64_t value);
GoValue go_float(double value);
GoValue go_string(
    std::string_view stable);  // a text that outlives the execution or is in its arena
GoValue go_typed_string(const GoType* type, std::string_view stable);
GoValue go_nil_any();
GoValue go_zero(const GoType* type);
// A document's value seen as a type; null: the type's zero. `any` becomes what encoding/json makes.
GoValue go_view(const GoType* type, const document::Value* node);
GoValue go_list(Arena& arena, const GoType* type, const GoValue* items, size_t size);
GoValue go_strings(Arena& arena, const std::vector<std::string_view>& items);
GoValue go_map(Arena& arena, const GoType* type);

// Sets a key of a map made by go_map, in place.
void go_map_set(Arena& arena, const GoValue& map, std::string_view key, const GoValue& value);
void go_map_erase(Arena& arena, const GoValue& map, std::string_view key);

// ---- looking into values --------------------------------------------------------------------

// The target of a pointer; invalid when it is nil.
GoValue go_deref(const GoValue& value);
// Follows pointers to the end (reflect's indirect); `nil` when one was nil, which is then returned.
GoValue go_indirect(const GoValue& value, bool& nil);

size_t go_length(const GoValue& value);  // of strings, slices, maps
GoValue go_index(const GoValue& list, size_t i);
// The value of a key of a map with string keys; invalid when absent.
GoValue go_lookup(const GoValue& map, std::string_view key);
// All entries by key; the keys' type is the map's. Charged as steps.
std::vector<GoMapEntry> go_entries(Arena& arena, const GoValue& map);
GoValue go_field(const GoValue& structure, const GoField& field);

// Go's truth (text/template, isTrue) and sprig's emptiness.
bool go_truth(const GoValue& value);
bool go_empty(const GoValue& value);
// reflect.DeepEqual.
bool go_deep_equal(Arena& arena, const GoValue& a, const GoValue& b, int depth = 0);

// The type's name for messages; "<nil>" where there is none (fmt's %T).
std::string_view go_type_name(const GoValue& value);
// reflect.Kind's name: "int64", "slice", "ptr".
std::string_view go_kind_name(const GoValue& value);

}  // namespace mesh::injection
