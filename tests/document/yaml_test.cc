#include "libmesh/document/yaml.h"
#include "libmesh/base/codes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "libmesh/document/read.h"
#include "tests/document/reading.h"

namespace mesh::document {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Yaml, EveryDocumentOfAStreamIsReadAndEmptyOnesAreSkipped) {
  const Read result = read(
      "# only a comment\n---\na: 1\n---\n---\n# nothing\n--- # again\nb: 2\n...\nc: 3\n---\n~\n");
  EXPECT_EQ(result.json, "{\"a\":1}\n{\"b\":2}\n{\"c\":3}\n");
  EXPECT_THAT(result.found, IsEmpty());
  EXPECT_EQ(result.documents.at(0).file, "t.yaml");
}

TEST(Yaml, NothingHasNoDocument) {
  for (const char* text :
       {"", "\n", "---", "---\n---\n", "# c", "\xEF\xBB\xBF", " \t\n", "...\n"}) {
    const Read result = read(text);
    EXPECT_THAT(result.documents, IsEmpty()) << text;
    EXPECT_THAT(result.found, IsEmpty()) << text;
  }
}

TEST(Yaml, KubernetesTypesScalars) {
  const Read result = read(
      "quoted: \"true\"\nbare: y\nno: no\nport: 0o17\nmode: 0644\nversion: 1.10\nsize: 1_000\n"
      "when: 2001-01-01\nnothing:\ntext: |\n  1\n");
  EXPECT_EQ(result.json,
            "{\"quoted\":\"true\",\"bare\":true,\"false\":false,\"port\":15,\"mode\":420,"
            "\"version\":1.1,\"size\":1000,\"when\":\"2001-01-01\",\"nothing\":null,"
            "\"text\":\"1\\n\"}\n");
}

TEST(Yaml, EveryKeyAndValueHasItsPlace) {
  const Read result = read("# c\nspec:\n  hosts: [a, \"é\", b]\n  http:\n  - name: x\n---\nk: v\n");
  const Value& root = result.documents.at(0).root;
  EXPECT_EQ(root.position, (Position{2, 1}));
  EXPECT_EQ(root.if_map()->at(0).position, (Position{2, 1}));
  const Value& hosts = *root.find("spec")->find("hosts");
  EXPECT_EQ(hosts.position, (Position{3, 10}));
  EXPECT_EQ(hosts.if_list()->at(1).position, (Position{3, 14}));
  EXPECT_EQ(hosts.if_list()->at(2).position, (Position{3, 19})) << "columns count characters";
  const Map& http = *root.find("spec")->find("http")->if_list()->at(0).if_map();
  EXPECT_EQ(http.at(0).position, (Position{5, 5}));
  EXPECT_EQ(http.at(0).value.position, (Position{5, 11}));
  EXPECT_EQ(result.documents.at(1).root.find("k")->position, (Position{7, 4}));
}

TEST(Yaml, AnchorsAreExpandedAndMergesOverrideWhatStandsAbove) {
  const Read result = read(
      "base: &b {x: 1, z: 2}\none:\n  <<: *b\n  x: 3\ntwo:\n  x: 3\n  <<: *b\n"
      "list: [*b, *b]\n");
  EXPECT_EQ(result.json,
            "{\"base\":{\"x\":1,\"z\":2},\"one\":{\"z\":2,\"x\":3},\"two\":{\"x\":1,\"z\":2},"
            "\"list\":[{\"x\":1,\"z\":2},{\"x\":1,\"z\":2}]}\n");
  EXPECT_THAT(result.found, IsEmpty());
}

TEST(Yaml, AnAnchorEndsWithItsDocument) {
  EXPECT_THAT(read("a: &x 1\n---\nb: *x\n").found, ElementsAre("3:4 syntax"));
}

TEST(Yaml, OfDuplicateKeysTheLastCountsAndEachIsReported) {
  const Read result = read("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n  c: 4\na: 5\n");
  EXPECT_EQ(result.json, "{\"b\":{\"d\":2,\"c\":4},\"a\":5}\n");
  EXPECT_THAT(result.found,
              ElementsAre("5:3 duplicate-key", "6:3 duplicate-key", "7:1 duplicate-key"));
  EXPECT_EQ(result.diagnostics[0].field, "b");
  EXPECT_THAT(result.diagnostics[0].message, HasSubstr("\"c\" stands already on line 3"));
}

