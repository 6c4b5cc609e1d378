// Documents as dynamic messages, read as Istio reads the value of an EnvoyFilter's patch.
//
// Istio's value is a google.protobuf.Struct that is printed as JSON and read again with golang/protobuf's
// jsonpb (pkg/config/xds/xds.go, BuildXDSObjectFromStruct). That reader has rules of its own, followed here:
// both spellings of a field's name are taken and the JSON one counts; of a oneof the last field counts;
// durations are Go's ("1m30s"); every number went through a double; a bool is no string and a string no number,
// but a number may stand in quotes; an Any's type is looked up by what follows the last slash.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libmesh/document/value.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace mesh::schema {

struct ValueFault {
  std::string path;  // below the value: "typed_config.http_filters[0]", or empty
  std::string message;
};

struct ValueFaults {
  std::optional<ValueFault> error;  // what stopped the reading: the message is then of no use
  std::vector<ValueFault> unknown;  // fields that the message does not have; they are left out
  bool ok() const { return !error.has_value(); }
};

// `out` is an empty message of envoy_pool(). Threads: any.
ValueFaults from_value(const document::Value& value, google::protobuf::Message& out);

// The message type that a type URL names: what follows its last slash.
std::string_view type_of_url(std::string_view url);

}  // namespace mesh::schema
