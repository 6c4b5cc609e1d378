// Properties over random histories of apply and delete, in two meshes of one store:
//
//   1. Any order of apply and delete gives the bytes of a fresh store with the same objects.
//   2. A client that follows every change, by delta or by state of the world, ends with those
//   bytes.
//   3. Every route configuration and assignment that a listener or cluster names exists.
//   4. Nothing that one mesh does changes a byte of the other, or sends it a message.
//
// A failure prints the seed; MESH_SEED=<seed> runs that one alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "libmesh/index/proxies.h"
#include "libmesh/xds/generator.h"
#include "tests/property/objects.h"
#include "tests/support/discovery_client.h"

namespace mesh::testing {
namespace {

using xds::Type;

struct Node {
  const char* id;
  std::map<std::string, std::string> labels;
  bool first_tenant;
};

const std::vector<Node>& nodes() {
  static const std::vector<Node> list = {
      {"sidecar~10.1.1.11~web-1.a1~a1.svc.cluster.local", {{"app", "web"}}, true},
      {"sidecar~10.1.2.99~any.a2~a2.svc.cluster.local", {}, true},
      {"router~10.1.1.98~gate.a1~a1.svc.cluster.local", {{"istio", "gate-a"}}, true},
      {"sidecar~10.1.3.11~web-1.b1~b1.svc.cluster.local", {{"app", "web"}}, false},
      {"router~10.1.3.98~gate.b1~b1.svc.cluster.local", {{"istio", "gate-b"}}, false},
  };
  return list;
}

model::Proxy proxy_of(const index::Snapshot& snapshot, const Node& node) {
  document::Value labels{document::Map{}};
  for (const auto& [key, value] : node.labels) labels.set(key, document::Value(value));
  document::Value metadata{document::Map{}};
  metadata.set("LABELS", std::move(labels));
  auto proxy = index::proxy_of_node(snapshot, node.id, metadata);
  if (!proxy) {
    ADD_FAILURE() << proxy.error().message;
    return {};
  }
  return *proxy;
}

using Everything = std::map<std::string, std::string>;  // "type name" -> bytes

std::string key_of(Type type, const std::string& name) {
  return std::string(xds::type_name(type)) + " " + name;
}

Everything made(const xds::Generator& generator, const Node& node) {
  Everything out;
  auto config = generator.config(proxy_of(*generator.snapshot(), node));
  if (config == nullptr) {
    ADD_FAILURE() << node.id << " is in no mesh";
    return out;
  }
  for (Type type : DiscoveryClient::kTypes) {
    config->for_each(type, [&](const xds::ResourcePtr& r) {
      EXPECT_TRUE(out.emplace(key_of(type, r->name), r->value()).second)
          << "twice: " << key_of(type, r->name);
    });
  }
  return out;
}

Everything known(const DiscoveryClient& client) {
  Everything out;
  for (Type type : DiscoveryClient::kTypes) {
    for (const auto& [name, bytes] : client.state(type)) out[key_of(type, name)] = bytes;
  }
  return out;
}

// The names in which two differ, for messages: the bytes say nothing to people.
std::string difference(const Everything& a, const Everything& b) {
  std::string out;
  for (const auto& [key, bytes] : a) {
    auto it = b.find(key);
    if (it == b.end()) out += "only the first has " + key + "\n";
    if (it != b.end() && it->second != bytes) out += "differs: " + key + "\n";
  }
  for (const auto& [key, bytes] : b) {
    if (!a.contains(key)) out += "only the second has " + key + "\n";
  }
  return out;
}

std::vector<uint32_t> seeds(uint32_t count) {
  if (const char* one = std::getenv("MESH_SEED")) {
    return {static_cast<uint32_t>(std::strtoul(one, nullptr, 10))};
  }
  std::vector<uint32_t> out(count);
  for (uint32_t i = 0; i < count; ++i) out[i] = 1000 + i;
  return out;
}

// A store under change, its generator, and a client of each kind for every node.
struct World {
  explicit World(uint32_t seed) : history(pool, seed) {
    store.apply(pool.frame(), "");
    for (int i = 0; i < 12; ++i) history.step(store);
    generator.update(store.snapshot());
  }

  void connect() {
    for (const Node& node : nodes()) {
      for (bool delta : {false, true}) {
        clients.push_back(std::make_unique<DiscoveryClient>(
            generator, xds::SessionOptions{.delta = delta, .flavour = {}, .secrets = {}}, node.id,
            node.labels));
        auto connected = clients.back()->connect();
        ASSERT_TRUE(connected.ok()) << connected.error().message;
      }
    }
  }

