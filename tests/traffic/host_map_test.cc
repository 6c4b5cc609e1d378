#include "libmesh/traffic/host_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace mesh::traffic {
namespace {

// The rule as it is written: the exact name, else the longest wildcard that stands for all that the name does.
const int* expected(const std::vector<std::pair<std::string, int>>& all, const std::string& name) {
  const int* best = nullptr;
  size_t length = 0;
  for (const auto& [host, value] : all) {
    if (host == name) return &value;
    if (host.front() != '*') continue;
    const std::string rest = host.substr(1);
    const std::string of = name.front() == '*' ? name.substr(1) : name;
    if (!of.ends_with(rest) || host.size() <= length) continue;
    length = host.size();
    best = &value;
  }
  return best;
}

TEST(HostMap, MostSpecificHost) {
  std::mt19937 random(3);
  const auto host = [&] {
    std::string out = random() % 3 == 0 ? "*" : "";
    for (auto parts = 1 + random() % 3; parts > 0; --parts) {
      out += std::string(1, "abc"[random() % 3]) + (parts > 1 ? "." : "");
    }
    return out;
  };
  for (int turn = 0; turn < 300; ++turn) {
    std::vector<std::pair<std::string, int>> all;
    for (int i = 0; i < 12; ++i) {
      const std::string next = random() % 8 == 0 ? "*" : host();
      const bool known =
          std::ranges::find(all, next, &std::pair<std::string, int>::first) != all.end();
      if (!known) all.emplace_back(next, i);
    }
    HostMap<int> map;
    EXPECT_TRUE(map.empty());
    for (const auto& [name, value] : all) {
      if (random() % 2 == 0) {
        map.at(name) = value;
      } else {
        map.insert(name, value);
      }
      map.insert(name, -1);  // the first one stays
    }
    EXPECT_FALSE(map.empty());
    for (int i = 0; i < 60; ++i) {
      const std::string name = host();
      const int* const wanted = expected(all, name);
      const int* const found = map.match(name);
      ASSERT_EQ(found == nullptr, wanted == nullptr) << turn << " " << name;
      if (found != nullptr) ASSERT_EQ(*found, *wanted) << turn << " " << name;
    }
  }
}

}  // namespace
}  // namespace mesh::traffic
