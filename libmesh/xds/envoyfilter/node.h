// Dynamic messages by the names of their fields, and lists that are taken out of a message to be edited.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libmesh/schema/dynamic/bytes.h"

namespace mesh::xds::envoyfilter {

using google::protobuf::Message;
using schema::MessagePtr;

// Whether a message or a member of a oneof is set, a text or number differs from its default, a list is not empty.
bool has(const Message& message, const char* field);
std::string text_at(const Message& message, const char* field);
void set_text(Message& message, const char* field, const std::string& text);
uint32_t number_at(const Message& message, const char* field);  // of a uint32
const Message& message_at(const Message& message, const char* field);
Message& mutable_at(Message& message, const char* field);
void clear(Message& message, const char* field);
std::vector<std::string> texts_at(const Message& message, const char* field);

// A repeated field's elements while they are edited; put back by give().
class Elements {
 public:
  Elements(Message& message, const char* field);
  Elements(const Elements&) = delete;
  Elements& operator=(const Elements&) = delete;
  // Those that are null are left out.
  ~Elements();

  std::vector<MessagePtr> list;

 private:
  Message& message_;
  const char* const field_;
};

}  // namespace mesh::xds::envoyfilter
