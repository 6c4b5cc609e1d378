// SortedSet: a std::map by another name, whose copies do not change and whose differences are told.
#include "libmesh/index/tables/sorted_set.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

namespace mesh::index {
namespace {

struct Entry {
  struct Key {
    const std::string& operator()(const Entry& entry) const { return entry.key; }
  };
  std::string key;
  size_t value = 0;
  bool operator==(const Entry&) const = default;
};
using Set = SortedSet<Entry, Entry::Key>;
using Model = std::map<std::string, size_t>;

void expect_same(const Set& set, const Model& model) {
  ASSERT_EQ(set.size(), model.size());
  auto at = model.begin();
  size_t i = 0;
  for (const Entry& entry : set) {
    ASSERT_EQ(entry.key, at->first);
    ASSERT_EQ(entry.value, at->second);
    ASSERT_EQ(set[i++], entry);
    ++at;
  }
}

// Property: any history of set and erase gives what a std::map gives, old copies stay as they
// were, and the difference of two is exactly what differs.
TEST(SortedSet, IsAMap) {
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    auto below = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
    Set set, kept;
    Model model, kept_model;
    for (int step = 0; step < 2000; ++step) {
      std::string key = "k" + std::to_string(below(400));
      if (below(3) == 0) {
        ASSERT_EQ(set.erase(key), model.erase(key) == 1) << "seed " << seed;
      } else {
        size_t value = below(3);
        set.set({key, value});
        model[key] = value;
      }
      if (step % 100 != 0) continue;
      expect_same(kept, kept_model);
      Model found;
      Set::difference(kept, set, [&](const Entry* before, const Entry* after) {
        ASSERT_TRUE(before == nullptr || after == nullptr || !(*before == *after));
        found[(before == nullptr ? after : before)->key] = after == nullptr ? 9 : after->value;
      });
      Model wanted;
      for (const auto& [k, v] : kept_model) {
        if (!model.contains(k)) wanted[k] = 9;
      }
      for (const auto& [k, v] : model) {
        if (!kept_model.contains(k) || kept_model[k] != v) wanted[k] = v;
      }
      ASSERT_EQ(found, wanted) << "seed " << seed << " step " << step;
      kept = set;
      kept_model = model;
      EXPECT_TRUE(kept.same(set));
    }
    expect_same(set, model);
    EXPECT_EQ(set.contains("none"), false);
  }
}

TEST(SortedSet, OfSortedValues) {
  const std::vector<std::string> words = {"a", "b", "c"};
  SortedSet<std::string> set(words.begin(), words.end());
  EXPECT_EQ(set, words);
  EXPECT_EQ(std::vector<std::string>(set), words);
  set.set("aa");
  EXPECT_EQ(set, (std::vector<std::string>{"a", "aa", "b", "c"}));
}

}  // namespace
}  // namespace mesh::index
