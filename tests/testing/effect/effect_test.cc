// What a change does to requests.
#include "libmesh/testing/effect/effect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libmesh/index/store.h"

namespace mesh::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kMesh = R"(
apiVersion: v1
kind: Namespace
metadata: {name: app}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: app}
spec: {clusterIP: 10.96.0.2, selector: {app: cart}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: till, namespace: app}
spec: {clusterIP: 10.96.0.3, selector: {app: till}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: app, labels: {app: web, security.istio.io/tlsMode: istio}}
spec: {serviceAccountName: web, containers: [{name: istio-proxy, image: p}]}
status: {phase: Running, podIP: 10.1.0.1, podIPs: [{ip: 10.1.0.1}], conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: cart-0, namespace: app, labels: {app: cart, security.istio.io/tlsMode: istio}}
spec: {serviceAccountName: cart, containers: [{name: istio-proxy, image: p}]}
status: {phase: Running, podIP: 10.1.0.2, podIPs: [{ip: 10.1.0.2}], conditions: [{type: Ready, status: "True"}]}
---
)";

std::string route_to(const char* host) {
  return std::string(R"(
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: cart, namespace: app}
spec:
  hosts: [cart]
  http: [{match: [{uri: {prefix: /pay}}], route: [{destination: {host: )") +
         host + "}}]}, {route: [{destination: {host: cart}}]}]\n---\n";
}

std::string allow(const char* account) {
  return std::string(R"(
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: cart, namespace: app}
spec:
  selector: {matchLabels: {app: cart}}
  rules: [{from: [{source: {principals: [cluster.local/ns/app/sa/)") +
         account + "]}}], to: [{operation: {methods: [GET]}}]}]\n---\n";
}

Effects between(const std::string& before, const std::string& after) {
  const auto snapshot = [](const std::string& text) {
    index::Store store;
    store.apply(kMesh + text, "mesh.yaml");
    return store.snapshot();
  };
  return effect(xds::DiffSide(snapshot(before)), xds::DiffSide(snapshot(after)));
}

// "web-0 GET /pay elsewhere"
std::vector<std::string> texts(const Effects& effects) {
  std::vector<std::string> out;
  for (const RequestEffect& each : effects.list) {
    out.push_back(each.name + " " + each.caller + " " + each.request.method + " " +
                  each.request.path + " " + std::string(to_string(each.kind)) + ": " + each.before +
                  " -> " + each.after);
  }
  return out;
}

TEST(Effect, NothingChangesForNobody) {
  const Effects effects = between(route_to("cart"), route_to("cart"));
  EXPECT_THAT(effects.list, IsEmpty());
  EXPECT_EQ(effects.asked, 0u);
  EXPECT_TRUE(effects.complete);
}

TEST(Effect, ARouteThatGoesElsewhere) {
  const auto found = texts(between(route_to("cart"), route_to("till")));
  EXPECT_THAT(found, Contains(AllOf(HasSubstr("web-0  GET /pay elsewhere"),
                                    HasSubstr("-> goes to till.app"))));
  // What the change does not speak of stays.
  for (const std::string& text : found) EXPECT_THAT(text, HasSubstr("GET /pay ")) << text;
}

TEST(Effect, CallersThatLoseAndGainAccess) {
  const auto found = texts(between(allow("web"), allow("cart")));
  EXPECT_THAT(found,
              Contains(HasSubstr("cart-0 spiffe://cluster.local/ns/app/sa/web GET / loses")));
  EXPECT_THAT(found,
              Contains(HasSubstr("cart-0 spiffe://cluster.local/ns/app/sa/cart GET / gains")));
  for (const std::string& text : found) EXPECT_THAT(text, HasSubstr("cart-0 spiffe://")) << text;
}

TEST(Effect, PlainTextIsACallerToo) {
  const auto found = texts(between("", R"(
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: app}
spec: {mtls: {mode: STRICT}}
)"));
  EXPECT_THAT(found, Contains(HasSubstr("cart-0 plain text GET / loses")));
}

}  // namespace
}  // namespace mesh::testing