  Pool pool;
  History history;
  index::Store store;
  xds::Generator generator;
  std::vector<std::unique_ptr<DiscoveryClient>> clients;  // two a node: state of the world, delta
};

TEST(History, AnyOrderGivesTheBytesOfAFreshStore) {
  for (uint32_t seed : seeds(12)) {
    SCOPED_TRACE("MESH_SEED=" + std::to_string(seed));
    World world(seed);
    for (int round = 0; round < 8; ++round) {
      for (size_t steps = 1 + world.history.below(4); steps > 0; --steps) {
        world.history.step(world.store);
      }
      world.generator.update(world.store.snapshot());
      index::Store fresh;
      world.history.fill(fresh);
      xds::Generator generator;
      generator.update(fresh.snapshot());
      for (const Node& node : nodes()) {
        const Everything here = made(world.generator, node);
        ASSERT_FALSE(here.empty());
        ASSERT_EQ(difference(here, made(generator, node)), "") << node.id << " in round " << round;
      }
    }
  }
}

TEST(History, WhoFollowsEveryChangeEndsWithTheSameBytes) {
  for (uint32_t seed : seeds(12)) {
    SCOPED_TRACE("MESH_SEED=" + std::to_string(seed));
    World world(seed);
    ASSERT_NO_FATAL_FAILURE(world.connect());
    for (int round = 0; round < 12; ++round) {
      for (size_t steps = 1 + world.history.below(3); steps > 0; --steps) {
        world.history.step(world.store);
      }
      world.generator.update(world.store.snapshot());
      xds::Generator fresh;
      fresh.update(world.store.snapshot());
      for (size_t i = 0; i < world.clients.size(); ++i) {
        DiscoveryClient& client = *world.clients[i];
        const Node& node = nodes()[i / 2];
        SCOPED_TRACE(std::string(node.id) + (i % 2 == 0 ? " state of the world" : " delta") +
                     ", round " + std::to_string(round));
        auto received = client.update();
        ASSERT_TRUE(received.ok()) << received.error().message;
        ASSERT_EQ(difference(known(client), made(fresh, node)), "");
        ASSERT_EQ(client.missing(), std::vector<std::string>{});
      }
    }
  }
}

TEST(History, NothingThatOneMeshDoesReachesTheOther) {
  size_t received_by_first = 0;
  for (uint32_t seed : seeds(12)) {
    SCOPED_TRACE("MESH_SEED=" + std::to_string(seed));
    World world(seed);
    ASSERT_NO_FATAL_FAILURE(world.connect());
    std::vector<Everything> before;
    for (const Node& node : nodes()) before.push_back(made(world.generator, node));
    for (int round = 0; round < 15; ++round) {
      world.history.step(world.store, true);
      world.generator.update(world.store.snapshot());
      for (size_t i = 0; i < world.clients.size(); ++i) {
        const Node& node = nodes()[i / 2];
        auto received = world.clients[i]->update();
        ASSERT_TRUE(received.ok()) << received.error().message;
        if (node.first_tenant) {
          received_by_first += received->messages;
          continue;
        }
        ASSERT_EQ(received->messages, 0u) << node.id << " in round " << round;
        ASSERT_EQ(difference(made(world.generator, node), before[i / 2]), "") << node.id;
      }
    }
  }
  EXPECT_GT(received_by_first, 0u);
}

// The control plane's own settings and its roll are the tenant's doing, too. The second mesh is the
// older one: who claimed a namespace first keeps it.
TEST(History, SettingsOfOneMeshAreItsOwn) {
  World world(7);
  const Node& other = nodes()[3];
  const Everything before = made(world.generator, other);
  const Everything own = made(world.generator, nodes()[0]);
  world.store.apply(
      header("v1", "ConfigMap", "a0", "istio") +
          "data: {mesh: \"accessLogFile: /dev/stdout\\noutboundTrafficPolicy: {mode: "
          "REGISTRY_ONLY}\\n\"}\n" +
          header("maistra.io/v1", "ServiceMeshMemberRoll", "a0", "default", created("a")) +
          "spec: {members: [a1, a2, b1, b2, b0, unborn]}\n",
      "");
  world.generator.update(world.store.snapshot());
  EXPECT_EQ(difference(made(world.generator, other), before), "");
  EXPECT_NE(difference(made(world.generator, nodes()[0]), own), "");
}

}  // namespace
}  // namespace mesh::testing
