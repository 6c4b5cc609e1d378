#include "libmesh/base/copy_bytes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace mesh {
namespace {

// Sizes around the pieces, wherever source and target stand.
TEST(CopyBytes, AreThoseOfTheSource) {
  std::string source(3 * kLongCopy + 64, '\0');
  for (size_t i = 0; i < source.size(); ++i) source[i] = static_cast<char>(i * 7 + i / 256);
  for (size_t pieces = 0; pieces < 4; ++pieces) {
    for (size_t more = 0; more < 4; ++more) {
      for (size_t from : {size_t{0}, size_t{1}, size_t{63}}) {
        const size_t size = pieces * kLongCopy + more - (pieces > 0 ? 1 : 0);
        const std::string_view bytes =
            std::string_view(source).substr(from, std::min(size, source.size() - from));
        std::string target(bytes.size() + 2, 'x');
        EXPECT_EQ(copy_bytes(target.data() + 1, bytes), target.data() + 1 + bytes.size());
        EXPECT_EQ(target, "x" + std::string(bytes) + "x") << size << " from " << from;
      }
    }
  }
}

}  // namespace
}  // namespace mesh
