// Suites: what is read, what is refused, and where it is said.
#include "libmesh/testing/suite/suite.h"

#include <gtest/gtest.h>

namespace mesh::testing {
namespace {

TEST(Suite, PathsStartAtItsFolder) {
  const std::vector<std::array<std::string_view, 3>> rows = {
      {"a/b/x_mesh_test.yaml", ".", "a/b"},
      {"a/b/x_mesh_test.yaml", "../c.yaml", "a/c.yaml"},
      {"x_mesh_test.yaml", ".", "."},
      {"x_mesh_test.yaml", "../c", "../c"},
      {"a/x_mesh_test.yaml", "/etc/m", "/etc/m"},
      {"/a/x_mesh_test.yaml", "../../b", "/b"},
      {"a/x_mesh_test.yaml", "./b//c/", "a/b/c"},
      {"../a/x_mesh_test.yaml", "../../b", "../../b"},
  };
  for (const auto& [file, path, resolved] : rows)
    EXPECT_EQ(resolve_path(file, path), resolved) << path;
}

TEST(Suite, FilesAreToldByTheirNames) {
  EXPECT_TRUE(is_suite_file("a/shop_mesh_test.yaml"));
  EXPECT_TRUE(is_suite_file("_mesh_test.yml"));
  EXPECT_FALSE(is_suite_file("a/mesh_test.yaml"));
  EXPECT_FALSE(is_suite_file("a/shop_mesh_test.yaml.bak"));
}

TEST(Suite, IsRead) {
  const auto suites = read_suites(R"(
name: the shop
configuration: [mesh, ../common.yaml, east=../east, ./a=b]
fixtures: {files: [more.yaml], objects: [{kind: Namespace}]}
texts: {"https://issuer/keys": keys.json}
meshConfig: {trustDomain: shop.local}
cases:
- name: one
  reach: {from: a/b, to: c/d}
  expect: {reached: false}
- reach: {from: a/b, to: c/e}
  skip: later
  expect: {reached: {$not: true}}
---
cases: [{plan: {object: Namespace/x}, expect: {object: {metadata: {anything: 1}}}}]
)",
                                  "t/shop_mesh_test.yaml");
  ASSERT_EQ(suites.size(), 2U);
  const Suite& suite = suites[0];
  EXPECT_TRUE(suite.diagnostics.empty()) << to_string(suite.diagnostics.front());
  EXPECT_EQ(suite.name, "the shop");
  ASSERT_EQ(suite.configuration.size(), 4U);
  EXPECT_EQ(suite.configuration[0].path, "t/mesh");
  EXPECT_EQ(suite.configuration[0].cluster, "");
  EXPECT_EQ(suite.configuration[1].path, "common.yaml");
  EXPECT_EQ(suite.configuration[2].path, "east");
  EXPECT_EQ(suite.configuration[2].cluster, "east");
  EXPECT_EQ(suite.configuration[3].path, "t/a=b");
  EXPECT_EQ(suite.fixture_files.at(0).path, "t/more.yaml");
  EXPECT_EQ(suite.texts.at(0).second.path, "t/keys.json");
  ASSERT_EQ(suite.cases.size(), 2U);
  EXPECT_EQ(suite.cases[0].kind, CaseKind::kReach);
  EXPECT_EQ(suite.cases[1].name, "cases[1]");
  EXPECT_EQ(suite.cases[1].skip, "later");
  EXPECT_EQ(suite.cases[1].position.line, 11U);
  EXPECT_EQ(suites[1].name, "shop_mesh_test.yaml 2");
  EXPECT_EQ(suites[1].configuration.at(0).path, "t");
}

struct Row {
  std::string_view text;
  std::string_view told;  // field, message and mend of the first finding
  bool case_valid = false;
};

TEST(Suite, MistakesAreTold) {
  const std::vector<Row> rows = {
      {"cases: [{name: a, expect: {x: 1}}]",
       "cases[0]: asks nothing (a case has one of inject, members, plan, reach, route, authz, "
       "mtls, xds)"},
      {"cases: [{reach: {from: a/b, to: c/d}, plan: {object: Namespace/x}, expect: {exists: "
       "true}}]",
       "cases[0]: asks 2 questions (a case has one of inject, members, plan, reach, route, authz, "
       "mtls, xds)"},
      {"cases: [{reach: {from: a/b, too: c/d}, expect: {reached: true}}]",
       "cases[0].reach.to: is not set ()"},
      {"cases: [{reach: {from: a/b, to: 1}, expect: {reached: true}}]",
       "cases[0].reach.to: is a number, must be a string ()"},
      {"cases: [{reach: {from: a/b, to: c/d}}]", "cases[0].expect: is not set ()"},
      {"cases: [{reach: {from: a/b, to: c/d}, expect: {}}]",
       "cases[0].expect: expects nothing (a case that cannot fail tests nothing)"},
      {"cases: [{reach: {from: a/b, to: c/d}, expect: {reachd: true}}]",
       "cases[0].expect.reachd: is nothing that reach answers (did you mean \"reached\"?)"},
      {"cases: [{reach: {from: a/b, to: c/d}, expect: {reached: {$nott: true}}}]",
       "cases[0].expect.reached.$nott: is no operator (did you mean \"$not\"?)"},
      {"cases: [{authz: {to: a/b}, expect: {asked: [{servic: null}]}}]",
       "cases[0].expect.asked[0].servic: is nothing that authz answers (did you mean "
       "\"service\"?)"},
      {"cases: [{route: {from: a/b}, expect: {destinations: [{subest: null}]}}]",
       "cases[0].expect.destinations[0].subest: is nothing that route answers (did you mean "
       "\"subset\"?)"},
      {"cases: [{route: {from: a/b}, expect: {mirrors: {$contains: {destination: {tls: {$not: "
       "{mod: "
       "x}}}}}}}]",
       "cases[0].expect.mirrors.$contains.destination.tls.$not.mod: is nothing that route answers "
       "(did you mean \"mode\"?)"},
      {"cases: [{route: {from: a/b}, expect: {verdict: {a: null}}}]",
       "cases[0].expect.verdict.a: is nothing that route answers ("},
      {"cases: [{reach: {from: a/b, to: c/d}, expect: {because: {$not: [{objct: x}]}}}]",
       "cases[0].expect.because.$not[0].objct: is nothing that reach answers (did you mean "
       "\"object\"?)"},
      {"cases: [{plan: {object: Namespace/x}, expect: {state: null}}]",
       "cases[0].expect.state: is nothing that plan answers ("},
      // Values that no mesh makes good.
      {"cases: [{route: {from: a/b, protocol: htp}, expect: {verdict: routed}}]",
       "cases[0].route.protocol: one of http, http1, http2, grpc, tcp is wanted ("},
      {"cases: [{authz: {to: a/b, tokens: [{claim: {}}]}, expect: {allowed: true}}]",
       "cases[0].authz.tokens"},
      {"cases: [{authz: {to: a/b, time: now}, expect: {allowed: true}}]", "cases[0].authz.time: "},
      {"cases: [{xds: {pod: a/b, type: clustrs}, expect: {count: 1}}]",
       "cases[0].xds.type: \"clustrs\" is none of "},
      {"cases: [{xds: {pod: a/b, type: routes, path: '$..['}, expect: {count: 1}}]",
       "cases[0].xds.path: JSONPath: at offset 4: "},
      {"cases: [{inject: {}, expect: {injected: true}}]",
       "cases[0].inject: names neither pod or object (give one of them)"},
      {"cases: [{nam: a, reach: {from: a/b, to: c/d}, expect: {reached: true}}]",
       "cases[0].nam: is no key of a suite (did you mean \"name\"?)"},
      {"cases: []", "cases: is empty (a suite without cases tests nothing)", true},
      {"case: []", "cases: is not set ()"},
      {"cases: {}", "cases: is a mapping, must be a list ()", true},
      {"configuration: 7\ncases: []", "configuration: is a number, must be a list ()", true},
      {"[1]", ": is a list, must be a mapping ()", true},
      {"", "cases: is not set ()", true},
      {"a: [", "", true},
  };
  for (const Row& row : rows) {
    const Suite suite = read_suites(row.text, "x_mesh_test.yaml").at(0);
    ASSERT_FALSE(suite.diagnostics.empty()) << row.text;
    const Diagnostic& first = suite.diagnostics.front();
    const std::string told = first.field + ": " + first.message + " (" + first.mend + ")";
    EXPECT_TRUE(told.starts_with(row.told)) << told;
    EXPECT_EQ(first.severity, Severity::kError);
    for (const Case& each : suite.cases) EXPECT_FALSE(each.valid) << row.text;
  }
}

TEST(Suite, TwoCasesOfOneNameAreTold) {
  const Suite suite = read_suites(R"(cases:
- {name: a, reach: {from: a/b, to: c/d}, expect: {reached: true}}
- {name: a, reach: {from: a/b, to: c/d}, expect: {reached: true}}
)",
                                  "x_mesh_test.yaml")
                          .at(0);
  ASSERT_EQ(suite.diagnostics.size(), 1U);
  EXPECT_EQ(suite.diagnostics[0].field, "cases[1].name");
  EXPECT_EQ(suite.diagnostics[0].line, 3U);
  EXPECT_TRUE(suite.cases[0].valid);
  EXPECT_FALSE(suite.cases[1].valid);
}

}  // namespace
}  // namespace mesh::testing
