// testing.h: suites in, results and reports out, also when called wrongly.
#include "mesh/testing.h"

#include <gtest/gtest.h>

#include "tests/capi/support.h"

namespace mesh::testing {
namespace {

constexpr std::string_view kSuite = R"(
cases:
- {name: good, members: {namespace: shop}, expect: {exists: true}}
- {name: bad, members: {namespace: shop}, expect: {exists: false}}
)";

meshpp::Tests shop_tests() {
  meshpp::Tests tests;
  EXPECT_EQ(tests.add(kSuite, "t/x_mesh_test.yaml").text(), "[]");
  EXPECT_EQ(tests.wanted().text(),
            R"([{"path":"t","text":false,"suites":["t/x_mesh_test.yaml"]}])");
  tests.give("t", "t/shop.yaml", kShop);
  return tests;
}

TEST(Tests, Run) {
  const std::string results = shop_tests().run().to_string();
  EXPECT_NE(
      results.find(
          R"("summary":{"suites":1,"cases":2,"passed":1,"failed":1,"errors":0,"skipped":0,"filtered":0})"),
      std::string::npos)
      << results;
  EXPECT_EQ(results.find("coverage"), std::string::npos);
  for (const std::string_view format : {"text", "junit", "sarif", "tap"}) {
    EXPECT_NE(meshpp::tests_report(results, format).text().find("bad"), std::string_view::npos)
        << format;
  }
}

TEST(Tests, RunWithOptions) {
  const std::string results =
      shop_tests().run(R"({"filter": "good$", "coverage": true})").to_string();
  EXPECT_NE(results.find(R"("filtered":1)"), std::string::npos);
  EXPECT_NE(results.find(R"("coverage":[{"what":"routes")"), std::string::npos);
}

TEST(Tests, CalledWrongly) {
  mesh_buffer* out = nullptr;
  mesh_tests* tests = nullptr;
  EXPECT_EQ(code_of(mesh_tests_new(nullptr)), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(mesh_tests_new(&tests)), MESH_OK);
  EXPECT_EQ(code_of(mesh_tests_add(nullptr, view(""), view(""), nullptr)), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(mesh_tests_add(tests, view(""), view(""), nullptr)), MESH_OK);
  EXPECT_EQ(code_of(mesh_tests_wanted(nullptr, &out)), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(mesh_tests_give(tests, mesh_view{nullptr, 3}, view(""), view(""))),
            MESH_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(mesh_tests_run(tests, view("{\"filtre\": 1}"), &out)), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(mesh_tests_run(tests, view("{\"filter\": \"(\"}"), &out)),
            MESH_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(mesh_tests_run(tests, view("{"), &out)), MESH_PARSE);
  EXPECT_EQ(code_of(mesh_tests_report(view("{}"), view("text"), &out)), MESH_PARSE);
  EXPECT_EQ(code_of(mesh_tests_report(view("{"), view("text"), &out)), MESH_PARSE);
  EXPECT_EQ(
      code_of(mesh_tests_report(view("{\"suites\": [], \"summary\": {}}"), view("html"), &out)),
      MESH_INVALID_ARGUMENT);
  EXPECT_EQ(out, nullptr);
  mesh_tests_delete(tests);
  mesh_tests_delete(nullptr);
}

}  // namespace
}  // namespace mesh::testing
