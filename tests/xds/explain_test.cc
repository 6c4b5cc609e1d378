// What makes a resource, found by taking things away.
#include "libmesh/xds/explain/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "libmesh/index/proxies/proxies.h"
#include "libmesh/index/store.h"
#include "tests/xds/fixtures.h"

namespace mesh::xds {
namespace {

using ::testing::HasSubstr;

const std::string kCart = R"(
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: app}
spec: {clusterIP: 10.0.0.11, ports: [{name: http, port: 80}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: cart, namespace: app}
spec:
  host: cart
  trafficPolicy:
    connectionPool: {http: {maxRetries: 7}, tcp: {connectTimeout: 3s}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: cart, namespace: app}
spec:
  hosts: [cart]
  http: [{timeout: 5s, route: [{destination: {host: cart}}]}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: far, namespace: app}
spec: {hosts: [far.example], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}
---
)";

index::SnapshotPtr snapshot_of(const std::string& text) {
  index::Store store;
  store.apply(testing::kNamespace + text, "app.yaml");
  return store.snapshot();
}

model::Proxy sidecar(const index::SnapshotPtr& snapshot) {
  auto proxy = index::read_proxy(*snapshot, testing::kSidecar, "proxy.yaml");
  EXPECT_TRUE(proxy.ok());
  return *proxy;
}

Result<Explanation> ask(const std::string& text, Type type, std::string_view name) {
  const auto snapshot = snapshot_of(text);
  return explain(snapshot, sidecar(snapshot), type, name);
}

const ObjectLink* link_of(const Explanation& explanation, const std::string& object) {
  for (const ObjectLink& link : explanation.because) {
    if (to_string(link.object->key) == object) return &link;
  }
  return nullptr;
}

const FieldLink* field_of(const ObjectLink* link, std::string_view path) {
  if (link == nullptr) return nullptr;
  for (const FieldLink& field : link->fields) {
    if (field.field == path) return &field;
  }
  return nullptr;
}

TEST(Explain, AClusterIsMadeByItsServiceAndShapedByTheFieldsOfItsRule) {
  const auto found = ask(kCart, Type::kCluster, "outbound|80||cart.app.svc.cluster.local");
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_TRUE(found->complete);
  const ObjectLink* service = link_of(*found, "Service app/cart");
  ASSERT_NE(service, nullptr);
  EXPECT_EQ(service->effect.kind, Effect::Kind::kMakes);
  EXPECT_EQ(link_of(*found, "ServiceEntry app/far"), nullptr);
  EXPECT_EQ(link_of(*found, "VirtualService app/cart"), nullptr)
      << "routes are no part of a cluster";

  const ObjectLink* rule = link_of(*found, "DestinationRule app/cart");
  const FieldLink* retries = field_of(rule, "spec.trafficPolicy.connectionPool.http.maxRetries");
  ASSERT_NE(retries, nullptr);
  EXPECT_EQ(retries->value, "7");
  EXPECT_NE(retries->line, 0U);
  ASSERT_EQ(retries->effect.changes.size(), 1U);
  EXPECT_EQ(retries->effect.changes[0].path, "circuitBreakers.thresholds[0].maxRetries");
  EXPECT_EQ(retries->effect.changes[0].with, "7");
  EXPECT_EQ(retries->effect.changes[0].without, "4294967295");
  EXPECT_NE(field_of(rule, "spec.trafficPolicy.connectionPool.tcp.connectTimeout"), nullptr);
}

TEST(Explain, APartOfARouteConfigurationIsAskedForByItsName) {
  const auto found = ask(kCart, Type::kRoute, "80/cart.app.svc.cluster.local:80");
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(found->name, "80");
  EXPECT_EQ(found->part, "cart.app.svc.cluster.local:80");
  const ObjectLink* rule = link_of(*found, "VirtualService app/cart");
  EXPECT_NE(field_of(rule, "spec.http[0].timeout"), nullptr);
  EXPECT_EQ(link_of(*found, "ServiceEntry app/far"), nullptr) << "another virtual host";
  EXPECT_EQ(link_of(*found, "DestinationRule app/cart"), nullptr);
}

TEST(Explain, APartOfANameIsEnoughWhenItIsOneOnly) {
  const auto found = ask(kCart, Type::kCluster, "cart");
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(found->name, "outbound|80||cart.app.svc.cluster.local");
}

// A port whose protocol is sniffed has several chains of one name.
TEST(Explain, AllFilterChainsOfANameAreLookedAt) {
  const std::string text = R"(
apiVersion: v1
kind: Service
metadata: {name: web, namespace: app}
spec: {clusterIP: 10.0.0.12, selector: {app: web}, ports: [{name: any, port: 80, targetPort: 8080}]}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: strict, namespace: app}
spec: {mtls: {mode: STRICT}}
)";
  const auto found = ask(text, Type::kListener, "virtualInbound/0.0.0.0_8080");
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(found->part, "0.0.0.0_8080");
  EXPECT_NE(link_of(*found, "PeerAuthentication app/strict"), nullptr);
}

