// Reports: each form's shape, its escapes, and what it does with what is not there.
#include "libmesh/testing/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libmesh/document/json.h"
#include "libmesh/testing/report/parts.h"

namespace mesh::testing {
namespace {

using ::testing::HasSubstr;

document::Value json(std::string_view text) {
  Diagnostics problems;
  auto read = document::read_json(text, "", problems);
  EXPECT_TRUE(read);
  return read ? *std::move(read) : document::Value();
}

constexpr std::string_view kResults = R"({
 "suites": [{"file": "t/a b_mesh_test.yaml", "name": "a <suite>", "diagnostics": [], "cases": [
   {"name": "good", "kind": "reach", "status": "passed", "message": "", "line": 3, "column": 1, "mismatches": [], "because": []},
   {"name": "bad # one", "kind": "route", "status": "failed", "message": "x is 1, not \"2\"", "line": 5, "column": 3,
    "mismatches": [{"path": "x", "message": "differs", "expected": 2, "actual": 1}],
    "because": [{"object": "VirtualService shop/cart", "field": "spec.http[0]", "text": "it matches & wins"}]},
   {"name": "none", "kind": "authz", "status": "error", "message": "there is no pod", "line": 9, "column": 3},
   {"name": "later", "kind": "mtls", "status": "skipped", "message": "not yet", "line": 11, "column": 3}]}],
 "diagnostics": [{"severity": "error", "code": "unknown-field", "object": "Service shop/a", "field": "spec.prots",
   "message": "is no field", "mend": "did you mean \"ports\"?", "file": "m.yaml", "line": 7, "column": 2},
   {"severity": "info", "code": "text-missing", "object": "x", "field": "", "message": "m", "mend": "", "file": "", "line": 0, "column": 0}],
 "coverage": [{"what": "routes", "total": 4, "touched": 3, "untouched": [
   {"object": "VirtualService shop/cart", "field": "spec.http[1]", "name": "drill", "file": "m.yaml", "line": 20}]}],
 "summary": {"suites": 1, "cases": 4, "passed": 1, "failed": 1, "errors": 1, "skipped": 1, "filtered": 0}})";

std::string made(std::string_view format) {
  auto text = report(json(kResults), format);
  EXPECT_TRUE(text);
  return text ? *text : "";
}

TEST(Report, JunitHasOnlyCharactersOfXml) {
  std::string text(kResults);
  text.replace(text.find("there is no pod"), 5, "\xEF\xBF\xBE\xEF\xBF\xBFthere");
  const auto made = report(json(text), "junit");
  ASSERT_TRUE(made);
  EXPECT_THAT(*made, HasSubstr("\xEF\xBF\xBD\xEF\xBF\xBDthere is no pod"));
}

TEST(Report, Text) {
  EXPECT_EQ(made("text"),
            "FAIL a <suite>/bad # one (route, t/a b_mesh_test.yaml:5)\n"
            "  x differs\n"
            "    expected: 2\n"
            "    actual:   1\n"
            "  because\n"
            "    VirtualService shop/cart: spec.http[0]: it matches & wins\n"
            "ERROR a <suite>/none (authz, t/a b_mesh_test.yaml:9)\n"
            "  there is no pod\n"
            "SKIP a <suite>/later (mtls, t/a b_mesh_test.yaml:11)\n"
            "  not yet\n"
            "m.yaml:7:2: error[unknown-field] Service shop/a: spec.prots: is no field (did you "
            "mean \"ports\"?)\n"
            "routes: 3 of 4 touched (75 %)\n"
            "  m.yaml:20: VirtualService shop/cart spec.http[1] drill\n"
            "4 cases in 1 suite: 1 passed, 1 failed, 1 error, 1 skipped\n");
}

TEST(Report, NamesDoNotCommandATerminal) {
  EXPECT_EQ(one_line("red \x1b[31m, \nnext\x7f"), "red  [31m,  next ");
}

