// The protocol itself: what is answered, what is not, and what ends a stream.
#include "libmesh/xds/session/session.h"

#include <gtest/gtest.h>

#include "libmesh/index/store.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/discovery.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/rpc.h"

namespace mesh::xds {
namespace {

constexpr const char* kInput = R"(
apiVersion: v1
kind: Namespace
metadata: {name: app}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: app}
spec: {clusterIP: 10.0.0.20, selector: {app: api}, ports: [{name: http, port: 80, targetPort: 8080}]}
)";
constexpr const char* kCluster = "outbound|80||api.app.svc.cluster.local";

struct Ask {
  Type type = Type::kCluster;
  std::vector<std::string> names = {};        // state of the world: all; delta: to subscribe
  std::vector<std::string> unsubscribe = {};  // delta
  std::string nonce = {};
  std::string error = {};
  std::string node = "sidecar~10.1.0.9~web.app~app.svc.cluster.local";
};

std::string state_of_the_world(const Ask& ask) {
  std::string bytes;
  envoy::discovery::DiscoveryRequest request(bytes);
  if (!ask.node.empty()) request.node([&](auto node) { node.id(ask.node); });
  for (const std::string& name : ask.names) request.resource_names(name);
  request.type_url(type_url(ask.type));
  request.response_nonce(ask.nonce);
  if (!ask.error.empty()) request.error_detail([&](auto status) { status.message(ask.error); });
  return bytes;
}

std::string delta(const Ask& ask) {
  std::string bytes;
  envoy::discovery::DeltaDiscoveryRequest request(bytes);
  if (!ask.node.empty()) request.node([&](auto node) { node.id(ask.node); });
  request.type_url(type_url(ask.type));
  for (const std::string& name : ask.names) request.resource_names_subscribe(name);
  for (const std::string& name : ask.unsubscribe) request.resource_names_unsubscribe(name);
  request.response_nonce(ask.nonce);
  if (!ask.error.empty()) request.error_detail([&](auto status) { status.message(ask.error); });
  return bytes;
}

class SessionTest : public ::testing::Test {
 protected:
  SessionTest() {
    store_.apply(kInput, "");
    generator_.update(store_.snapshot());
  }

  Message take(Session& session) {
    auto message = session.next();
    EXPECT_TRUE(message.has_value()) << "nothing was sent";
    return message ? std::move(*message) : Message{};
  }
  static void expect_silence(Session& session) {
    EXPECT_FALSE(session.next().has_value()) << "something was sent";
  }

  index::Store store_;
  Generator generator_;
  Session world_{generator_, {.delta = false, .flavour = {}, .secrets = {}}};
  Session delta_{generator_, {.delta = true, .flavour = {}, .secrets = {}}};
};

TEST_F(SessionTest, AnAcknowledgementIsNotAnswered) {
  ASSERT_TRUE(world_.receive(state_of_the_world({})).ok());
  Message first = take(world_);
  EXPECT_GT(first.resource_count, 0u);
  ASSERT_TRUE(world_.receive(state_of_the_world({.nonce = first.nonce})).ok());
  expect_silence(world_);
  EXPECT_EQ(world_.status()[0].acked_nonce, first.nonce);
}

TEST_F(SessionTest, ARefusalIsNotedAndNotSentAgain) {
  ASSERT_TRUE(world_.receive(state_of_the_world({})).ok());
  Message first = take(world_);
  ASSERT_TRUE(
      world_.receive(state_of_the_world({.nonce = first.nonce, .error = "bad cluster"})).ok());
  expect_silence(world_);
  world_.update();
  expect_silence(world_);
  TypeStatus status = world_.status()[0];
  EXPECT_EQ(status.rejects, 1u);
  EXPECT_EQ(status.error, "bad cluster");
  EXPECT_EQ(status.acked_nonce, "");
}

TEST_F(SessionTest, AnAnswerToAnOlderResponseIsIgnored) {
  ASSERT_TRUE(world_.receive(state_of_the_world({})).ok());
  take(world_);
  ASSERT_TRUE(world_.receive(state_of_the_world({.nonce = "999"})).ok());
  expect_silence(world_);
  EXPECT_EQ(world_.status()[0].acked_nonce, "");
}

