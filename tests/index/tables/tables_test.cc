// The containers that a mesh is found by.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "libmesh/index/registry/endpoint_table.h"
#include "libmesh/index/tables/chunks.h"
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

TEST(TextTable, AddsWhatIsNotThere) {
  std::mt19937 random(5);
  std::vector<std::string> list;
  std::map<std::string, uint32_t> expected;
  Table table;
  for (int i = 0; i < 3000; ++i) {
    const std::string text = std::to_string(random() % 1000);
    const auto known = expected.emplace(text, static_cast<uint32_t>(list.size()));
    ASSERT_EQ(table.find_or_add(list, text), known.first->second) << text;
    ASSERT_EQ(list.size(), expected.size());
  }
  for (const auto& [text, place] : expected) ASSERT_EQ(table.find(list, text), place) << text;
}

// What comes and goes in the middle leaves the table as one that is made of the list.
TEST(TextTable, ElementsComeAndGoAnywhere) {
  std::mt19937 random(4);
  std::vector<std::string> list;
  Table table;
  for (int turn = 0; turn < 4000; ++turn) {
    const size_t most = turn < 2000 ? 300 : 20;  // it grows, and shrinks again
    if (list.size() < random() % most) {
      const auto at = static_cast<uint32_t>(random() % (list.size() + 1));
      list.insert(list.begin() + at, std::to_string(random() % 80));
      table.insert(list, at);
    } else if (!list.empty()) {
      const auto at = static_cast<uint32_t>(random() % list.size());
      table.erase(list, at);
      list.erase(list.begin() + at);
    }
    for (int i = 0; i < 80; ++i) {
      const std::string text = std::to_string(i);
      std::vector<uint32_t> expected;
      for (uint32_t at = 0; at < list.size(); ++at) {
        if (list[at] == text) expected.push_back(at);
      }
      ASSERT_EQ(all(table, list, text), expected) << turn << " " << text;
    }
  }
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

std::vector<int> list_of(const Chunks<int>& chunks) {
  std::vector<int> out;
  for (size_t i = 0; i < chunks.size(); ++i) out.push_back(chunks[i]);
  return out;
}

// Whatever is done to a list, it is what a vector would be, and its copies stay as they were.
TEST(Chunks, AreAListWhoseCopiesStay) {
  std::mt19937 random(3);
  Chunks<int> chunks;
  std::vector<int> expected;
  std::vector<std::pair<Chunks<int>, std::vector<int>>> copies;
  for (int turn = 0; turn < 2000; ++turn) {
    const auto kind = random() % 10;
    if (kind < 5 || expected.empty()) {
      chunks.push_back(turn);
      expected.push_back(turn);
    } else if (kind < 9) {
      const size_t at = random() % expected.size();
      chunks.edit(at) = turn;
      expected[at] = turn;
    } else {
      const size_t size = expected.size() + random() % 200 - std::min<size_t>(expected.size(), 80);
      chunks.resize(size);
      expected.resize(size);
    }
    if (turn % 100 == 0) copies.emplace_back(chunks, expected);
    ASSERT_EQ(chunks.size(), expected.size());
  }
  EXPECT_EQ(list_of(chunks), expected);
  for (const auto& [copy, was] : copies) {
    EXPECT_EQ(list_of(copy), was);
    std::vector<size_t> told, differ;
    chunks.difference(copy, [&](size_t at) { told.push_back(at); });
    for (size_t i = 0; i < expected.size(); ++i) {
      if (i >= was.size() || was[i] != expected[i]) differ.push_back(i);
    }
    EXPECT_EQ(told, differ);
  }
}

TEST(Chunks, CopyNoMoreThanWhatIsWritten) {
  Chunks<int> chunks;
  chunks.resize(1000);
  Chunks<int> copy = chunks;
  EXPECT_TRUE(copy.same(chunks));
  const int* const far = &copy[999];
  copy.edit(0) = 1;
  EXPECT_FALSE(copy.same(chunks));
  EXPECT_EQ(chunks[0], 0);
  EXPECT_EQ(&copy[999], far);
}

using Sets = std::map<ServiceKey, model::EndpointSetPtr>;

Sets differing(const Sets& before, const Sets& now) {
  Sets out;
  for (const auto& [key, set] : now) {
    const auto old = before.find(key);
    if (old == before.end() ? set != nullptr : old->second != set) out[key] = set;
  }
  return out;
}

// Of tables that come from one another, and of tables that have nothing to do with each other.
TEST(EndpointTable, FindsEachSetAndTellsWhatDiffers) {
  std::mt19937 random(4);
  const auto some_key = [&] {
    return ServiceKey{"s" + std::to_string(random() % 300), "n" + std::to_string(random() % 3)};
  };
  std::vector<std::pair<EndpointTable, Sets>> states;
  for (int lineage = 0; lineage < 2; ++lineage) {
    EndpointTable table;
    Sets expected;
    for (int turn = 0; turn < 1500; ++turn) {
      const ServiceKey key = some_key();
      auto set = random() % 4 == 0 ? nullptr : std::make_shared<const model::EndpointSet>();
      table.assign(table.slot_of(key), set);
      expected[key] = set;
      if (turn % 300 == 0) states.emplace_back(table, expected);
    }
  }
  for (const auto& [table, sets] : states) {
    for (const auto& [key, set] : sets) ASSERT_EQ(table.find(key.hostname, key.ns), set.get());
    EXPECT_EQ(table.find("none", "n0"), nullptr);
    for (const auto& [other, others] : states) {
      Sets told;
      table.difference(other, [&](const ServiceKey& key, const auto& set) { told[key] = set; });
      Sets expected = differing(others, sets);
      for (const auto& [key, set] : others) {
        if (set != nullptr && sets.count(key) == 0) expected[key] = nullptr;
      }
      ASSERT_EQ(told, expected);
    }
  }
}

}  // namespace
}  // namespace mesh::index
