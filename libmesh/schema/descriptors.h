// Envoy's messages for the few who must read, print or patch them: dynamic messages and JSON over
// a private descriptor pool.
//
// The descriptors (of all of Envoy, xDS and udpa; roots.txt and descriptors.txt) are embedded in
// the library and are given to a pool of our own when they are first needed. No protobuf-generated
// code is linked and nothing is registered in libprotobuf's global pool, so a host program that
// links Envoy's or Istio's messages itself lives with this library in one process.
#pragma once

#include <string>
#include <string_view>

#include "libmesh/base/result.h"

namespace google::protobuf {
class Descriptor;
class DescriptorPool;
class DynamicMessageFactory;
class Message;
}  // namespace google::protobuf

namespace mesh::schema {

// The private pool; built on first use, one file at a time as it is asked for. Threads: any.
const google::protobuf::DescriptorPool& envoy_pool();

// The factory of dynamic messages of envoy_pool(). Threads: any.
google::protobuf::DynamicMessageFactory& envoy_messages();

// The immutable default message of a type, or nullptr when there is no such type.
const google::protobuf::Message* envoy_prototype(std::string_view type_full_name);

// A serialized message as protobuf's JSON: lowerCamelCase names, enums by name, Anys expanded with
// "@type". Fields come in the order of their numbers, map keys sorted; inside an Any in the order
// of its bytes. Errors: kNotFound for an unknown type, kParse for bytes that are no such message or
// for an Any of an unknown type. Threads: any.
Result<std::string> to_json(std::string_view type_full_name, std::string_view bytes);

// The reverse: protobuf's JSON to serialized bytes. Unknown fields are errors (kParse).
Result<std::string> from_json(std::string_view type_full_name, std::string_view json);

}  // namespace mesh::schema