TEST_F(SessionTest, EndpointsAreAnsweredAgainAfterClustersWereSent) {
  ASSERT_TRUE(
      world_.receive(state_of_the_world({.type = Type::kEndpoint, .names = {kCluster}})).ok());
  Message endpoints = take(world_);
  ASSERT_TRUE(world_.receive(state_of_the_world({})).ok());
  take(world_);
  // Envoy replaced its clusters and waits for their endpoints (warming).
  ASSERT_TRUE(world_
                  .receive(state_of_the_world(
                      {.type = Type::kEndpoint, .names = {kCluster}, .nonce = endpoints.nonce}))
                  .ok());
  EXPECT_EQ(take(world_).resource_count, 1u);
}

TEST_F(SessionTest, FurtherNamesAreAnsweredAlone) {
  ASSERT_TRUE(world_.receive(state_of_the_world({.type = Type::kRoute, .names = {"80"}})).ok());
  Message first = take(world_);
  ASSERT_TRUE(world_
                  .receive(state_of_the_world(
                      {.type = Type::kRoute, .names = {"80", "81"}, .nonce = first.nonce}))
                  .ok());
  EXPECT_EQ(take(world_).resource_count, 1u);
}

TEST_F(SessionTest, DeltaTellsWhatIsNotThere) {
  ASSERT_TRUE(delta_.receive(delta({.type = Type::kEndpoint, .names = {kCluster, "none"}})).ok());
  Message message = take(delta_);
  EXPECT_EQ(message.resource_count, 1u);
  EXPECT_EQ(message.removed_count, 1u);
}

TEST_F(SessionTest, DeltaForgetsWhatIsNoLongerAskedFor) {
  ASSERT_TRUE(delta_.receive(delta({.type = Type::kEndpoint, .names = {kCluster}})).ok());
  take(delta_);
  ASSERT_TRUE(delta_.receive(delta({.type = Type::kEndpoint, .unsubscribe = {kCluster}})).ok());
  expect_silence(delta_);
  store_.apply(R"(
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: api-1, namespace: app, labels: {kubernetes.io/service-name: api}}
addressType: IPv4
endpoints: [{addresses: [10.1.0.2], conditions: {ready: true}}]
ports: [{name: http, port: 8080}]
)",
               "");
  generator_.update(store_.snapshot());
  delta_.update();
  expect_silence(delta_);
}

TEST_F(SessionTest, DeltaMayAskForEverythingLater) {
  ASSERT_TRUE(delta_.receive(delta({.names = {"BlackHoleCluster"}})).ok());
  EXPECT_EQ(take(delta_).resource_count, 1u);
  ASSERT_TRUE(delta_.receive(delta({.names = {"*"}})).ok());
  EXPECT_GT(take(delta_).resource_count, 1u);
  expect_silence(delta_);
}

TEST_F(SessionTest, DeltaPushesARemovedServiceAsRemoval) {
  ASSERT_TRUE(delta_.receive(delta({})).ok());
  take(delta_);
  ASSERT_TRUE(store_.erase({kube::Kind::kService, "app", "api"}));
  generator_.update(store_.snapshot());
  delta_.update();
  Message message = take(delta_);
  EXPECT_EQ(message.resource_count, 0u);
  EXPECT_EQ(message.removed_count, 1u);
}

// Envoy's cluster waits for its endpoints when it replaces another one, and asks for none that it has.
TEST_F(SessionTest, DeltaSendsTheEndpointsOfAChangedClusterAgain) {
  ASSERT_TRUE(delta_.receive(delta({})).ok());
  take(delta_);
  ASSERT_TRUE(delta_.receive(delta({.type = Type::kEndpoint, .names = {kCluster}})).ok());
  take(delta_);
  store_.apply(R"(
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: api, namespace: app}
spec: {host: api.app.svc.cluster.local, trafficPolicy: {loadBalancer: {simple: RANDOM}}}
)",
               "");
  generator_.update(store_.snapshot());
  ASSERT_TRUE(delta_.update().ok());
  const Message clusters = take(delta_);
  EXPECT_EQ(clusters.resource_count, 1u);
  const Message endpoints = take(delta_);
  EXPECT_EQ(endpoints.resource_count, 1u);
  EXPECT_EQ(endpoints.removed_count, 0u);
  expect_silence(delta_);
  // The next push has nothing for it.
  ASSERT_TRUE(delta_.update().ok());
  expect_silence(delta_);
}

