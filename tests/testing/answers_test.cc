// The kinds that put requests to proxies: where they go, who lets them in, what the ends negotiate, and the objects and
// fields behind it.
#include <gtest/gtest.h>

#include <algorithm>

#include "libmesh/testing/suite/runner.h"
#include "libmesh/testing/suite/tagged.h"

namespace mesh::testing {
namespace {

constexpr std::string_view kMesh = R"(
apiVersion: v1
kind: Namespace
metadata: {name: istio-system}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: plain}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web, security.istio.io/tlsMode: istio}}
spec: {serviceAccountName: web, containers: [{name: app}, {name: istio-proxy}]}
status: {podIP: 10.0.0.1, phase: Running}
---
apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: shop, labels: {app: cart, version: v1, security.istio.io/tlsMode: istio}}
spec: {serviceAccountName: cart, containers: [{name: app, ports: [{containerPort: 8080}]}, {name: istio-proxy}]}
status: {podIP: 10.0.0.2, phase: Running}
---
apiVersion: v1
kind: Pod
metadata: {name: job, namespace: plain}
spec: {containers: [{name: app}]}
status: {podIP: 10.0.0.9, phase: Running}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {clusterIP: 10.1.0.1, selector: {app: cart}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: cart-1, namespace: shop, labels: {kubernetes.io/service-name: cart}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints: [{addresses: [10.0.0.2], conditions: {ready: true}, targetRef: {kind: Pod, name: cart, namespace: shop}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: cart, namespace: shop}
spec:
  hosts: [cart]
  http:
  - {name: canary, match: [{headers: {x-canary: {exact: "1"}}}], route: [{destination: {host: cart, subset: v2}}]}
  - {match: [{uri: {prefix: /old}}], redirect: {uri: /new}}
  - {timeout: 3s, route: [{destination: {host: cart, subset: v1}}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: cart, namespace: shop}
spec: {host: cart, subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: strict, namespace: shop}
spec: {mtls: {mode: STRICT}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: cart, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  rules:
  - from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}]
    to: [{operation: {methods: [GET]}}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: no-admin, namespace: shop}
spec:
  action: DENY
  rules:
  - to: [{operation: {paths: [/never]}}]
  - to: [{operation: {paths: ["/admin*"]}}]
)";

Results run(const std::string& cases, bool coverage = false, const std::string& head = "") {
  Tests tests;
  tests.add(head + "cases:\n" + cases, "t/x_mesh_test.yaml");
  tests.give("t", "t/mesh.yaml", kMesh);
  auto results = tests.run({"", coverage});
  EXPECT_TRUE(results);
  return results ? *std::move(results) : Results();
}

TEST(Answers, RequestsGoWhereTheyShould) {
  const std::vector<std::string_view> rows = {
      "{route: {from: shop/web, host: cart}, expect: {verdict: routed, timeoutMs: 3000, "
      "destinations: [{subset: v1}]}}",
      "{route: {from: shop/web, host: cart, headers: {x-canary: '1'}}, expect: {route: canary, "
      "destinations: [{subset: v2}]}}",
      "{route: {from: shop/web, host: cart, path: /old/a}, expect: {verdict: redirect, redirect: "
      "{location: {$contains: /new}}}}",
      "{authz: {from: shop/web, to: shop/cart, host: cart}, expect: {allowed: true, policy: "
      "shop/cart, rule: 0}}",
      "{authz: {from: shop/web, to: shop/cart}, expect: {allowed: true, principal: {$contains: "
      "ns/shop/sa/web}}}",
      "{authz: {from: shop/web, to: shop/cart, method: POST}, expect: {allowed: false, verdict: "
      "denied, action: ALLOW, "
      "because: {$contains: [{object: AuthorizationPolicy shop/cart}]}}}",
      "{authz: {from: shop/web, to: shop/cart, path: /admin/x}, expect: {allowed: false, policy: "
      "shop/no-admin, rule: 1, action: DENY}}",
      "{authz: {from: plain/job, to: shop/cart}, expect: {allowed: false}}",
      "{mtls: {from: shop/web, to: shop/cart}, expect: {mode: mutual, accepted: true, server: "
      "STRICT, "
      "because: {$contains: [{object: PeerAuthentication shop/strict, field: spec.mtls.mode}]}}}",
      "{mtls: {from: plain/job, to: shop/cart}, expect: {mode: none, accepted: false}}",
  };
  for (const std::string_view row : rows) {
    const Results results = run("- " + std::string(row));
    const CaseResult& result = results.suites.at(0).cases.at(0);
    EXPECT_EQ(result.status, Status::kPassed) << row << "\n" << result.message;
  }
}

// A request that does not come to the server is in error: nobody denied it.
TEST(Answers, OnlyTheServerDenies) {
  const std::vector<std::string_view> rows = {
      "{from: shop/web, to: shop/cart, host: crat}",  // no such service: black-hole
      "{from: shop/web, to: shop/cart, host: crat, port: 80}",
      "{from: shop/web, to: shop/cart, host: cart, headers: {x-canary: '1'}}",  // v2 is nowhere
      "{from: shop/web, to: shop/cart, host: cart, path: /old/a}",              // redirected
      "{from: shop/web, to: shop/web, host: cart}",                             // another's
  };
  for (const std::string_view asked : rows) {
    const Results results =
        run("- {authz: " + std::string(asked) + ", expect: {allowed: false}}\n", false,
            "meshConfig: {outboundTrafficPolicy: {mode: REGISTRY_ONLY}}\n");
    const CaseResult& result = results.suites.at(0).cases.at(0);
    EXPECT_EQ(result.status, Status::kError) << asked << "\n" << result.message;
    EXPECT_TRUE(result.message.starts_with("the request does not come to ")) << result.message;
  }
}

// "cart-admin" begins with "cart-" and is another's.
TEST(Answers, WorkloadsAreKnownByTheirOwners) {
  const std::string pods = R"(
fixtures:
  objects:
  - apiVersion: v1
    kind: Pod
    metadata: {name: shelf-admin-7d9f-x2x4z, namespace: shop, labels: {app: admin}}
    spec: {containers: [{name: app}, {name: istio-proxy}]}
    status: {podIP: 10.0.1.1, phase: Running}
  - apiVersion: v1
    kind: Pod
    metadata: {name: store-5f6b-bbbbb, namespace: shop, labels: {app: store}}
    spec: {containers: [{name: app}, {name: istio-proxy}]}
    status: {podIP: 10.0.1.2, phase: Running}
  - apiVersion: v1
    kind: Pod
    metadata:
      name: twice-0
      namespace: shop
      ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: twice, uid: a, controller: true}]
    spec: {containers: [{name: app}, {name: istio-proxy}]}
    status: {podIP: 10.0.1.3, phase: Running}
  - apiVersion: v1
    kind: Pod
    metadata:
      name: twice-5f6b-bbbbb
      namespace: shop
      ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: twice-5f6b, uid: b, controller: true}]
    spec: {containers: [{name: app}, {name: istio-proxy}]}
    status: {podIP: 10.0.1.4, phase: Running}
)";
  const Results results =
      run("- {name: a, route: {from: shop/shelf, host: cart}, expect: {verdict: routed}}\n"
          "- {name: b, route: {from: shop/store, host: cart}, expect: {verdict: routed}}\n"
          "- {name: c, route: {from: shop/shelf-admin, host: cart}, expect: {verdict: routed}}\n"
          "- {name: d, route: {from: shop/twice, host: cart}, expect: {verdict: routed}}\n",
          false, pods);
  const auto& cases = results.suites.at(0).cases;
  ASSERT_EQ(cases.size(), 4U);
  EXPECT_EQ(cases[0].status, Status::kError) << cases[0].message;
  EXPECT_EQ(cases[1].status, Status::kPassed) << cases[1].message;
  EXPECT_EQ(cases[2].status, Status::kPassed) << cases[2].message;
  EXPECT_EQ(
      cases[3].message,
      "\"shop/twice\" is each of Deployment twice, StatefulSet twice: name one of their pods");
}

