// Dynamic messages from and to bytes, and Anys.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace mesh::schema {

using MessagePtr = std::unique_ptr<google::protobuf::Message>;

// An empty message of a type of envoy_pool(), or null when there is no such type.
MessagePtr new_message(std::string_view type_full_name);
// Null when there is no such type or the bytes are no such message.
MessagePtr parse_message(std::string_view type_full_name, std::string_view bytes);
MessagePtr clone(const google::protobuf::Message& message);
// Fields by number, map keys sorted.
std::string to_bytes(const google::protobuf::Message& message);

// `any` is a google.protobuf.Any.
void put_any(const std::string& url, const google::protobuf::Message& inner,
             google::protobuf::Message& any);
std::string any_url(const google::protobuf::Message& any);
std::string any_bytes(const google::protobuf::Message& any);
// What it holds; null when the type is unknown or the bytes are no such message.
MessagePtr open_any(const google::protobuf::Message& any);

}  // namespace mesh::schema