TEST_F(SessionTest, WhatTheWildcardShowsIsShownWhenItsNameIsTakenBack) {
  ASSERT_TRUE(delta_.receive(delta({.names = {"*", "BlackHoleCluster"}})).ok());
  while (delta_.next()) {
  }
  ASSERT_TRUE(delta_.receive(delta({.unsubscribe = {"BlackHoleCluster"}})).ok());
  EXPECT_EQ(take(delta_).resource_count, 1u);
}

TEST_F(SessionTest, WithoutTheWildcardOnlyNamesCount) {
  ASSERT_TRUE(delta_.receive(delta({.names = {"*", "BlackHoleCluster"}})).ok());
  while (delta_.next()) {
  }
  ASSERT_TRUE(delta_.receive(delta({.unsubscribe = {"*"}})).ok());
  expect_silence(delta_);
  ASSERT_TRUE(store_.erase({kube::Kind::kService, "app", "api"}));
  generator_.update(store_.snapshot());
  ASSERT_TRUE(delta_.update().ok());
  expect_silence(delta_);
}

TEST_F(SessionTest, AStarAsksForEverything) {
  ASSERT_TRUE(world_.receive(state_of_the_world({.names = {"*"}})).ok());
  EXPECT_GT(take(world_).resource_count, 1u);
}

// Of a client that comes back from another server.
TEST_F(SessionTest, TheFirstRequestOfATypeMayCarryAForeignNonce) {
  ASSERT_TRUE(world_.receive(state_of_the_world({.nonce = "999"})).ok());
  EXPECT_GT(take(world_).resource_count, 1u);
  EXPECT_EQ(world_.status()[0].acked_nonce, "");
}

TEST_F(SessionTest, WhoNamesNothingMoreIsSentNothingMore) {
  const Ask endpoints{.type = Type::kEndpoint, .names = {kCluster}};
  ASSERT_TRUE(world_.receive(state_of_the_world(endpoints)).ok());
  const Message first = take(world_);
  ASSERT_TRUE(
      world_.receive(state_of_the_world({.type = Type::kEndpoint, .nonce = first.nonce})).ok());
  expect_silence(world_);
  EXPECT_FALSE(world_.status()[static_cast<size_t>(Type::kEndpoint)].subscribed);
  ASSERT_TRUE(world_.receive(state_of_the_world(endpoints)).ok());
  EXPECT_EQ(take(world_).resource_count, 1u);
}

TEST_F(SessionTest, AProxyWhoseNamespaceLeftIsToldSo) {
  index::Store store;
  const char* const plane = R"(
apiVersion: maistra.io/v2
kind: ServiceMeshControlPlane
metadata: {name: basic, namespace: plane}
---
apiVersion: maistra.io/v1
kind: ServiceMeshMemberRoll
metadata: {name: default, namespace: plane}
spec: {members: [)";
  store.apply(kInput, "");
  store.apply(plane + std::string("app]}"), "");
  Generator generator;
  generator.update(store.snapshot());
  Session session(generator, {.delta = false, .flavour = {}, .secrets = {}});
  ASSERT_TRUE(session.receive(state_of_the_world({})).ok());
  take(session);
  store.apply(plane + std::string("]}"), "");
  generator.update(store.snapshot());
  EXPECT_EQ(session.update().error().code, ErrorCode::kNotFound);
  expect_silence(session);
  EXPECT_FALSE(session.receive(state_of_the_world({.type = Type::kRoute, .names = {"80"}})).ok());
  store.apply(plane + std::string("app]}"), "");
  generator.update(store.snapshot());
  EXPECT_TRUE(session.update().ok());
  EXPECT_TRUE(session.receive(state_of_the_world({.type = Type::kRoute, .names = {"80"}})).ok());
}

// Requests that run through the filter would be answered with 500 (envoyproxy/envoy#32823).
TEST_F(SessionTest, DeltaTakesNoExtensionAway) {
  const char* const filter = R"(
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: found, namespace: app}
spec:
  configPatches:
  - applyTo: EXTENSION_CONFIG
    patch:
      operation: ADD
      value:
        name: found
        typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors}
)";
  store_.apply(filter, "");
  generator_.update(store_.snapshot());
  const Ask ask{.type = Type::kExtension, .names = {"found", "none"}};
  ASSERT_TRUE(delta_.receive(delta(ask)).ok());
  const Message first = take(delta_);
  EXPECT_EQ(first.resource_count, 1u);
  EXPECT_EQ(first.removed_count, 1u);  // which it never had
  ASSERT_TRUE(store_.erase({kube::Kind::kEnvoyFilter, "app", "found"}));
  generator_.update(store_.snapshot());
  ASSERT_TRUE(delta_.update().ok());
  expect_silence(delta_);
}

