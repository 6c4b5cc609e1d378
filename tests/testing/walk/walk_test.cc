// Requests on their way through a small mesh: where they go and what stops them.
#include "libmesh/testing/walk/walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libmesh/document/json.h"
#include "libmesh/index/proxies/proxies.h"
#include "libmesh/index/store.h"
#include "libmesh/testing/walk/journey.h"
#include "libmesh/testing/walk/request_json.h"

namespace mesh::testing {
namespace {

using ::testing::HasSubstr;

constexpr const char* kMesh = R"(
apiVersion: v1
kind: Namespace
metadata: {name: app}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: app}
spec: {clusterIP: 10.96.0.1, selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: app}
spec:
  clusterIP: 10.96.0.2
  selector: {app: cart}
  ports: [{name: http, port: 80, targetPort: 8080}, {name: tcp, port: 9000}]
---
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: app, labels: {app: web, security.istio.io/tlsMode: istio}}
spec: {serviceAccountName: web, containers: [{name: istio-proxy, image: p}]}
status: {phase: Running, podIP: 10.1.0.1, podIPs: [{ip: 10.1.0.1}], conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: cart-0, namespace: app, labels: {app: cart, version: v1, security.istio.io/tlsMode: istio}}
spec: {serviceAccountName: cart, containers: [{name: istio-proxy, image: p}]}
status: {phase: Running, podIP: 10.1.0.2, podIPs: [{ip: 10.1.0.2}], conditions: [{type: Ready, status: "True"}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: cart-1, namespace: app, labels: {kubernetes.io/service-name: cart}}
addressType: IPv4
endpoints: [{addresses: [10.1.0.2], conditions: {ready: true}, targetRef: {kind: Pod, name: cart-0, namespace: app}}]
ports: [{name: http, port: 8080}, {name: tcp, port: 9000}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: cart, namespace: app}
spec: {host: cart, subsets: [{name: v1, labels: {version: v1}}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: cart, namespace: app}
spec:
  hosts: [cart]
  http:
  - match: [{uri: {prefix: /old}}]
    redirect: {uri: /new, redirectCode: 302}
  - match: [{uri: {prefix: /api/}, headers: {x-user: {exact: me}}}]
    rewrite: {uri: /, authority: inner}
    headers: {request: {set: {x-tier: gold}}}
    timeout: 5s
    retries: {attempts: 4, perTryTimeout: 1s}
    route: [{destination: {host: cart, subset: v1}, weight: 90}, {destination: {host: web}, weight: 10}]
  - match: [{uri: {exact: /teapot}}]
    directResponse: {status: 418}
  - match: [{uri: {exact: /broken}}]
    fault: {abort: {percentage: {value: 100}, httpStatus: 555}}
    route: [{destination: {host: cart}}]
  - match: [{uri: {exact: /gone}}]
    route: [{destination: {host: cart, subset: v9}}]
  - match: [{uri: {prefix: /items}}]
    route: [{destination: {host: cart}}]
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: app}
spec: {mtls: {mode: STRICT}}
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: users, namespace: app}
spec:
  selector: {matchLabels: {app: cart}}
  jwtRules: [{issuer: me.test, audiences: [cart], jwks: '{"keys":[]}'}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: cart, namespace: app}
