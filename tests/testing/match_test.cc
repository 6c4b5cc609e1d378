// What `expect` means: partial mappings, lists in any order, operators.
#include "libmesh/testing/suite/match.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "libmesh/document/read.h"

namespace mesh::testing {
namespace {

document::Value value(std::string_view yaml) {
  Diagnostics problems;
  const auto read = document::read_any(yaml, "", problems);
  EXPECT_TRUE(problems.empty()) << yaml;
  return read.empty() ? document::Value() : read.front().root;
}

struct Row {
  std::string_view rule;
  std::string_view expected;
  std::string_view answer;
  std::string_view wrong;  // path and message of what is missed; empty: it fits
};

TEST(Match, Rules) {
  const std::vector<Row> rows = {
      {"members that are not named do not count", "a: 1", "{a: 1, b: 2}", ""},
      {"a member differs", "a: 1", "{a: 2}", "a: differs"},
      {"a member is not there", "a: {b: 1}", "{a: {}}", "a.b: is not there"},
      {"numbers are compared as numbers", "a: 1", "{a: 1.0}", ""},
      {"a text is no number", "a: '1'", "{a: 1}", "a: differs"},
      {"null expects nothing", "a: null", "{b: 1}", ""},
      {"null meets something", "a: null", "{a: 1}", "a: is there"},
      {"lists in any order", "a: [1, 2]", "{a: [2, 1]}", ""},
      {"lists have the same length", "a: [1]", "{a: [1, 2]}", "a: has 2 elements, not 1"},
      {"elements may be partial", "a: [{n: x}, {n: y}]", "{a: [{n: y, w: 1}, {n: x, w: 2}]}", ""},
      {"an element that fits two yields to one that fits one", "a: [{}, {n: x}]",
       "{a: [{n: x}, {n: y}]}", ""},
      {"the one element that is left is compared", "a: [{n: x, w: 1}, {n: y, w: 2}]",
       "{a: [{n: y, w: 2}, {n: x, w: 3}]}", "a[1].w: differs"},
      {"no element fits", "a: [1, 2]", "{a: [1, 4]}", "a: has no such element"},
      {"$contains of a list", "a: {$contains: [2]}", "{a: [1, 2]}", ""},
      {"$contains of a list needs each one", "a: {$contains: [2, 2]}", "{a: [1, 2]}",
       "a: has no such element"},
      {"$contains of a text", "a: {$contains: bc}", "{a: abcd}", ""},
      {"$contains of a text misses", "a: {$contains: x}", "{a: abcd}", "a: does not contain this"},
      {"$inOrder", "a: {$inOrder: [1, 2]}", "{a: [1, 3]}", "a[1]: differs"},
      {"$matches is of the whole text", "a: {$matches: 'b.'}", "{a: abc}", "a: does not match"},
      {"$matches", "a: {$matches: 'a.*'}", "{a: abc}", ""},
      {"$not", "a: {$not: 1}", "{a: 2}", ""},
      {"$not meets it", "a: {$not: 1}", "{a: 1}", "a: is so"},
      {"$not of what is not there", "a: {$not: 1}", "{}", ""},
      {"$anyOf", "a: {$anyOf: [1, 2]}", "{a: 2}", ""},
      {"$anyOf misses", "a: {$anyOf: [1, 2]}", "{a: 3}", "a: is none of these"},
      {"$absent", "a: {$absent: true}", "{a: 1}", "a: is there"},
      {"$absent: false", "a: {$absent: false}", "{}", "a: is not there"},
      {"$length", "a: {$length: 2}", "{a: [1, 2]}", ""},
      {"$length within bounds", "a: {$length: {$atLeast: 3}}", "{a: [1, 2]}", "a.length: is less"},
      {"$atMost", "a: {$atMost: 1}", "{a: 2}", "a: is more"},
      {"an operator of a text that is none", "a: {$atMost: 1}", "{a: x}", "a: is more"},
      {"a text has no bounds that it could not keep", "a: {$not: {$atLeast: 5}}", "{a: x}",
       "a: is nothing of which this can be said"},
      {"nothing has no bounds either", "a: {$not: {$atMost: 5}}", "{}",
       "a: is nothing of which this can be said"},
      {"a number keeps to a bound or not", "a: {$not: {$atLeast: 5}}", "{a: 4}", ""},
      {"a number has no letters", "a: {$not: {$matches: x}}", "{a: 4}",
       "a: is nothing of which this can be said"},
      {"a mapping has no parts", "a: {$not: {$contains: x}}", "{a: {}}",
       "a: is nothing of which this can be said"},
      {"a number has no length", "a: {$length: 0}", "{a: 7}", "a: has no length"},
      {"a boolean has no length", "a: {$length: 0}", "{a: true}", "a: has no length"},
      {"an empty list has one", "a: {$length: 0}", "{a: []}", ""},
      {"elements yield in a row", "a: [{$anyOf: [1, 2]}, {$anyOf: [2, 3]}, {$anyOf: [3, 4]}, 1]",
       "{a: [1, 2, 3, 4]}", ""},
      {"a mapping is no list", "a: [1]", "{a: {b: 1}}", "a: is no list"},
  };
  for (const Row& row : rows) {
    const auto wrong = match(value(row.expected), value(row.answer));
    const std::string first = wrong.empty() ? "" : wrong[0].path + ": " + wrong[0].message;
    EXPECT_EQ(first, row.wrong) << row.rule;
    EXPECT_LE(wrong.size(), 1U) << row.rule;
  }
}

// Each expected element yields to the next, over the whole list; and where none fits, all are told in few lines.
TEST(Match, LongListsAreMatched) {
  constexpr int64_t kMany = 500;
  document::List there;
  document::List expected;
  for (int64_t i = 0; i < kMany; ++i) {
    there.emplace_back(i);
    document::Value either;
    document::List both;
    both.emplace_back(i);
    if (i + 1 < kMany) both.emplace_back(i + 1);
    either.set("$anyOf", document::Value(std::move(both)));
    expected.push_back(std::move(either));
  }
  const document::Value answer(std::move(there));
  std::reverse(expected.begin(), expected.end());
  EXPECT_TRUE(match(document::Value(expected), answer).empty());
  expected.assign(static_cast<size_t>(kMany), document::Value("x"));
  const auto wrong = match(document::Value(expected), answer);
  ASSERT_EQ(wrong.size(), 11U);
  EXPECT_EQ(wrong.back().message, "has 490 more such elements not");
}

TEST(Match, WhatTakesTooLongIsTold) {
  const document::Value many(document::List(3'000, document::Value(int64_t{1})));
  document::List others(3'000, document::Value(int64_t{2}));
  document::Value never;
  never.set("$not", document::Value(std::move(others)));
  const auto wrong = match(never, many);
  ASSERT_FALSE(wrong.empty());
  EXPECT_TRUE(wrong.front().message.starts_with("is not compared to its end"))
      << wrong.front().message;
}

TEST(Match, ExpectationsAreChecked) {
  const std::vector<std::pair<std::string_view, std::string_view>> rows = {
      {"a: {$contians: [1]}", "a.$contians: is no operator (did you mean \"$contains\"?)"},
      {"a: {$not: 1, b: 2}",
       "a.$not: stands beside other keys (an operator stands alone in its mapping)"},
      {"a: {$matches: '['}", "a.$matches: is no regular expression: missing ]: [ ()"},
      {"a: [{$anyOf: 1}]", "a[0].$anyOf: takes a list ()"},
      {"a: {$contains: ''}", "a.$contains: is empty, and so in everything ()"},
      {"a: {$contains: []}", "a.$contains: is empty, and so in everything ()"},
      {"a: {$atLeast: x}", "a.$atLeast: takes a number ()"},
  };
  for (const auto& [text, told] : rows) {
    Diagnostics found;
    FieldContext context{"", "", found};
    check_expectation(value(text), "", context);
    ASSERT_EQ(found.size(), 1U) << text;
    EXPECT_EQ(found[0].field + ": " + found[0].message + " (" + found[0].mend + ")", told);
  }
}

}  // namespace
}  // namespace mesh::testing