TEST(Yaml, KeysAreDuplicatesByTheirText) {
  EXPECT_THAT(read("1: a\n'1': b\n").found, ElementsAre("2:1 duplicate-key"));
  EXPECT_THAT(read("yes: a\n\"true\": b\n").found, ElementsAre("2:1 duplicate-key"));
}

TEST(Yaml, DuplicatesAreFoundInLargeMappings) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "key" + std::to_string(i) + ": 1\n";
  EXPECT_THAT(read(text).found, IsEmpty());
  EXPECT_THAT(read(text + "key500: 2\n").found, ElementsAre("1001:1 duplicate-key"));
}

TEST(Yaml, AMistakeCostsOneDocument) {
  const Read result = read("a: 1\n---\nb: [1,\n---\nc: 3\n---\n\"d\n---\ne: {\n---\nf: 6\n");
  EXPECT_EQ(result.json, "{\"a\":1}\n{\"c\":3}\n{\"f\":6}\n");
  EXPECT_THAT(result.found, ElementsAre("4:1 syntax", "8:1 syntax", "10:1 syntax"));
}

TEST(Yaml, ADiagnosticNamesFileFieldAndLine) {
  const Read result = read("---\nspec:\n  http:\n  - route: [1,\n      2\n  x: 1\n");
  ASSERT_EQ(result.diagnostics.size(), 1u);
  EXPECT_EQ(result.diagnostics[0].file, "t.yaml");
  EXPECT_EQ(result.diagnostics[0].field, "spec.http[0].route");
  EXPECT_THAT(result.diagnostics[0].message, HasSubstr("that begins on line 4"));
}

TEST(Yaml, WindowsLineEndsAndByteOrderMarksAreTaken) {
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "a: 1\r\nb: |\r\n  x\r\n  y\r\n---\r\nc: 2\r\n")
                .json,
            "{\"a\":1,\"b\":\"x\\ny\\n\"}\n{\"c\":2}\n");
}

TEST(Yaml, TabsAreSaidByName) {
  const Read result = read("a:\n\tb: 1\n---\nok: 1\n");
  EXPECT_EQ(result.json, "{\"ok\":1}\n");
  ASSERT_EQ(result.diagnostics.size(), 1u);
  EXPECT_EQ(result.diagnostics[0].line, 2u);
  EXPECT_THAT(result.diagnostics[0].message, HasSubstr("tab"));
  EXPECT_EQ(result.diagnostics[0].mend, "indent with spaces");
}

TEST(Yaml, OtherEncodingsAreRefused) {
  EXPECT_THAT(read(std::string("\xFF\xFE"
                               "a\0:\0",
                               6))
                  .found,
              ElementsAre("1:1 syntax"));
  EXPECT_THAT(read("a: 1\n---\nb: \"\xC3\x28\"\n---\nc: 1\n").found, ElementsAre("3:5 syntax"));
  EXPECT_THAT(read("a: \"\xED\xA0\x80\"\n").found, ElementsAre("1:5 syntax")) << "a surrogate";
}

TEST(Yaml, WhatJsonCannotSayIsRefused) {
  EXPECT_THAT(read("a: .inf\n").found, ElementsAre("1:4 wrong-type"));
  EXPECT_THAT(read("~: 1\n").found, ElementsAre("1:1 wrong-type"));
  EXPECT_THAT(read("a: !!int x\n").found, ElementsAre("1:4 wrong-type"));
  EXPECT_THAT(read("? [a]\n: 1\n").found, ElementsAre("1:3 syntax"));
  EXPECT_THAT(read("? {a: 1}\n: 1\n").found, ElementsAre("1:3 syntax"));
}

TEST(Yaml, MergesTakeMappingsOnly) {
  for (const char* text : {"<<: 1\n", "<<: [1]\n", "<<:\na: 1\n", "x: &x [{}]\ny: {<<: *x}\n"}) {
    const Read result = read(text);
    ASSERT_EQ(result.diagnostics.size(), 1u) << text;
    EXPECT_EQ(result.diagnostics[0].code, Code::kWrongType) << text;
    EXPECT_THAT(result.documents, IsEmpty()) << text;
  }
}

TEST(Yaml, AliasesThatContainThemselvesAreRefused) {
  EXPECT_THAT(read("a: &a [*a]\n").found, ElementsAre("1:8 syntax"));
  EXPECT_THAT(read("a: &a {b: {<<: *a}}\n").found, ElementsAre("1:16 syntax"));
}

