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