TEST(Report, Tap) {
  EXPECT_EQ(made("tap"),
            "TAP version 14\n"
            "# Subtest: a <suite>\n"
            "    ok 1 - good\n"
            "    not ok 2 - bad \\# one\n"
            "      ---\n"
            "      message: x is 1, not \"2\"\n"
            "      severity: fail\n"
            "      at:\n"
            "        file: t/a b_mesh_test.yaml\n"
            "        line: 5\n"
            "      mismatches:\n"
            "      - path: x\n"
            "        message: differs\n"
            "        expected: 2\n"
            "        actual: 1\n"
            "      because:\n"
            "      - object: VirtualService shop/cart\n"
            "        field: spec.http[0]\n"
            "        text: it matches & wins\n"
            "      ...\n"
            "    not ok 3 - none\n"
            "      ---\n"
            "      message: there is no pod\n"
            "      severity: error\n"
            "      at:\n"
            "        file: t/a b_mesh_test.yaml\n"
            "        line: 9\n"
            "      ...\n"
            "    ok 4 - later # SKIP not yet\n"
            "    1..4\n"
            "not ok 1 - a <suite>\n"
            "not ok 2 - the configuration has no errors\n"
            "  ---\n"
            "  diagnostics:\n"
            "  - \"m.yaml:7:2: error[unknown-field] Service shop/a: spec.prots: is no field (did "
            "you mean \\\"ports\\\"?)\"\n"
            "  ...\n"
            "1..2\n");
}

TEST(Report, Junit) {
  const std::string text = made("junit");
  EXPECT_THAT(
      text,
      HasSubstr(
          "<testsuites name=\"mesh test\" tests=\"5\" failures=\"1\" errors=\"2\" skipped=\"1\">"));
  EXPECT_THAT(text, HasSubstr("<testsuite name=\"a &lt;suite&gt;\" tests=\"4\" failures=\"1\" "
                              "errors=\"1\" skipped=\"1\">"));
  EXPECT_THAT(text, HasSubstr("name=\"bad # one\" file=\"t/a b_mesh_test.yaml\" line=\"5\">\n      "
                              "<failure message=\"x is 1, "
                              "not &quot;2&quot;\" type=\"route\">x differs\n  expected: 2\n"));
  EXPECT_THAT(text, HasSubstr("it matches &amp; wins"));
  EXPECT_THAT(text, HasSubstr("<skipped message=\"not yet\"/>"));
}

TEST(Report, Sarif) {
  const document::Value sarif = json(made("sarif"));
  EXPECT_EQ(sarif.string_at("version"), "2.1.0");
  const document::Value& run = sarif.find("runs")->if_list()->at(0);
  const document::List& results = *run.find("results")->if_list();
  ASSERT_EQ(results.size(), 5U);
  EXPECT_EQ(results[0].string_at("ruleId"), "case/route");
  EXPECT_EQ(results[0].string_at("level"), "error");
  EXPECT_EQ(results[3].string_at("level"), "note");
  EXPECT_EQ(results[4].string_at("ruleId"), "coverage/routes");
  const document::Value& place = results[0].find("locations")->if_list()->at(0);
  EXPECT_EQ(place.find("physicalLocation")->find("artifactLocation")->string_at("uri"),
            "t/a%20b_mesh_test.yaml");
}

TEST(Report, WhatIsNone) {
  EXPECT_EQ(report(json("{}"), "text").error().code, ErrorCode::kParse);
  EXPECT_EQ(report(json(kResults), "html").error().code, ErrorCode::kInvalidArgument);
  for (const std::string_view format : {"text", "junit", "sarif", "tap"}) {
    EXPECT_TRUE(report(
        json(R"({"suites": [1, {"cases": [null, {"name": 1}]}], "summary": {}, "coverage": 7})"),
        format))
        << format;
  }
}

}  // namespace
}  // namespace mesh::testing