TEST(Yaml, ExpansionIsBounded) {
  std::string laughs = "a0: &a0 [lol,lol,lol,lol,lol,lol,lol,lol,lol]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string above = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + above;
    for (int n = 0; n < 8; ++n) laughs += "," + above;
    laughs += "]\n";
  }
  const auto begin = std::chrono::steady_clock::now();
  const Read result = read(laughs);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  ASSERT_EQ(result.diagnostics.size(), 1u);
  EXPECT_EQ(result.diagnostics[0].code, Code::kLimit);
}

TEST(Yaml, ALongStringIsNotMultipliedWithoutBound) {
  std::string text = "a: &a " + std::string(1 << 20, 'x') + "\nb:\n";
  for (int i = 0; i < 200; ++i) text += "- *a\n";
  const Read result = read(text);
  ASSERT_EQ(result.diagnostics.size(), 1u);
  EXPECT_EQ(result.diagnostics[0].code, Code::kLimit);
}

TEST(Yaml, DepthIsBounded) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_THAT(read(nested(256)).found, IsEmpty());
  EXPECT_THAT(read(nested(257)).found, ElementsAre("1:257 limit"));
  EXPECT_THAT(read(std::string(100'000, '[')).found, ElementsAre("1:257 limit"));
  std::string block;
  for (size_t i = 0; i < 300; ++i) block += std::string(i, ' ') + "a:\n";
  EXPECT_THAT(read(block).found, ElementsAre("257:257 limit"));
}

TEST(Yaml, AliasesDoNotEvadeTheDepth) {
  const std::string open(200, '[');
  const std::string close(200, ']');
  EXPECT_THAT(read("a: &a " + open + close + "\nb: " + open + "*a" + close + "\n").found,
              ElementsAre("2:204 limit"));
}

TEST(Yaml, SizeAndNodesAreBounded) {
  EXPECT_THAT(read("a: 1\nb: 2\n", Limits{.bytes = 9}).found, ElementsAre("1:1 limit"));
  EXPECT_THAT(read("[1, 2, 3]\n", Limits{.nodes = 3}).found, ElementsAre("1:8 limit"));
  EXPECT_THAT(read("[1, 2]\n", Limits{.nodes = 3}).found, IsEmpty());
  const Read result = read("a: 1\n---\n[1, 2, 3]\n---\nb: 1\n", Limits{.nodes = 4});
  EXPECT_EQ(result.json, "{\"a\":1}\n") << "what follows the limit is not read";
}

TEST(Yaml, LongInputsTakeLinearTime) {
  // Each of these was quadratic in some YAML parser.
  const size_t n = 100'000;
  std::string keys;
  for (size_t i = 0; i < n; ++i) keys += "a" + std::to_string(i) + ": 1\n";
  std::string flow = "{";
  for (size_t i = 0; i < n; ++i) flow += "a" + std::to_string(i) + ": 1, ";
  flow += "}";
  std::string comments;
  for (size_t i = 0; i < n; ++i) comments += "# c\n";
  std::string documents;
  for (size_t i = 0; i < n; ++i) documents += "---\n";
  const std::string quoted = "\"" + std::string(n, '\n') + "\"";
  for (const std::string& text :
       {keys, flow, comments, documents, quoted, std::string(n, ','), std::string(n, '-'),
        std::string(n, '&'), std::string(n, ':'), std::string(n, '?') + "\n"}) {
    const auto begin = std::chrono::steady_clock::now();
    read(text);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20))
        << text.substr(0, 20);
  }
}

TEST(ReadAny, TellsJsonFromYaml) {
  const auto any = [](std::string_view text) {
    Diagnostics diagnostics;
    std::string json = as_json(read_any(text, "t", diagnostics));
    for (const std::string& place : places(diagnostics)) json += place + "\n";
    return json;
  };
  EXPECT_EQ(any(" {\"a\": 1}"), "{\"a\":1}\n");
  EXPECT_EQ(any("[1, \"no\"]"), "[1,\"no\"]\n");
  EXPECT_EQ(any("a: 1"), "{\"a\":1}\n");
  EXPECT_EQ(any("{a: no}"), "{\"a\":false}\n") << "flow mappings are YAML";
  EXPECT_EQ(any("{\"a\": 1}\n---\n{\"b\": 2}\n"), "{\"a\":1}\n{\"b\":2}\n");
  EXPECT_EQ(any("{\"a\": 1, \"a\": 2}"), "{\"a\":2}\n1:10 duplicate-key\n");
  EXPECT_EQ(any("{\"a\": [1,\n  2}"), "2:4 syntax\n");
  EXPECT_EQ(any(""), "");
}

}  // namespace
}  // namespace mesh::document
