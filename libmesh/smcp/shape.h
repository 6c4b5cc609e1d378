// Shapes: which fields the types of a document have, and what a typed reader and writer make of it.
//
// Maistra's conversion works on Go structs, so every v2 document passes encoding/json first: fields
// the type does not have are lost, wrong types are refused, empty strings, lists, maps, zeros and
// false vanish unless the field is a pointer, and structs that are no pointers are written even
// when they are empty (`service: {}` of a gateway). The sections of the conversion read documents
// in that form, and what they write is brought into it. The tables are text (shapes.cc), one line
// per type, so that tests can walk them field by field.
//
//   Toleration = key:string operator:string tolerationSeconds:*int64
//   name:T   left out when empty; a struct is never empty
//   name:*T  a pointer: left out only when absent or null
//   name:!T  always written
//   [T] list, {T} map, +T the fields of T in line
// Plain types: string bool int32 int64 uint32 quantity intstr, and `any`, a map of whatever.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"

namespace mesh::smcp {

enum class Form : uint8_t {
  kString,
  kBool,
  kInt32,
  kInt64,
  kUint32,
  kQuantity,
  kIntOrString,
  kAny,
  kStruct,
  kList,
  kMap,
};

enum class Keep : uint8_t { kUnlessEmpty, kPointer, kAlways };

struct Shape;

struct Field {
  std::string_view name;
  const Shape* shape;
  Keep keep;
};

struct Shape {
  Form form = Form::kStruct;
  std::string_view name;
  const Shape* element = nullptr;  // of kList and kMap
  std::vector<Field> fields;       // of kStruct

  const Field* field(std::string_view key) const;
};

// A type of the tables by its name: "ControlPlaneSpec" (v2), "ControlPlaneSpecV1", "Toleration", …
const Shape& shape(std::string_view name);

// The value as Go's typed reader has it: unknown fields, nulls, and zero scalars that are no pointers
// are gone; numbers stand as text where text is wanted (sigs.k8s.io/yaml); lists, maps and structs
// that were given are there, also empty ones. An error names the field and what was found.
Result<document::Value> decode(const document::Value& value, const Shape& shape,
                               std::string_view path);

// A decoded value as Go's writer has it: what is empty is left out, what is always written is there.
document::Value encode(const document::Value& value, const Shape& shape);

// Both, on the map in place of which stands what was not understood: the leaves that encode writes
// are taken out of `map`, with the maps that become empty by it (decodeAndRemoveFromValues).
Result<document::Value> take_decoded(document::Value& map, const Shape& shape,
                                     std::string_view path);

}  // namespace mesh::smcp
