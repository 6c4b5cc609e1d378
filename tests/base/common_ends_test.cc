#include "libmesh/base/common_ends.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace mesh {
namespace {

using List = std::vector<int>;

TEST(CommonEnds, AreFoundAtBothEnds) {
  const Apart apart = common_ends(List{1, 2, 3, 4}, List{1, 2, 7, 8, 4});
  EXPECT_EQ(apart.first, 2u);
  EXPECT_EQ(apart.before, 3u);
  EXPECT_EQ(apart.after, 4u);
}

TEST(CommonEnds, OneElementIsNotCountedTwice) {
  const Apart apart = common_ends(List{1, 1}, List{1, 1, 1});
  EXPECT_EQ(apart.first, 2u);
  EXPECT_EQ(apart.before, 2u);
  EXPECT_EQ(apart.after, 3u);
}

// What is apart, between the ends, is all that has to be replaced; and it is no longer than it must be.
TEST(CommonEnds, WhatIsApartMakesOneListOfTheOther) {
  std::mt19937 random(7);
  auto list = [&] {
    List out(random() % 6);
    for (int& each : out) each = static_cast<int>(random() % 2);
    return out;
  };
  for (int i = 0; i < 5000; ++i) {
    const List before = list();
    const List after = list();
    const Apart apart = common_ends(before, after);
    ASSERT_LE(apart.first, apart.before);
    ASSERT_LE(apart.first, apart.after);
    List made(before.begin(), before.begin() + static_cast<long>(apart.first));
    made.insert(made.end(), after.begin() + static_cast<long>(apart.first),
                after.begin() + static_cast<long>(apart.after));
    made.insert(made.end(), before.begin() + static_cast<long>(apart.before), before.end());
    EXPECT_EQ(made, after);
    if (apart.first < apart.before && apart.first < apart.after) {
      EXPECT_NE(before[apart.first], after[apart.first]);
      EXPECT_NE(before[apart.before - 1], after[apart.after - 1]);
    }
  }
}

}  // namespace
}  // namespace mesh
