#include "libmesh/smcp/path.h"

#include <gtest/gtest.h>

#include <string>

#include "libmesh/document/yaml.h"

namespace mesh::smcp {
namespace {

Value yaml(std::string_view text) {
  Diagnostics diagnostics;
  auto documents = document::read_yaml(text, "", diagnostics);
  return documents.empty() ? Value() : documents.front().root;
}

struct Fixture {
  explicit Fixture(std::string_view text) : root(yaml(text)), tree(root, faults) {}
  Value root;
  Faults faults;
  Tree tree;
};

TEST(Path, AnEmptyPieceIsAPiece) {
  EXPECT_EQ(split_path("a..b"), (Path{"a", "", "b"}));
  EXPECT_EQ(split_path(""), (Path{""}));
}

TEST(Path, NothingBelowNullIsNoMistake) {
  Fixture f("a: null");
  EXPECT_EQ(f.tree.find("a.b.c"), nullptr);
  EXPECT_FALSE(f.faults.any());
}

TEST(Path, ReadingThroughAScalarIsAMistakeThatNamesIt) {
  Fixture f("a: {b: text}");
  EXPECT_EQ(f.tree.get_bool("a.b.c"), std::nullopt);
  EXPECT_EQ(f.faults.first(),
            ".a.b.c accessor error: text is of the type string, expected map[string]interface{}");
}

TEST(Path, AWrongTypeIsAMistakeAndStays) {
  Fixture f("a: {b: {c: 1, d: [x, 2]}}");
  EXPECT_EQ(f.tree.take_string("a.b"), std::nullopt);
  EXPECT_EQ(f.faults.first(),
            "a.b accessor error: map[c:1 d:[x 2]] is of the type map[string]interface {}, "
            "expected string");
  EXPECT_NE(at(f.root, "a.b"), nullptr);
}

TEST(Path, ANullCountsAsMissingAndIsTaken) {
  Fixture f("a: null");
  EXPECT_EQ(f.tree.take_string("a"), std::nullopt);
  EXPECT_FALSE(f.faults.any());
  EXPECT_TRUE(f.tree.empty());
}

TEST(Path, IntegersAndFloatsAreDifferent) {
  Fixture f("{i: 5, d: 5.5}");
  EXPECT_EQ(f.tree.get_int("i"), 5);
  EXPECT_EQ(f.tree.get_double("d"), 5.5);
  EXPECT_EQ(f.tree.get_string_or_number("i"), "5");
  EXPECT_EQ(f.tree.get_string_or_number("d"), "5.5");
  EXPECT_EQ(f.tree.get_int("d"), std::nullopt);
  EXPECT_EQ(f.faults.first(), "d accessor error: 5.5 is of the type float64, expected int64");
}

TEST(Path, AfterAMistakeNothingIsReadOrWritten) {
  Fixture f("{a: 1, b: true}");
  EXPECT_EQ(f.tree.take_string("a"), std::nullopt);
  EXPECT_EQ(f.tree.take_bool("b"), std::nullopt);
  f.tree.set("c", Value(1.0));
  EXPECT_EQ(f.root, yaml("{a: 1, b: true}"));
}

TEST(Path, WritingGoesThroughMappingsOnly) {
  Fixture f("{a: text}");
  f.tree.set("x.k", Value("z"));
  EXPECT_EQ(f.root, yaml("{a: text, x: {k: z}}"));
  f.tree.set("a.b", Value("z"));
  EXPECT_EQ(f.faults.first(), "value cannot be set because .a is not a map[string]interface{}");
}

// Upstream reads a null mapping as a missing one and then cannot write to it.
TEST(Path, ANullBecomesTheMappingThatIsWrittenTo) {
  Fixture f("{a: null}");
  f.tree.set("a.b", Value("z"));
  EXPECT_EQ(f.root, yaml("{a: {b: z}}"));
}

TEST(Path, RemovingLeavesEmptyMappings) {
  Fixture f("{a: {b: 1}}");
  f.tree.remove("a.b");
  f.tree.remove("a.c.d");
  EXPECT_EQ(f.root, yaml("{a: {}}"));
}

TEST(Path, OverwritingMergesMappingsAndReplacesTheRest) {
  Fixture f("{a: {b: [1], keep: x}}");
  f.tree.overwrite(yaml("{a: {b: [2, 3], none: null, empty: {}}}"));
  EXPECT_EQ(f.root, yaml("{a: {b: [2, 3], keep: x, none: null}}"));
}

TEST(Path, RemovingAllTakesTheMappingsThatBecomeEmpty) {
  Fixture f("{a: {b: {c: 1}, d: 2}}");
  f.tree.remove_all(yaml("{a: {b: {c: 9}}}"));
  EXPECT_EQ(f.root, yaml("{a: {d: 2}}"));
}

TEST(Path, WholeFloatsBecomeIntegers) {
  Value value = yaml("{a: 100.0, b: [0.5, 1e3], c: 1e300}");
  normalize_numbers(value);
  EXPECT_EQ(at(value, "a")->type(), document::Type::kInt);
  EXPECT_EQ(at(value, "b")->if_list()->at(0).type(), document::Type::kDouble);
  EXPECT_EQ(at(value, "b")->if_list()->at(1).type(), document::Type::kInt);
  EXPECT_EQ(at(value, "c")->type(), document::Type::kDouble);
}

}  // namespace
}  // namespace mesh::smcp