TEST_F(SessionTest, NoSecretWithoutASource) {
  ASSERT_TRUE(delta_.receive(delta({.type = Type::kSecret, .names = {"default"}})).ok());
  Message message = take(delta_);
  EXPECT_EQ(message.resource_count, 0u);
  EXPECT_EQ(message.removed_count, 1u);
}

struct Ending {
  const char* rule;
  std::string request;
  ErrorCode code;
};

TEST_F(SessionTest, WhatEndsAStream) {
  Ask no_node;
  no_node.node = "";
  Ask bad_node;
  bad_node.node = "nonsense";
  const Ending rows[] = {
      {"bytes that are no message", "\xff\xff\xff", ErrorCode::kParse},
      {"a truncated message", state_of_the_world({}).substr(0, 20), ErrorCode::kParse},
      {"a first request without a node", state_of_the_world(no_node), ErrorCode::kInvalidArgument},
      {"a node id that is none", state_of_the_world(bad_node), ErrorCode::kInvalidArgument},
  };
  for (const Ending& row : rows) {
    Session session(generator_, {});
    auto result = session.receive(row.request);
    ASSERT_FALSE(result.ok()) << row.rule;
    EXPECT_EQ(result.error().code, row.code) << row.rule << ": " << result.error().message;
  }
}

// As agents send it.
TEST_F(SessionTest, AReportOfHealthMayComeBeforeTheNode) {
  std::string bytes;
  envoy::discovery::DiscoveryRequest request(bytes);
  request.type_url("type.googleapis.com/istio.v1.HealthInformation");
  ASSERT_TRUE(world_.receive(bytes).ok());
  expect_silence(world_);
  ASSERT_TRUE(world_.receive(state_of_the_world({})).ok());
  EXPECT_GT(take(world_).resource_count, 1u);
}

TEST_F(SessionTest, AnUnknownTypeIsNeverAnswered) {
  std::string bytes;
  envoy::discovery::DiscoveryRequest request(bytes);
  request.node([](auto node) { node.id("sidecar~10.1.0.9~web.app~app.svc.cluster.local"); });
  request.type_url("type.googleapis.com/some.other.Type");
  ASSERT_TRUE(world_.receive(bytes).ok());
  expect_silence(world_);
}

// Secrets are the caller's business; the source below would give one to anybody.
TEST_F(SessionTest, WithoutAnIdentityThereAreNoSecrets) {
  const SecretSource source = [](const ProxyConfig&, const Caller&, std::string_view name) {
    return make_resource(Type::kSecret, std::string(name), "secret");
  };
  const auto asked = [&](CallerOptions caller) {
    Session session(generator_,
                    {.delta = true, .flavour = {}, .secrets = source, .caller = std::move(caller)});
    if (!session.receive(delta({.type = Type::kSecret, .names = {"default"}})).ok()) return -1;
    auto message = session.next();
    return message ? static_cast<int>(message->resource_count) : 0;
  };
  EXPECT_EQ(asked({}), 0);
  EXPECT_EQ(asked({std::nullopt, true, std::nullopt}), 1);
  EXPECT_EQ(asked({identity::SpiffeId{"cluster.local", "elsewhere", "x"}, true, std::nullopt}), -1);
}

}  // namespace
}  // namespace mesh::xds