// Of a repository in which nothing runs: a workload is known by its own name, whether it has a sidecar or not.
TEST(Answers, WorkloadsWithoutPodsAreKnownByTheirNames) {
  const std::string head = R"(
fixtures:
  objects:
  - apiVersion: apps/v1
    kind: Deployment
    metadata: {name: store, namespace: shop}
    spec:
      template:
        metadata: {labels: {app: store}}
        spec: {serviceAccountName: store, containers: [{name: app, ports: [{containerPort: 8080}]}]}
  - apiVersion: apps/v1
    kind: Deployment
    metadata: {name: old, namespace: plain}
    spec: {template: {metadata: {labels: {app: old}}, spec: {containers: [{name: app}]}}}
  - apiVersion: v1
    kind: Service
    metadata: {name: old, namespace: plain}
    spec: {selector: {app: old}, ports: [{name: http, port: 80, targetPort: 8080}]}
  - apiVersion: v1
    kind: Service
    metadata: {name: store, namespace: shop}
    spec: {selector: {app: store}, ports: [{name: http, port: 80, targetPort: 8080}, {name: open, port: 90, targetPort: 9090}]}
  - apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: store, namespace: shop}
    spec: {selector: {matchLabels: {app: store}}, mtls: {mode: STRICT}, portLevelMtls: {9090: {mode: DISABLE}}}
)";
  const std::vector<std::string_view> rows = {
      "{route: {from: shop/store, host: cart}, expect: {verdict: routed}}",
      "{authz: {from: shop/web, to: shop/store, path: /a}, expect: {allowed: true}}",
      "{authz: {from: shop/store, to: shop/cart}, expect: {principal: {$contains: sa/store}}}",
      "{mtls: {from: shop/web, to: shop/store}, expect: {mode: mutual, accepted: true}}",
      "{mtls: {from: plain/old, to: shop/store}, expect: {accepted: false, server: STRICT}}",
      // The port that is asked for, the Service's or the workload's own, and no other one.
      "{mtls: {from: plain/old, to: shop/store, port: 90}, expect: {accepted: true, server: "
      "DISABLE, because: {$contains: [{field: spec.portLevelMtls.9090}]}}}",
      "{mtls: {from: plain/old, to: shop/store, port: 9090}, expect: {server: DISABLE}}",
      "{mtls: {from: plain/old, to: shop/store, port: 80}, expect: {accepted: false, because: "
      "{$contains: [{field: spec.mtls.mode}]}}}",
      "{authz: {from: plain/old, to: shop/store, port: 90}, expect: {allowed: true}}",
      "{authz: {from: plain/old, to: shop/store, port: 80}, expect: {allowed: false}}",
      "{reach: {from: plain/old, to: 'shop/store:8080'}, expect: {reached: true}}",
      // Nothing stands before a workload without a sidecar.
      "{mtls: {from: shop/web, to: plain/old}, expect: {mode: none, accepted: true, server: '', "
      "because: {$contains: [{object: Pod plain/old-synthesized}]}}}",
      "{mtls: {from: plain/old, to: plain/old}, expect: {mode: none, accepted: true}}",
      "{authz: {from: shop/web, to: plain/old}, expect: {allowed: true}}",
      "{authz: {from: shop/web, to: plain/old, host: old.plain}, expect: {allowed: true}}",
      "{xds: {pod: shop/store, type: clusters, path: $.name}, expect: {count: {$atLeast: 1}}}",
  };
  for (const std::string_view row : rows) {
    const Results results = run("- " + std::string(row), false, head);
    const CaseResult& result = results.suites.at(0).cases.at(0);
    EXPECT_EQ(result.status, Status::kPassed) << row << "\n" << result.message;
  }
}

