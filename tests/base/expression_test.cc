#include "libmesh/base/expression.h"

#include <gtest/gtest.h>

namespace mesh {
namespace {

TEST(Expressions, NamesOfGroupsAreWrittenTheOldWay) {
  EXPECT_EQ(with_old_groups("/(?<id>[0-9]+)"), "/(?P<id>[0-9]+)");
  EXPECT_EQ(with_old_groups("(?<a>x)(?<b>y)"), "(?P<a>x)(?P<b>y)");
}

TEST(Expressions, AllElseStays) {
  for (const char* same :
       {"", "(?P<id>x)", "(?<=a)b", "(?<!a)b", "(?<", "\\(?<id>x", "[(?<a>]", "[^](?<a>]",
        "[[:alpha:](?<a>]", "[a\\](?<a>]", "\\Q(?<a>\\E", "\\Q(?<a>", "a\\", "[", "[[:x"}) {
    EXPECT_EQ(with_old_groups(same), same);
  }
}

TEST(Expressions, AnyByte) {
  EXPECT_TRUE(has_any_byte("/\\C+"));
  EXPECT_FALSE(has_any_byte("/\\\\C"));
  EXPECT_FALSE(has_any_byte("\\Q\\C\\E"));
  EXPECT_FALSE(has_any_byte("C"));
}

}  // namespace
}  // namespace mesh
