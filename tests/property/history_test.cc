// Properties over random histories of apply and delete, in two meshes of one store:
//
//   1. Any order of apply and delete gives the bytes of a fresh store with the same objects.
//   2. A client that follows every change, by delta or by state of the world, ends with those
//   bytes.
//   3. Every route configuration, assignment and extension that a listener or cluster names exists.
//   4. Nothing that one mesh does changes a byte of the other, or sends it a message; each leak that is
//   planted is told (leak_test.cc).
//
// A failure prints the seed; MESH_SEED=<seed> runs that one alone, MESH_SEEDS=<number> so many.
#include "libmesh/traffic/difference.h"
#include "libmesh/xds/view_key.h"
#include "tests/property/world.h"

namespace mesh::testing {
namespace {

// The pool is worth something: each of its objects is read, and each kind of resource comes.
TEST(History, EveryObjectOfThePoolIsRead) {
  const Pool pool;
  for (const Slot& slot : pool.slots()) {
    if (slot.fetched_text) continue;
    for (const std::string& variant : slot.variants) {
      index::Store store;
      for (const Diagnostic& d : store.apply(variant, "")) {
        EXPECT_NE(d.severity, Severity::kError) << to_string(slot.key) << ": " << d.message;
      }
      EXPECT_NE(store.snapshot()->find(slot.key), nullptr) << variant;
    }
  }
  std::map<std::string, size_t> count;
  for (uint32_t seed : {1u, 2u, 3u, 4u, 5u, 6u}) {
    World world(seed);
    for (const Node& node : nodes()) {
      for (const auto& [key, bytes] : made(world.generator, node)) {
        ++count[key.substr(0, key.find(' '))];
      }
    }
  }
  for (Type type : DiscoveryClient::kAllTypes) {
    EXPECT_GT(count[std::string(xds::type_name(type))], 0u) << xds::type_name(type);
  }
}

TEST(History, AnyOrderGivesTheBytesOfAFreshStore) {
  for (uint32_t seed : seeds(12)) {
    SCOPED_TRACE("MESH_SEED=" + std::to_string(seed));
    World world(seed);
    for (int round = 0; round < 8; ++round) {
      for (size_t steps = 1 + world.history.below(4); steps > 0; --steps) {
        world.history.step(world.store);
        if (world.history.below(2) == 0) world.ask_for_something();
      }
      world.generator.update(world.store.snapshot());
      index::Store fresh;
      world.history.fill(fresh);
      xds::Generator generator;
      generator.update(fresh.snapshot());
      for (const Node& node : nodes()) {
        if (world.history.below(4) == 0) continue;  // nobody asks, and something changes again
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
        const Everything expected = made(fresh, node);
        ASSERT_EQ(difference(known(client, i % 2 != 0, expected), expected), "");
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

// Nor do its messages say that anything happened: the same bytes, with the other's changes between and without.
TEST(History, MessagesOfOneMeshAreTheSameWhateverTheOtherDoes) {
  for (uint32_t seed : seeds(12)) {
    SCOPED_TRACE("MESH_SEED=" + std::to_string(seed));
    World alone(seed);
    World both(seed);
    ASSERT_NO_FATAL_FAILURE(alone.connect());
    ASSERT_NO_FATAL_FAILURE(both.connect());
    std::mt19937 random(seed);
    for (int round = 0; round < 15; ++round) {
      for (auto steps = random() % 3; steps > 0; --steps) {
        both.history.step(both.store, true);
        both.follow();
      }
      const size_t at = random() % both.pool.slots().size();
      const Slot& slot = both.pool.slots()[at];
      if (slot.first_tenant) continue;
      const size_t variant = random() % slot.variants.size();
      for (World* world : {&alone, &both}) {
        slot.put(world->store, variant);
        world->follow();
      }
      for (size_t i = 0; i < both.clients.size(); ++i) {
        if (nodes()[i / 2].first_tenant) continue;
        ASSERT_EQ(both.clients[i]->transcript(), alone.clients[i]->transcript())
            << nodes()[i / 2].id << " in round " << round;
      }
    }
  }
}

// What proxies share is told by the same keys, whether these follow a mesh or look at it for the first time.
TEST(History, KeysThatFollowAMeshAreThoseOfANewOne) {
  size_t kept = 0;
  for (uint32_t seed : seeds(12)) {
    SCOPED_TRACE("MESH_SEED=" + std::to_string(seed));
    World world(seed);
    const model::TenantId tenant{"a0/mesh"};
    auto last = std::make_unique<xds::ViewKeys>(*world.store.snapshot()->mesh(tenant));
    for (int round = 0; round < 40; ++round) {
      world.history.step(world.store, true);
      const index::MeshPtr mesh = world.store.snapshot()->mesh(tenant);
      auto next = std::make_unique<xds::ViewKeys>(*mesh, last.get());
      ASSERT_TRUE(*next == xds::ViewKeys(*mesh)) << round;
      kept += *next == *last ? 1 : 0;
      last = std::move(next);
    }
  }
  EXPECT_GT(kept, 0u);
}

// Keys that somebody fetched are told apart as a policy: what nobody's tokens depend on stands.
TEST(History, FetchedKeysChangeInboundPoliciesOnly) {
  const Pool pool;
  index::Store store;
  store.apply(pool.frame(), "");
  const std::string rule = "spec: {jwtRules: [{issuer: i, jwksUri: '" + keys_url("a") + "'}]}\n";
  store.apply(header(kSecurity, "RequestAuthentication", "a1", "tokens") + rule, "");
  const model::TenantId tenant{"a0/mesh"};
  const index::MeshPtr before = store.snapshot()->mesh(tenant);
  store.give_text(keys_url("a"), R"({"keys": []})");
  const index::MeshPtr after = store.snapshot()->mesh(tenant);
  const traffic::Difference difference = traffic::difference(*before, *after);
  EXPECT_FALSE(difference.everything);
  EXPECT_TRUE(difference.inbound_policies);
  EXPECT_FALSE(difference.extensions || difference.gateways || !difference.sidecars.empty());
  EXPECT_TRUE(traffic::difference(*after, *after).nothing());
}

// A namespace that joins is told by what it brings; who has nothing to do with it is not made anew.
TEST(History, NamespacesAreToldByWhatTheyBring) {
  const Pool pool;
  index::Store store;
  store.apply(pool.frame(), "");
  const model::TenantId tenant{"a0/mesh"};
  const index::MeshPtr before = store.snapshot()->mesh(tenant);
  for (const Slot& slot : pool.slots()) {
    if (slot.key.ns == "a3" || slot.key.name == "a3") slot.put(store, 0);
  }
  const index::MeshPtr after = store.snapshot()->mesh(tenant);
  ASSERT_FALSE(before->namespaces.same(after->namespaces));
  const traffic::Difference difference = traffic::difference(*before, *after);
  EXPECT_FALSE(difference.everything);
  EXPECT_EQ(difference.namespaces, std::unordered_set<std::string>{"a3"});
  EXPECT_EQ(difference.sidecars, std::unordered_set<std::string>{"a3"});
}

// The control plane's own settings and its roll are the tenant's doing, too. The second mesh is the
// older one: who claimed a namespace first keeps it.
TEST(History, SettingsOfOneMeshAreItsOwn) {
  World world(7);
  const Node& other = nodes()[5];
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
