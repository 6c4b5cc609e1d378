// The containers that a mesh is found by.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "libmesh/index/tables/sort_runs.h"
#include "libmesh/index/tables/text_table.h"

namespace mesh::index {
namespace {

struct TextOf {
  std::string_view operator()(const std::string& text) const { return text; }
};
using Table = TextTable<std::string, TextOf>;

std::vector<uint32_t> all(const Table& table, const std::vector<std::string>& list,
                          std::string_view text) {
  std::vector<uint32_t> out;
  for (uint32_t i = table.find(list, text); i != Table::kNone; i = table.next(i)) out.push_back(i);
  return out;
}

TEST(TextTable, FindsEveryElementInOrder) {
  std::mt19937 random(1);
  std::vector<std::string> list;
  std::map<std::string, std::vector<uint32_t>> expected;
  Table table;
  EXPECT_EQ(table.find(list, "1"), Table::kNone);
  for (uint32_t i = 0; i < 3000; ++i) {
    list.push_back(std::to_string(random() % 1000));
    EXPECT_EQ(table.add(list), !expected.contains(list.back()));
    expected[list.back()].push_back(i);
  }
  for (const auto& [text, places] : expected) ASSERT_EQ(all(table, list, text), places) << text;
  EXPECT_EQ(table.find(list, "1000"), Table::kNone);

  Table at_once;
  at_once.add_all(list);
  for (const auto& [text, places] : expected) ASSERT_EQ(all(at_once, list, text), places) << text;
}

TEST(SortRuns, SortsAnyListAndKeepsEqualElementsInOrder) {
  std::mt19937 random(2);
  using Pair = std::pair<int, size_t>;
  auto less = [](const Pair& a, const Pair& b) { return a.first < b.first; };
  for (size_t size = 0; size < 60; ++size) {
    for (int run : {1, 3, 1000}) {
      std::vector<Pair> list;
      for (size_t i = 0; i < size; ++i) {
        bool starts = i % static_cast<size_t>(run) == 0;
        int least = starts || list.empty() ? 0 : list.back().first;
        list.push_back({least + static_cast<int>(random() % 4), i});
      }
      std::vector<Pair> expected = list;
      std::stable_sort(expected.begin(), expected.end(), less);
      sort_runs(list, less);
      ASSERT_EQ(list, expected);
    }
  }
}

}  // namespace
}  // namespace mesh::index
