// What the server reads of requests itself, and what it writes of them into lines.
#include "frontends/server/request_view.h"

#include <gtest/gtest.h>

#include "frontends/server/printable.h"

namespace mesh::server {
namespace {

std::string field(int number, const std::string& bytes) {
  return std::string(1, static_cast<char>(number << 3 | 2)) +
         std::string(1, static_cast<char>(bytes.size())) + bytes;
}
std::string entry(const std::string& key, const std::string& value) {
  return field(1, field(1, key) + field(2, value));
}

TEST(RequestView, ReadsBothProtocols) {
  const std::string node = field(1, "id") + field(2, "cluster");
  const RequestView delta =
      view_request(field(1, node) + field(2, "type") + field(3, "name"), true);
  EXPECT_EQ(delta.node_id, "id");
  EXPECT_EQ(delta.type_url, "type");
  EXPECT_EQ(delta.node_metadata, "{}");
  const RequestView sotw =
      view_request(field(1, "7") + field(2, node) + field(3, "name") + field(4, "type"), false);
  EXPECT_EQ(sotw.node_id, "id");
  EXPECT_EQ(sotw.type_url, "type");
}

TEST(RequestView, GivesMetadataAsJson) {
  const std::string list = field(6, field(1, field(3, "a")) + field(1, std::string("\x08\0", 2)));
  const std::string number = "\x11" + std::string("\0\0\0\0\0\0\x45\x40", 8);  // 42
  const std::string metadata = entry("text", field(3, "line\n\"")) + entry("list", list) +
                               entry("map", field(5, entry("yes", std::string("\x20\x01", 2)))) +
                               entry("number", number) + entry("nothing", "");
  EXPECT_EQ(
      view_request(field(1, field(3, metadata)), true).node_metadata,
      R"({"text":"line\n\"","list":["a",null],"map":{"yes":true},"number":42,"nothing":null})");
}

TEST(RequestView, NoBytesAreTooWrong) {
  const std::string whole = field(1, field(1, "id") + field(3, entry("a", field(3, "b"))));
  for (size_t size = 0; size < whole.size(); ++size) view_request(whole.substr(0, size), true);
  view_request("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", false);
  std::string deep;
  for (int i = 0; i < 40; ++i) deep = field(5, field(1, field(2, deep)));
  EXPECT_EQ(view_request("", true).node_metadata, "{}");
}

struct PrintableCase {
  const char* text;
  const char* shown;
};

TEST(Printable, KeepsALineOneLine) {
  for (const PrintableCase& c :
       {PrintableCase{"plain: \xC3\xA4\xE2\x82\xAC", "plain: \xC3\xA4\xE2\x82\xAC"},
        PrintableCase{"a\nserve: b\r\t", "a\\nserve: b\\r\\t"},
        PrintableCase{"\x1b[31m\x7f", "\\x1b[31m\\x7f"},
        PrintableCase{"\xC2\x9B"
                      "0m \xC2\xA0",
                      "\\xc2\\x9b"
                      "0m \xC2\xA0"}}) {
    EXPECT_EQ(printable(c.text), c.shown);
  }
}

}  // namespace
}  // namespace mesh::server