TEST(Answers, TokensTouchTheRulesOfTheirIssuers) {
  const std::string head = R"(
fixtures:
  objects:
  - apiVersion: security.istio.io/v1
    kind: RequestAuthentication
    metadata: {name: tokens, namespace: shop}
    spec:
      selector: {matchLabels: {app: cart}}
      jwtRules:
      - {issuer: https://a.example, jwks: '{"keys": [{"kty": "RSA", "kid": "a", "n": "AQAB", "e": "AQAB"}]}'}
      - {issuer: https://b.example, jwks: '{"keys": [{"kty": "RSA", "kid": "a", "n": "AQAB", "e": "AQAB"}]}'}
)";
  const std::vector<std::string_view> rows = {
      "tokens: [{claims: {iss: 'https://b.example', sub: s}}]}, expect: {allowed: true, because: "
      "{$contains: [{object: RequestAuthentication shop/tokens, field: 'spec.jwtRules[1]'}]}}}",
      "tokens: [{valid: false, claims: {iss: 'https://a.example', sub: s}}]}, expect: {allowed: "
      "false, because: {$contains: [{object: RequestAuthentication shop/tokens, field: "
      "'spec.jwtRules[0]'}]}}}",
      "method: GET}, expect: {allowed: true, because: {$not: {$contains: [{object: "
      "RequestAuthentication shop/tokens}]}}}}",
  };
  for (const std::string_view row : rows) {
    const Results results =
        run("- {authz: {from: shop/web, to: shop/cart, " + std::string(row), false, head);
    const CaseResult& result = results.suites.at(0).cases.at(0);
    EXPECT_EQ(result.status, Status::kPassed) << row << "\n" << result.message;
  }
}

// Laid over the mesh: a filter at the server whose doing nobody can tell.
constexpr std::string_view kLua = R"(
fixtures:
  objects:
  - apiVersion: networking.istio.io/v1alpha3
    kind: EnvoyFilter
    metadata: {name: lua, namespace: shop}
    spec:
      workloadSelector: {labels: {app: cart}}
      configPatches:
      - applyTo: HTTP_FILTER
        match: {context: SIDECAR_INBOUND, listener: {filterChain: {filter: {name: envoy.filters.network.http_connection_manager}}}}
        patch:
          operation: INSERT_FIRST
          value:
            name: lua
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua
              default_source_code: {inline_string: "function envoy_on_request(h) end"}
)";

