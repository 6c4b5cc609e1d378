// Reads documents into generated structs, strictly and to the end.
//
// One table-driven reader serves Istio's, Kubernetes' and Maistra's messages. Every mistake becomes
// a diagnostic with object, exact field path, line and column and how to mend it; the wrong field
// is left at its default and the rest is read. null is the same as absent.
//
// What is accepted is what the API server accepts for the kind and what Istio then decodes
// (golang/protobuf jsonpb, k8s.io/apimachinery's JSON):
//  * names: for Istio's messages lowerCamelCase and the proto name; for Kubernetes and Maistra
//    exactly the JSON name;
//  * enums: by name. Their numbers only with ReadOptions::protojson (MeshConfig read from a file
//    passes no API server; there jsonpb takes numbers);
//  * integers: whole numbers (5.0 is one). Quoted numbers only with ReadOptions::protojson;
//  * durations: Go's form ("1h30m", "500ms", "5s"), as jsonpb and metav1.Duration do; within
//    protobuf's range of ±315,576,000,000 s;
//  * bytes: base64, standard or URL alphabet, padding optional.
#pragma once

#include <string>
#include <string_view>

#include "libmesh/base/diagnostics.h"
#include "libmesh/document/value.h"
#include "libmesh/schema/table.h"

namespace mesh::schema {

struct ReadOptions {
  // Fields the message does not have: an error where the API server refuses them, a warning for
  // objects of newer versions than ours.
  Severity unknown_field = Severity::kError;
  // Accept what protobuf's JSON accepts beyond the API server: enum numbers, quoted numbers.
  bool protojson = false;
};

// Where what is read comes from; taken into every diagnostic.
struct ReadContext {
  Diagnostics& diagnostics;
  std::string file;    // as given by the caller, or empty
  std::string object;  // "VirtualService shop/cart"
  std::string field;   // the path of the value that is read: "spec", or empty for a whole object
  ReadOptions options{};
};

// Reads `value` into `out` (which should be fresh) after its table. True when no diagnostic of
// severity error was added.
bool read_message(const document::Value& value, ReadContext& context, const MessageTable& table,
                  void* out);

// Reads a generated struct: read(*root.find("spec"), context, virtual_service).
template <typename T>
bool read(const document::Value& value, ReadContext& context, T& out) {
  return read_message(value, context, schema_table(static_cast<const T*>(nullptr)), &out);
}

// The field of a message that is nearest to a mistyped name, or empty when none is near.
std::string_view nearest_field(const MessageTable& table, std::string_view name);

}  // namespace mesh::schema