TEST(Explain, ANameThatIsNoneIsAnErrorThatSaysWhatThereIs) {
  const auto found = ask(kCart, Type::kCluster, "outbound|80||kart.app.svc.cluster.local");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(found.error().message, HasSubstr("outbound|80||cart.app.svc.cluster.local"));
  EXPECT_FALSE(ask(kCart, Type::kCluster, "outbound").ok()) << "several";
}

TEST(Explain, OfTwoThatSayTheSameEachIsACauseWhileTheOtherIsAway) {
  const std::string twice = R"(
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: a, namespace: app}
spec: {mtls: {mode: STRICT}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: b, namespace: app}
spec: {mtls: {mode: STRICT}}
---
)" + testing::web_service("http");
  const auto found = ask(twice, Type::kListener, "virtualInbound");
  ASSERT_TRUE(found.ok()) << found.error().message;
  const ObjectLink* a = link_of(*found, "PeerAuthentication app/a");
  const ObjectLink* b = link_of(*found, "PeerAuthentication app/b");
  ASSERT_TRUE(a != nullptr && b != nullptr);
  ASSERT_EQ(a->alternatives.size(), 1U);
  EXPECT_EQ(to_string(a->alternatives[0]), "PeerAuthentication app/b");
  EXPECT_NE(field_of(a, "spec.mtls.mode"), nullptr);
  const auto conflict =
      std::any_of(found->diagnostics.begin(), found->diagnostics.end(),
                  [](const Diagnostic& d) { return d.object == "PeerAuthentication app/b"; });
  EXPECT_TRUE(conflict) << "who wins is told";
}

TEST(Explain, OfPoliciesThatStandInForEachOtherNothingElseIsBlamed) {
  const std::string policies = R"(
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: far, namespace: app}
spec: {hosts: [far.example], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: all, namespace: app}
spec: {mtls: {mode: STRICT}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: w1, namespace: app}
spec: {mtls: {mode: STRICT}, selector: {matchLabels: {app: web}}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: w2, namespace: app}
spec: {portLevelMtls: {8080: {mode: DISABLE}}, selector: {matchLabels: {app: web}}}
---
)" + testing::web_service("http");
  const auto found = ask(policies, Type::kListener, "virtualInbound");
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_NE(link_of(*found, "PeerAuthentication app/w1"), nullptr);
  EXPECT_EQ(link_of(*found, "ServiceEntry app/far"), nullptr);
}

TEST(Explain, EndpointsOfASubsetAreMadeByTheRuleThatNamesIt) {
  const std::string rule = testing::web_service("http") + R"(---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web, namespace: app}
spec: {host: web, subsets: [{name: both}]}
)";
  const auto found = ask(rule, Type::kEndpoint, "outbound|80|both|web.app.svc.cluster.local");
  ASSERT_TRUE(found.ok()) << found.error().message;
  const ObjectLink* link = link_of(*found, "DestinationRule app/web");
  ASSERT_NE(link, nullptr);
  EXPECT_EQ(link->effect.kind, Effect::Kind::kMakes);
}