TEST(Answers, WhatWasNotWalkedIsNotAllowed) {
  const Results results =
      run("- {name: host, authz: {from: shop/web, to: shop/cart, host: cart}, expect: {allowed: "
          "unknown, "
          "unknown: [{$contains: lua}]}}\n"
          "- {name: direct, authz: {from: shop/web, to: shop/cart}, expect: {allowed: unknown}}\n"
          "- {name: sure, authz: {from: shop/web, to: shop/cart}, expect: {allowed: true}}\n",
          false, std::string(kLua));
  const auto& cases = results.suites.at(0).cases;
  ASSERT_EQ(cases.size(), 3U);
  EXPECT_EQ(cases[0].status, Status::kPassed) << cases[0].message;
  EXPECT_EQ(cases[1].status, Status::kPassed) << cases[1].message;
  EXPECT_EQ(cases[2].message, "allowed is \"unknown\", not true");
}

constexpr std::string_view kCustom = R"(
meshConfig:
  extensionProviders:
  - {name: ask, envoyExtAuthzHttp: {service: cart.shop.svc.cluster.local, port: 80}}
fixtures:
  objects:
  - apiVersion: security.istio.io/v1
    kind: AuthorizationPolicy
    metadata: {name: ask, namespace: shop}
    spec: {action: CUSTOM, provider: {name: ask}, rules: [{to: [{operation: {paths: [/ask]}}]}]}
)";

TEST(Answers, PoliciesOfActionCustomAreNamed) {
  const Results results = run(
      "- {authz: {from: shop/web, to: shop/cart, path: /ask}, expect: {allowed: unknown, asked: "
      "[{policy: shop/ask}], because: {$contains: [{object: AuthorizationPolicy shop/ask, "
      "field: 'spec.rules[0]'}]}}}\n",
      false, std::string(kCustom));
  const CaseResult& result = results.suites.at(0).cases.at(0);
  EXPECT_EQ(result.status, Status::kPassed) << result.message;
}

