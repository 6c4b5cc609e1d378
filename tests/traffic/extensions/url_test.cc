// URLs of Wasm modules as Go's net/url reads and writes them.
#include "libmesh/traffic/extensions/url.h"

#include <gtest/gtest.h>

namespace mesh::traffic {
namespace {

struct Row {
  const char* name;
  const char* given;
  const char* sent;  // null: no URL
};

constexpr Row kRows[] = {
    {"an image", "oci://registry.example.com/filter:v1", "oci://registry.example.com/filter:v1"},
    {"without a scheme it is an image", "ghcr.io/o/filter:v1", "oci://ghcr.io/o/filter:v1"},
    {"a scheme is small", "HTTPS://Example.com/A.wasm", "https://Example.com/A.wasm"},
    {"a query stays", "https://a.b/c?d=e f", "https://a.b/c?d=e f"},
    {"escapes stay", "https://a.b/c%20d", "https://a.b/c%20d"},
    {"what needs an escape gets one", "https://a.b/c d", "https://a.b/c%20d"},
    {"a fragment is escaped as a path is", "https://a.b/#x y", "https://a.b/#x%20y"},
    {"a path that is escaped anew is escaped whole", "https://a.b/(x) y",
     "https://a.b/%28x%29%20y"},
    {"a path alone", "/abs/path", "oci:///abs/path"},
    {"three slashes", "///x", "oci://///x"},
    {"a host without a scheme", "//a.b/c", "oci://a.b/c"},
    {"a host with a port", "http://a.b:8080/c", "http://a.b:8080/c"},
    {"a host in brackets", "http://[::1]:80/c", "http://[::1]:80/c"},
    {"a name with a colon is a scheme", "localhost:5000/filter", "localhost:5000/filter"},
    {"a number with a colon is nothing", "127.0.0.1:5000/filter", nullptr},
    {"a tag is no port", "oci://filter:latest", nullptr},
    {"a broken escape", "https://a.b/%zz", nullptr},
    {"a space in the host", "https://a b/", nullptr},
    {"no scheme before the colon", ":x", nullptr},
    {"a line end", "https://a.b/\n", nullptr},
    {"nothing", "", nullptr},
};

TEST(ModuleUrl, IsReadAndWrittenAsInGo) {
  for (const Row& row : kRows) {
    const auto url = parse_module_url(row.given);
    ASSERT_EQ(url.has_value(), row.sent != nullptr) << row.name;
    if (!url) continue;
    EXPECT_EQ(url->text, row.sent) << row.name;
    EXPECT_FALSE(url->file) << row.name;
  }
}

TEST(ModuleUrl, OfAFileOnlyThePathCounts) {
  const auto url = parse_module_url("file:///opt/a b.wasm");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->file);
  EXPECT_EQ(url->text, "/opt/a b.wasm");
}

}  // namespace
}  // namespace mesh::traffic