TEST(Explain, FieldsOfAMeshConfigInAConfigMapAreNamed) {
  const std::string config = R"(
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    connectTimeout: 4s
    enableTracing: false
---
)";
  const auto found = ask(config + kCart, Type::kCluster, "outbound|80||cart.app.svc.cluster.local");
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(field_of(link_of(*found, "ConfigMap istio-system/istio"), "data.mesh: connectTimeout"),
            nullptr)
      << "the rule says it";
  const auto other = ask(config + kCart, Type::kCluster, "far.example");
  ASSERT_TRUE(other.ok()) << other.error().message;
  const FieldLink* timeout =
      field_of(link_of(*other, "ConfigMap istio-system/istio"), "data.mesh: connectTimeout");
  ASSERT_NE(timeout, nullptr);
  EXPECT_EQ(timeout->effect.changes.at(0).path, "connectTimeout");
}

// The bytes may be others: a patched message is written anew.
TEST(Explain, APatchThatSaysWhatIsThereAlreadyIsNoCause) {
  const auto patched = [](const std::string& value) {
    return kCart + R"(
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: patch, namespace: app}
spec:
  configPatches:
  - {applyTo: CLUSTER, match: {context: SIDECAR_OUTBOUND}, patch: {operation: MERGE, value: {)" +
           value + "}}}\n---\n";
  };
  const std::string name = "outbound|80||cart.app.svc.cluster.local";
  const auto same = ask(patched("connect_timeout: 3s"), Type::kCluster, name);
  ASSERT_TRUE(same.ok()) << same.error().message;
  EXPECT_EQ(link_of(*same, "EnvoyFilter app/patch"), nullptr);
  EXPECT_NE(link_of(*same, "Service app/cart"), nullptr);
  const auto other = ask(patched("connect_timeout: 4s"), Type::kCluster, name);
  ASSERT_TRUE(other.ok()) << other.error().message;
  EXPECT_NE(link_of(*other, "EnvoyFilter app/patch"), nullptr);
}

TEST(ExplainPolicy, WhatARuleDoesToAProxyIsEachResourceThatWouldDiffer) {
  const auto snapshot = snapshot_of(kCart);
  const auto found = explain_object(snapshot, sidecar(snapshot), "DestinationRule/app/cart");
  ASSERT_TRUE(found.ok()) << found.error().message;
  ASSERT_EQ(found->effects.size(), 1U);
  EXPECT_EQ(found->effects[0].type, Type::kCluster);
  EXPECT_EQ(found->effects[0].effect.kind, Effect::Kind::kShapes);
  EXPECT_TRUE(explain_object(snapshot, sidecar(snapshot), "cart").ok())
      << "the one policy of that name";
  const auto entry = explain_object(snapshot, sidecar(snapshot), "serviceentry app/far");
  ASSERT_TRUE(entry.ok()) << entry.error().message;
  EXPECT_EQ(entry->effects[0].effect.kind, Effect::Kind::kMakes);
  EXPECT_FALSE(explain_object(snapshot, sidecar(snapshot), "nobody").ok());
}

TEST(Changes, ElementsAreMatchedByNameAndListsByTheirEnds) {
  using document::List;
  using document::Map;
  using document::Value;
  const auto named = [](const char* name, int64_t n) {
    Value out{Map{}};
    out.set("name", Value(name));
    out.set("n", Value(n));
    return out;
  };
  Value a{Map{}};
  a.set("l", Value(List{named("x", 1), named("y", 2)}));
  Value b{Map{}};
  b.set("l", Value(List{named("y", 3), named("z", 4)}));
  const auto found = changes(a, b);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].path, "l[x]");
  EXPECT_EQ(found[0].without, "");
  EXPECT_EQ(found[1], (Change{"l[y].n", "2", "3"}));
  EXPECT_EQ(found[2].path, "l[z]");

  Value c{List{Value("p"), Value("q"), Value("r")}};
  Value d{List{Value("p"), Value("r")}};
  const auto middle = changes(c, d);
  ASSERT_EQ(middle.size(), 1U);
  EXPECT_EQ(middle[0], (Change{"[1]", "\"q\"", ""}));
}

}  // namespace
}  // namespace mesh::xds