TEST(Answers, AFailureNamesTheFieldThatMadeTheRoute) {
  const Results results = run("- {route: {from: shop/web, host: cart}, expect: {timeoutMs: 5000}}");
  const CaseResult& result = results.suites.at(0).cases.at(0);
  EXPECT_EQ(result.message, "timeoutMs is 3000, not 5000");
  const auto named =
      std::find_if(result.because.begin(), result.because.end(), [](const Reason& reason) {
        return reason.object == "VirtualService shop/cart" && reason.field == "spec.http[2]";
      });
  EXPECT_NE(named, result.because.end());
}

std::string untouched(const Results& results) {
  std::string out;
  for (const CoverageGroup& group : results.coverage.groups) {
    for (const CoverageItem& item : group.items) {
      if (!item.touched) out += item.object + " " + item.field + "\n";
    }
  }
  return out;
}

TEST(Answers, CoverageOfRoutesRulesAndSubsets) {
  const Results results =
      run("- {name: a, route: {from: shop/web, host: cart}, expect: {verdict: routed}}\n"
          "- {name: b, authz: {from: shop/web, to: shop/cart, path: /admin/x}, expect: {allowed: "
          "false}}\n",
          true);
  EXPECT_EQ(untouched(results),
            "VirtualService shop/cart spec.http[0]\n"
            "VirtualService shop/cart spec.http[1]\n"
            "AuthorizationPolicy shop/cart spec.rules[0]\n"
            "AuthorizationPolicy shop/no-admin spec.rules[0]\n"
            "AuthorizationPolicy shop/cart \n"
            "PeerAuthentication shop/strict \n"
            "DestinationRule shop/cart spec.subsets[1]\n");
}

// Each item is untouched until a case comes to it.
TEST(Answers, CasesTouchWhatTheyComeTo) {
  const std::string before =
      untouched(run("- {name: a, members: {namespace: shop}, expect: {exists: true}}\n", true));
  const std::vector<std::pair<std::string_view, std::vector<std::string_view>>> rows = {
      {"route: {from: shop/web, host: cart, headers: {x-canary: '1'}}, expect: {verdict: routed}",
       {"VirtualService shop/cart spec.http[0]\n", "DestinationRule shop/cart spec.subsets[1]\n",
        "DestinationRule shop/cart \n"}},
      {"authz: {from: shop/web, to: shop/cart, host: cart}, expect: {allowed: true}",
       {"VirtualService shop/cart spec.http[2]\n",
        "AuthorizationPolicy shop/cart spec.rules[0]\n"}},
      {"authz: {from: shop/web, to: shop/cart, method: POST}, expect: {allowed: false}",
       {"AuthorizationPolicy shop/cart \n"}},
      {"mtls: {from: shop/web, to: shop/cart}, expect: {accepted: true}",
       {"PeerAuthentication shop/strict \n"}},
  };
  for (const auto& [text, items] : rows) {
    const std::string after = untouched(run("- {name: a, " + std::string(text) + "}\n", true));
    for (const std::string_view item : items) {
      EXPECT_NE(before.find(item), std::string::npos) << item;
      EXPECT_EQ(after.find(item), std::string::npos) << text << "\n" << item;
    }
  }
}

TEST(Answers, TagsOfDelegatesAreAllRead) {
  const auto places = places_in("{{shop/root http[1]}}a-{{shop/leaf http[0]}}b");
  ASSERT_EQ(places.size(), 2U);
  EXPECT_EQ(places[0].object, "VirtualService shop/root");
  EXPECT_EQ(places[0].field, "spec.http[1]");
  EXPECT_EQ(places[1].object, "VirtualService shop/leaf");
  EXPECT_TRUE(places_in("canary").empty());
  EXPECT_TRUE(places_in("{{x").empty());
}

}  // namespace
}  // namespace mesh::testing
