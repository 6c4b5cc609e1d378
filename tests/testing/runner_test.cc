// Runs: each kind's answer, what a failure shows, what is missing, coverage, and the forms of reports.
#include "libmesh/testing/suite/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace mesh::testing {
namespace {

constexpr std::string_view kMesh = R"(
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: other}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {serviceAccountName: web, containers: [{name: app}, {name: istio-proxy}]}
status: {podIP: 10.0.0.1, phase: Running}
---
apiVersion: v1
kind: Pod
metadata: {name: job, namespace: other}
spec: {containers: [{name: app}]}
status: {podIP: 10.0.0.9, phase: Running}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {clusterIP: 10.1.0.1, ports: [{name: http, port: 80}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: cart, namespace: shop}
spec:
  hosts: [cart]
  http:
  - {name: all, route: [{destination: {host: cart}}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: shop}
spec: {podSelector: {}}
)";

Results run(std::string_view suite, const RunOptions& options = {}) {
  Tests tests;
  tests.add(suite, "t/x_mesh_test.yaml");
  for (const Wanted& wanted : tests.wanted()) {
    if (wanted.path == "t") tests.give("t", "t/mesh.yaml", kMesh);
  }
  auto results = tests.run(options);
  EXPECT_TRUE(results);
  return results ? *std::move(results) : Results();
}

CaseResult run_case(std::string_view text) {
  const Results results = run("cases:\n- " + std::string(text));
  EXPECT_EQ(results.suites.at(0).cases.size(), 1U);
  return results.suites[0].cases.at(0);
}

TEST(Runner, EachKindIsAnswered) {
  const std::vector<std::string_view> rows = {
      "{inject: {pod: shop/web}, expect: {injected: true, reason: policy}}",
      "{inject: {pod: other/job}, expect: {injected: false, reason: no-webhook}}",
      "{members: {namespace: shop}, expect: {exists: true}}",
      "{plan: {object: Namespace/shop}, expect: {exists: true, action: none}}",
      "{plan: {object: NetworkPolicy/shop/nothing}, expect: {exists: false}}",
      "{reach: {from: other/job, to: 'shop/web:8080'}, expect: {reached: false}}",
      "{reach: {from: shop/web, to: 'other/job:8080'}, expect: {reached: true}}",
      "{xds: {pod: shop/web, type: clusters, path: '$.connectTimeout', name: "
      "'outbound|80||cart.shop.svc.cluster.local'}, "
      "expect: {value: 10s, count: 1}}",
      "{xds: {pod: shop/web, type: routes, name: '80'}, expect: {names: ['80']}}",
  };
  for (const std::string_view row : rows) {
    const CaseResult result = run_case(row);
    EXPECT_EQ(result.status, Status::kPassed) << row << "\n" << result.message;
  }
}

TEST(Runner, AFailureShowsExpectedActualAndTheChain) {
  const CaseResult result =
      run_case("{reach: {from: other/job, to: 'shop/web:80'}, expect: {reached: true}}");
  EXPECT_EQ(result.status, Status::kFailed);
  EXPECT_EQ(result.message, "reached is false, not true");
  ASSERT_EQ(result.mismatches.size(), 1U);
  EXPECT_EQ(result.mismatches[0].path, "reached");
  ASSERT_FALSE(result.because.empty());
  EXPECT_EQ(result.because.back().object, "NetworkPolicy shop/closed");
}

TEST(Runner, WorkloadsOfRemoteClusters) {
  const auto pod = [](const std::string& name, const std::string& ip) {
    return "---\napiVersion: v1\nkind: Pod\nmetadata: {name: " + name +
           ", namespace: shop, labels: {app: web}}\nspec: {containers: [{name: app}, {name: "
           "istio-proxy}]}\nstatus: {podIP: " +
           ip + ", phase: Running}\n";
  };
  const std::pair<const char*, const char*> rows[] = {
      {"{xds: {pod: east=shop/web, type: listeners, name: virtualInbound}, expect: {count: 1}}",
       ""},
      {"{xds: {pod: shop/far, type: listeners, name: virtualInbound}, expect: {count: 1}}", ""},
      {"{reach: {from: shop/far, to: 'east=shop/web:80'}, expect: {reached: true}}", ""},
      {"{reach: {from: 10.9.9.9, to: 'shop/web:80'}, expect: {reached: false}}", ""},
      {"{reach: {from: shop/web, to: east=shop/web}, expect: {reached: unknown}}", ""},
      {"{xds: {pod: shop/cart, type: listeners}, expect: {count: 1}}",
       "Pod shop/cart is in clusters \"east\" and \"west\": write east=shop/cart or "
       "west=shop/cart"},
      {"{xds: {pod: west=shop/web, type: listeners}, expect: {count: 1}}",
       "there is no Pod west=shop/web"},
      {"{inject: {pod: east=shop/web}, expect: {injected: true}}",
       "pods of cluster \"east\" are injected by the webhooks of that cluster: ask a store whose "
       "own cluster it is"},
  };
  for (const auto& [row, message] : rows) {
    Tests tests;
    tests.add("configuration: [mesh, east=of-east, west=of-west]\ncases:\n- " + std::string(row),
              "t/x_mesh_test.yaml");
    tests.give("t/mesh", "t/mesh/mesh.yaml", kMesh);
    // As a workload of pods by their names.
    tests.give("t/of-east", "t/of-east/all.yaml",
               pod("web", "10.2.0.1") + pod("far", "10.2.0.2") + pod("cart-0", "10.2.0.3"));
    tests.give("t/of-west", "t/of-west/all.yaml", pod("cart-0", "10.3.0.3"));
    const auto results = tests.run({});
    ASSERT_TRUE(results && results->suites.at(0).cases.size() == 1) << row;
    const CaseResult& found = results->suites[0].cases[0];
    EXPECT_EQ(found.status, *message == '\0' ? Status::kPassed : Status::kError) << row;
    EXPECT_EQ(found.message, message) << row;
  }
}

TEST(Runner, WhatCannotBeAskedIsAnError) {
  const std::vector<std::pair<std::string_view, std::string_view>> rows = {
      {"{inject: {pod: shop/nobody}, expect: {injected: true}}",
       "there is no pod or workload \"shop/nobody\""},
      {"{inject: {pod: nobody}, expect: {injected: true}}", "\"nobody\" is not NAMESPACE/NAME"},
      {"{members: {tenant: a/b}, expect: {namespaces: []}}", "there is no control plane \"a/b\""},
      {"{plan: {object: Nonsense/a/b}, expect: {exists: true}}",
       "\"Nonsense/a/b\" is not KIND/NAMESPACE/NAME of a kind that is known"},
      {"{xds: {pod: shop/web, type: rotes}, expect: {count: 1}}",
       "cases[0].xds.type: \"rotes\" is none of clusters, endpoints, listeners, routes, "
       "extensions, nametable"},
      {"{xds: {pod: shop/web, type: routes, path: '$['}, expect: {count: 1}}",
       "cases[0].xds.path: JSONPath: at offset 2: a number is expected"},
      {"{reach: {from: shop/web}, expect: {reached: true}}", "cases[0].reach.to: is not set"},
  };
  for (const auto& [row, message] : rows) {
    const CaseResult result = run_case(row);
    EXPECT_EQ(result.status, Status::kError) << row;
    EXPECT_EQ(result.message, message) << row;
  }
}

TEST(Runner, AConfigurationThatIsNotThereFailsEveryCase) {
  const Results results = run(R"(
configuration: [nowhere]
cases:
- {name: a, members: {namespace: shop}, expect: {exists: true}}
)");
  ASSERT_EQ(results.suites.at(0).diagnostics.size(), 1U);
  EXPECT_EQ(to_string(results.suites[0].diagnostics[0]),
            "t/x_mesh_test.yaml:2:17: error[file-missing] suite x_mesh_test.yaml: "
            "configuration[0]: \"t/nowhere\" is "
            "not there, or holds no file of objects (paths start at the suite's own folder)");
  EXPECT_EQ(results.suites[0].cases.at(0).status, Status::kError);
}

TEST(Runner, FixturesAreLaidOverTheConfiguration) {
  const Results results = run(R"(
fixtures:
  objects:
  - {apiVersion: v1, kind: Namespace, metadata: {name: more, labels: {istio-injection: enabled}}}
  - apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata: {name: closed, namespace: shop}
    spec: {podSelector: {}, ingress: [{}]}
cases:
- {name: a, members: {namespace: more}, expect: {exists: true}}
- {name: b, reach: {from: other/job, to: shop/web}, expect: {reached: true}}
)");
  for (const CaseResult& each : results.suites.at(0).cases) {
    EXPECT_EQ(each.status, Status::kPassed) << each.message;
  }
}

TEST(Runner, MistakesInWhatTheSuiteBringsAreToldWhereTheyStand) {
  const Results results = run(R"(
meshConfig:
  trustDomain: a.example
  trustDomian: b.example
fixtures:
  objects:
  - {apiVersion: v1, kind: Namespace, metadata: {name: more}}
  - apiVersion: v1
    kind: Service
    metadata: {name: web, namespace: more}
    spec:
      prots: []
  - 7
cases:
- {name: a, members: {namespace: more}, expect: {exists: true}}
)");
  std::vector<std::string> places;
  for (const Diagnostic& each : results.diagnostics) {
    places.push_back(each.file + ":" + std::to_string(each.line) + " " +
                     std::string(code_text(each.code)));
  }
  EXPECT_THAT(places, ::testing::IsSupersetOf({"t/x_mesh_test.yaml:4 unknown-field",
                                               "t/x_mesh_test.yaml:12 unknown-field",
                                               "t/x_mesh_test.yaml:13 not-an-object"}));
}

TEST(Runner, FilterIsAnExpressionOverSuiteAndCase) {
  const std::string_view suite = R"(
name: s
cases:
- {name: one, members: {namespace: shop}, expect: {exists: true}}
- {name: two, members: {namespace: shop}, expect: {exists: true}}
)";
  const Results results = run(suite, {"s/tw", false});
  ASSERT_EQ(results.suites.at(0).cases.size(), 1U);
  EXPECT_EQ(results.suites[0].cases[0].name, "two");
  EXPECT_EQ(results.filtered, 1U);
  EXPECT_FALSE(Tests().run({"(", false}));
}

TEST(Runner, CoverageNamesWhatNoCaseTouched) {
  const Results results = run(R"(
cases:
- {name: b, reach: {from: other/job, to: shop/web}, expect: {reached: false}}
)",
                              {"", true});
  ASSERT_TRUE(results.with_coverage);
  for (const CoverageGroup& group : results.coverage.groups) {
    if (group.what == "routes") {
      ASSERT_EQ(group.items.size(), 1U);
      EXPECT_EQ(group.items[0].object, "VirtualService shop/cart");
      EXPECT_EQ(group.items[0].field, "spec.http[0]");
      EXPECT_EQ(group.items[0].name, "all");
      EXPECT_FALSE(group.items[0].touched);
    }
    if (group.what == "policies") {
      ASSERT_EQ(group.items.size(), 1U);
      EXPECT_TRUE(group.items[0].touched);
    }
  }
}

}  // namespace
}  // namespace mesh::testing