spec:
  selector: {matchLabels: {app: cart}}
  rules:
  - from: [{source: {principals: [cluster.local/ns/app/sa/web]}}]
    to: [{operation: {methods: [GET], paths: [/items*]}}]
  - from: [{source: {requestPrincipals: [me.test/*]}}]
    to: [{operation: {methods: [POST]}}]
    when: [{key: 'request.auth.claims[groups]', values: [admin]}]
)";

class Walk : public ::testing::Test {
 protected:
  Walk() {
    store_.apply(kMesh, "mesh.yaml");
    snapshot_ = store_.snapshot();
    generator_.update(snapshot_);
  }
  model::Proxy proxy(const char* name) const {
    auto found = index::proxy_of_pod(*snapshot_, "app", name);
    EXPECT_TRUE(found.ok()) << (found.ok() ? "" : found.error().message);
    return *found;
  }
  static Request request(std::string_view json) {
    Diagnostics diagnostics;
    const auto read = read_request(*document::read_json(json, "request", diagnostics));
    EXPECT_TRUE(read.ok()) << (read.ok() ? "" : read.error().message);
    return *read;
  }
  Outcome walk(const char* name, std::string_view json) const {
    return walker_.walk(*generator_.config(proxy(name)), request(json));
  }

  index::Store store_;
  index::SnapshotPtr snapshot_;
  xds::Generator generator_;
  Walker walker_;
};

struct Row {
  const char* rule;
  const char* request;
  Verdict verdict;
  const char* detail;
};

TEST_F(Walk, OutOfASidecar) {
  const Row rows[] = {
      {"by short name", R"({"host":"cart","path":"/items"})", Verdict::kRouted,
       "cart.app.svc.cluster.local:80"},
      {"by whole name with its port",
       R"({"host":"cart.app.svc.cluster.local:80","path":"/items/1"})", Verdict::kRouted,
       "cart.app.svc.cluster.local:80"},
      {"by address", R"({"host":"10.96.0.2","path":"/items"})", Verdict::kRouted, "cart.app"},
      {"a redirect", R"({"host":"cart","path":"/old/x?y"})", Verdict::kRedirect,
       "302 to http://cart/new?y"},
      {"an answer", R"({"host":"cart","path":"/teapot"})", Verdict::kDirectResponse, "418"},
      {"a fault", R"({"host":"cart","path":"/broken"})", Verdict::kAborted, "fault"},
      {"a subset that there is not", R"({"host":"cart","path":"/gone"})", Verdict::kNoCluster,
       "outbound|80|v9|cart.app.svc.cluster.local"},
      {"no route", R"({"host":"cart","path":"/"})", Verdict::kNoRoute, "no route of cart.app"},
      {"weights", R"({"host":"cart","path":"/api/x","headers":{"x-user":"me"}})", Verdict::kRouted,
       "subset v1 (90), web.app.svc.cluster.local:80 (10)"},
      {"TCP by address", R"({"host":"cart","port":9000,"protocol":"tcp"})", Verdict::kRouted,
       "cart.app.svc.cluster.local:9000"},
      {"a host outside", R"({"host":"example.org","path":"/"})", Verdict::kPassthrough,
       "PassthroughCluster"},
      {"a port that nobody has", R"({"host":"cart","port":12345})", Verdict::kPassthrough,
       "PassthroughCluster"},
      {"no method", R"({"host":"cart","method":"FLY"})", Verdict::kNotHttp, "FLY"},
      {"no host", R"({"host":"a/b","address":"10.96.0.2"})", Verdict::kNotHttp, "a/b"},
      {"no header", R"({"host":"cart","headers":{"a b":"c"}})", Verdict::kNotHttp, "a b"},
  };
  for (const Row& row : rows) {
    const Outcome outcome = walk("web-0", row.request);
    EXPECT_EQ(to_string(outcome.verdict), to_string(row.verdict))
        << row.rule << ": " << outcome.detail;
    EXPECT_THAT(outcome.detail, HasSubstr(row.detail)) << row.rule;
    EXPECT_FALSE(outcome.because.empty()) << row.rule;
    EXPECT_TRUE(outcome.unknown.empty()) << row.rule << ": " << outcome.unknown.front();
  }
}

TEST_F(Walk, WhatARouteDoes) {
  const Outcome outcome =
      walk("web-0", R"({"host":"cart","path":"/api/x?y=1","headers":{"x-user":"me"}})");
  EXPECT_EQ(outcome.host, "inner");
  EXPECT_EQ(outcome.path, "/x?y=1");
  EXPECT_EQ(outcome.timeout_ms, 5000u);
  ASSERT_TRUE(outcome.retry.has_value());
  EXPECT_EQ(outcome.retry->attempts, 4u);
  EXPECT_EQ(outcome.retry->per_try_timeout_ms, 1000u);
  ASSERT_EQ(outcome.request_headers.size(), 1u);
  EXPECT_EQ(outcome.request_headers[0], (HeaderChange{HeaderChange::Kind::kSet, "x-tier", "gold"}));
  ASSERT_EQ(outcome.destinations.size(), 2u);
  EXPECT_EQ(outcome.destinations[0].subset, "v1");
  ASSERT_EQ(outcome.destinations[0].endpoints.size(), 1u);
  EXPECT_EQ(outcome.destinations[0].endpoints[0].address, "10.1.0.2:8080");
  EXPECT_EQ(outcome.destinations[0].endpoints[0].tls.mode, Tls::kMutual);
  EXPECT_EQ(outcome.total_weight, 100u);
}

TEST_F(Walk, ARouteNamesTheObjectThatMadeIt) {
  const Outcome outcome = walk("web-0", R"({"host":"cart","path":"/items"})");
  std::vector<std::string> objects;
  for (const Step& step : outcome.because) {
    if (!step.object.empty()) objects.push_back(step.what + " " + step.object);
  }
  EXPECT_THAT(objects, ::testing::Contains("route VirtualService/app/cart"));
  EXPECT_THAT(objects, ::testing::Contains("cluster DestinationRule/app/cart"));
}

constexpr const char* kByWeb =
    R"("side":"inbound","port":8080,"tls":"mutual","alpn":["istio"],"source":{"identity":"spiffe://cluster.local/ns/app/sa/web"})";
constexpr const char* kByOther =
    R"("side":"inbound","port":8080,"tls":"mutual","alpn":["istio"],"source":{"identity":"spiffe://cluster.local/ns/app/sa/other"})";

TEST_F(Walk, IntoASidecar) {
  const std::string web(kByWeb);
  const std::string other(kByOther);
  const std::pair<std::string, Row> rows[] = {
      {"{" + web + R"(,"path":"/items/1"})", {"allowed", "", Verdict::kRouted, "inbound|8080||"}},
      {"{" + web + R"(,"path":"/items/1","method":"POST"})",
       {"another method", "", Verdict::kDenied, "no ALLOW rule"}},
      {"{" + web + R"(,"path":"/other"})", {"another path", "", Verdict::kDenied, "no ALLOW rule"}},
      {"{" + other + R"(,"path":"/items"})",
       {"somebody else", "", Verdict::kDenied, "no ALLOW rule"}},
      {R"({"side":"inbound","port":8080,"path":"/items"})",
       {"plain text where mutual TLS is strict", "", Verdict::kNoFilterChain, "no filter chain"}},
      {R"({"side":"inbound","port":8080,"tls":"tls"})",
       {"no certificate", "", Verdict::kTlsRefused, "certificate"}},
      {"{" + other +
           R"(,"method":"POST","tokens":[{"claims":{"iss":"me.test","sub":"u","aud":"cart","groups":["admin"]}}]})",
       {"a token with the claim", "", Verdict::kRouted, "inbound|8080||"}},
      {"{" + other +
           R"(,"method":"POST","tokens":[{"claims":{"iss":"me.test","sub":"u","aud":"cart","groups":"user"}}]})",
       {"a token without", "", Verdict::kDenied, "no ALLOW rule"}},
      {"{" + other +
           R"(,"method":"POST","tokens":[{"claims":{"iss":"me.test","sub":"u","aud":"x"}}]})",
       {"a token for others", "", Verdict::kUnauthenticated, "Audiences in Jwt are not allowed"}},
      {"{" + web + R"(,"path":"/items","headers":{"connection":"Upgrade","upgrade":"WebSocket"}})",
       {"an upgrade", "", Verdict::kRouted, "inbound|8080||"}},
      {"{" + web + R"(,"path":"/items","headers":{"connection":"Upgrade","upgrade":"other"}})",
       {"no upgrade", "", Verdict::kNotHttp, "an upgrade to other is not offered"}},
      {"{" + other + R"(,"method":"POST","tokens":[{"claims":{"iss":"you.test","sub":"u"}}]})",
       {"a token of others", "", Verdict::kUnauthenticated, "Jwt issuer is not configured"}},
      {"{" + other +
           R"(,"method":"POST","tokens":[{"valid":false,"claims":{"iss":"me.test","sub":"u","aud":"cart"}}]})",
       {"a token that is not signed", "", Verdict::kUnauthenticated, "Jwt verification fails"}},
  };
  for (const auto& [json, row] : rows) {
    const Outcome outcome = walk("cart-0", json);
    EXPECT_EQ(to_string(outcome.verdict), to_string(row.verdict))
        << row.rule << ": " << outcome.detail;
    EXPECT_THAT(outcome.detail, HasSubstr(row.detail)) << row.rule;
  }
}

TEST_F(Walk, WhoAllowedIt) {
  const Outcome outcome = walk("cart-0", "{" + std::string(kByWeb) + R"(,"path":"/items"})");
  EXPECT_THAT(outcome.allowed_by, ::testing::ElementsAre("ns[app]-policy[cart]-rule[0]"));
  EXPECT_EQ(outcome.principal, "spiffe://cluster.local/ns/app/sa/web");
  EXPECT_EQ(outcome.tls, Tls::kMutual);
}

TEST_F(Walk, ADenialByDefaultNamesThePoliciesThatCouldHaveAllowed) {
  const Outcome outcome = walk("cart-0", "{" + std::string(kByWeb) + R"(,"path":"/other"})");
  EXPECT_EQ(outcome.verdict, Verdict::kDenied);
  EXPECT_TRUE(outcome.is_certain());
  size_t named = 0;
  for (const Step& step : outcome.because) named += step.object == "AuthorizationPolicy/app/cart";
  EXPECT_EQ(named, 1u);
}

constexpr const char* kFirstFilter = R"(
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: first, namespace: app}
spec:
  workloadSelector: {labels: {app: cart}}
  configPatches:
  - applyTo: HTTP_FILTER
    match: {context: SIDECAR_INBOUND, listener: {filterChain: {filter: {name: envoy.filters.network.http_connection_manager}}}}
    patch: {operation: INSERT_FIRST, value: {name: first, typed_config: )";

std::string written(const Outcome& outcome) {
  document::JsonWriter json;
  write(json, outcome);
  return json.text();
}

class WalkWithFilter : public Walk {
 protected:
  void put_first(const std::string& config) {
    store_.apply(kFirstFilter + config + "}}\n", "filter.yaml");
    snapshot_ = store_.snapshot();
    generator_.update(snapshot_);
  }
};

TEST_F(WalkWithFilter, ARuleThatIsNotKnownLeavesTheVerdictOpen) {
  put_first(
      R"({"@type": type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC,
          rules: {action: DENY, policies: {p: {permissions: [{not_rule: {matcher: {name: m}}}],
                                               principals: [{any: true}]}}}})");
  const Outcome open = walk("cart-0", "{" + std::string(kByWeb) + R"(,"path":"/items"})");
  EXPECT_EQ(open.verdict, Verdict::kUnknown) << open.detail;
  EXPECT_FALSE(open.is_certain());
  EXPECT_THAT(open.unknown, ::testing::ElementsAre("an RBAC rule by matcher"));
  // Denied by another filter, whatever that one decides.
  const Outcome denied = walk("cart-0", "{" + std::string(kByWeb) + R"(,"path":"/other"})");
  EXPECT_EQ(denied.verdict, Verdict::kDenied) << denied.detail;
  EXPECT_TRUE(denied.is_certain());
  EXPECT_THAT(written(denied), HasSubstr(R"("certain":true)"));
}

TEST_F(WalkWithFilter, AFilterThatIsNotWalkedMakesItUncertain) {
  put_first(R"({"@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua})");
  const Outcome outcome = walk("cart-0", "{" + std::string(kByWeb) + R"(,"path":"/items"})");
  EXPECT_EQ(outcome.verdict, Verdict::kRouted) << outcome.detail;
  EXPECT_FALSE(outcome.is_certain());
  EXPECT_THAT(written(outcome), HasSubstr(R"("certain":false)"));
}

TEST_F(Walk, TlsThatNobodyEndedGoesWithinTheMutualTlsOfTheProxies) {
  const Travel travel(generator_, index::proxies(*snapshot_), walker_);
  const Journey journey = travel.from(
      proxy("web-0"), request(R"({"host":"cart","port":9000,"protocol":"tcp","tls":"tls"})"));
  ASSERT_EQ(journey.arrivals.size(), 1u);
  const Request& arrived = journey.arrivals[0].request;
  EXPECT_EQ(arrived.tls, Tls::kMutual);
  EXPECT_EQ(arrived.protocol, Protocol::kTcp);
  EXPECT_EQ(journey.arrivals[0].outcome.principal, "spiffe://cluster.local/ns/app/sa/web");
}

TEST_F(Walk, OnlyAnHttpFilterChainNamesHttpInTheAlpn) {
  const Travel travel(generator_, index::proxies(*snapshot_), walker_);
  const std::pair<const char*, const char*> rows[] = {
      {R"({"host":"cart","path":"/items"})", "istio-http/1.1"},
      {R"({"host":"cart","port":9000})", "istio-peer-exchange"}};
  for (const auto& [json, alpn] : rows) {
    const Journey journey = travel.from(proxy("web-0"), request(json));
    ASSERT_EQ(journey.arrivals.size(), 1u) << json;
    EXPECT_THAT(journey.arrivals[0].request.alpn, ::testing::ElementsAre(alpn, "istio")) << json;
  }
}

TEST_F(Walk, FromWorkloadToWorkload) {
  const Travel travel(generator_, index::proxies(*snapshot_), walker_);
  const Journey good = travel.from(proxy("web-0"), request(R"({"host":"cart","path":"/items"})"));
  ASSERT_EQ(good.arrivals.size(), 1u);
  EXPECT_EQ(good.arrivals[0].proxy, "cart-0.app");
  EXPECT_EQ(good.arrivals[0].outcome.verdict, Verdict::kRouted) << good.arrivals[0].outcome.detail;
  EXPECT_EQ(good.arrivals[0].outcome.principal, "spiffe://cluster.local/ns/app/sa/web");
  const Journey bad =
      travel.from(proxy("web-0"), request(R"({"host":"cart","path":"/items","method":"PUT"})"));
  ASSERT_EQ(bad.arrivals.size(), 1u);
  EXPECT_EQ(bad.arrivals[0].outcome.verdict, Verdict::kDenied);
  const Journey plain =
      travel.plain(request(R"({"address":"10.1.0.2","port":8080,"host":"cart","path":"/items"})"));
  ASSERT_EQ(plain.arrivals.size(), 1u);
  EXPECT_EQ(plain.arrivals[0].outcome.verdict, Verdict::kNoFilterChain);
}

// Clusters that share no network may give one address twice.
TEST_F(Walk, WhichProxyHasAnAddress) {
  std::vector<model::Proxy> all;
  for (const auto& [cluster, network] :
       {std::pair{"east", "n2"}, {"west", "n1"}, {"Kubernetes", "n1"}, {"north", "n3"}}) {
    model::Proxy& proxy = all.emplace_back();
    proxy.cluster_id = cluster;
    proxy.network = network;
    proxy.ip_addresses = {"10.0.0.1"};
  }
  const Travel travel(generator_, all, walker_);
  const auto found = [&](const char* cluster, const char* network) {
    model::Proxy near;
    near.cluster_id = cluster;
    near.network = network;
    return travel.at("10.0.0.1", &near)->cluster_id;
  };
  EXPECT_EQ(found("Kubernetes", "n1"), "Kubernetes");
  EXPECT_EQ(found("east", "n2"), "east");
  EXPECT_EQ(found("south", "n3"), "north");
  EXPECT_EQ(found("south", "n4"), "east");  // no gateway is before any of them
  EXPECT_EQ(travel.at("10.0.0.1", nullptr)->cluster_id, "east");
  EXPECT_EQ(travel.at("10.0.0.2", nullptr), nullptr);
}

TEST_F(Walk, ReadsAResourceOnce) {
  const auto config = generator_.config(proxy("web-0"));
  const Request one = request(R"({"host":"cart","path":"/items"})");
  const Outcome first = walker_.walk(*config, one);
  walker_.forget();
  const Outcome again = walker_.walk(*config, one);
  EXPECT_EQ(first.detail, again.detail);
  EXPECT_EQ(first.because.size(), again.because.size());
}

TEST(RequestJson, NamesWhatIsWrong) {
  const std::pair<const char*, const char*> rows[] = {
      {R"({"hots":"a"})", "hots: there is no such field"},
      {R"({"port":"80"})", "port: a number from 0 to 65535 is wanted"},
      {R"({"tls":"yes"})", "tls: one of none, tls, mutual is wanted"},
      {R"({"source":{"name":"x"}})", "source.name: there is no such field"},
      {R"({"tokens":[{}]})", "tokens.claims: a mapping is wanted"},
      {R"([])", ": a mapping is wanted"}};
  for (const auto& [json, message] : rows) {
    Diagnostics diagnostics;
    const auto read = read_request(*document::read_json(json, "request", diagnostics));
    ASSERT_FALSE(read.ok()) << json;
    EXPECT_EQ(read.error().message, message);
  }
}

}  // namespace
}  // namespace mesh::testing
