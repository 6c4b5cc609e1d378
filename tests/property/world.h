// Two meshes of one store under a random history: their proxies, what those are sent, and clients that follow.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libmesh/index/proxies/proxies.h"
#include "libmesh/xds/generator.h"
#include "libmesh/xds/sds/secrets.h"
#include "libmesh/xds/sds/sent.h"
#include "tests/property/objects.h"
#include "tests/support/discovery_client.h"

namespace mesh::testing {

using xds::Type;

struct Node {
  const char* id;
  std::map<std::string, std::string> labels;
  bool first_tenant;

  std::string ns() const { return std::string(id).substr(std::string(id).rfind('~') + 1, 2); }
  // As a frontend has verified it: secrets are for nobody else.
  xds::CallerOptions caller() const {
    return {.id = identity::SpiffeId{"cluster.local", ns(), "default"}, .reads_secrets = true};
  }
};

inline const std::vector<Node>& nodes() {
  static const std::vector<Node> list = {
      {"sidecar~10.1.1.11~web-1.a1~a1.svc.cluster.local", {{"app", "web"}}, true},
      {"sidecar~10.1.2.99~any.a2~a2.svc.cluster.local", {}, true},
      {"router~10.1.1.98~gate.a1~a1.svc.cluster.local", {{"istio", "gate-a"}}, true},
      {"router~10.1.0.97~in.a0~a0.svc.cluster.local", {{"istio", "ingressgateway"}}, true},
      {"router~10.1.9.97~in.b0~b0.svc.cluster.local", {{"istio", "ingressgateway"}}, false},
      {"sidecar~10.1.3.11~web-1.b1~b1.svc.cluster.local", {{"app", "web"}}, false},
      {"router~10.1.3.98~gate.b1~b1.svc.cluster.local", {{"istio", "gate-b"}}, false},
  };
  return list;
}

inline model::Proxy proxy_of(const index::Snapshot& snapshot, const Node& node) {
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

inline std::string key_of(Type type, std::string_view name) {
  return std::string(xds::type_name(type)).append(" ").append(name);
}

inline void add_all(const xds::ProxyConfig& config, const index::Snapshot& snapshot,
                    const Node& node, Everything& out) {
  const std::optional<xds::Caller> caller{{*node.caller().id, node.caller().reads_secrets}};
  for (Type type : DiscoveryClient::kAllTypes) {
    for (const xds::ResourcePtr& r : xds::sent_resources(config, type, caller, snapshot)) {
      EXPECT_TRUE(out.emplace(key_of(type, r->name), r->value()).second)
          << "twice: " << key_of(type, r->name);
    }
  }
}

inline Everything made(const xds::Generator& generator, const Node& node) {
  Everything out;
  auto config = generator.config(proxy_of(*generator.snapshot(), node));
  if (config == nullptr) {
    ADD_FAILURE() << node.id << " is in no mesh";
    return out;
  }
  add_all(*config, *generator.snapshot(), node, out);
  return out;
}

// What a client knows. By state of the world nobody says that a secret is gone: of those, what is not in `made`.
inline Everything known(const DiscoveryClient& client, bool delta, const Everything& made) {
  Everything out;
  for (Type type : DiscoveryClient::kAllTypes) {
    for (const auto& [name, bytes] : client.state(type)) {
      const std::string key = key_of(type, name);
      if (delta || type != Type::kSecret || made.contains(key)) out[key] = bytes;
    }
  }
  return out;
}

// The names in which two differ, for messages: the bytes say nothing to people.
inline std::string difference(const Everything& a, const Everything& b) {
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

// MESH_SEED: that one alone. MESH_SEEDS: so many instead.
inline std::vector<uint32_t> seeds(uint32_t count) {
  auto number = [](const char* text) {
    return static_cast<uint32_t>(std::strtoul(text, nullptr, 10));
  };
  if (const char* one = std::getenv("MESH_SEED")) return {number(one)};
  if (const char* many = std::getenv("MESH_SEEDS")) count = number(many);
  std::vector<uint32_t> out(count);
  for (uint32_t i = 0; i < count; ++i) out[i] = 1000 + i;
  return out;
}

// A store under change, its generator, and a client of each kind for every node.
struct World {
  explicit World(uint32_t seed) : history(pool, seed) {
    store.apply(pool.frame(), "");
    for (int i = 0; i < 75; ++i) history.step(store);
    generator.update(store.snapshot());
  }

  void connect() {
    for (const Node& node : nodes()) {
      for (bool delta : {false, true}) {
        clients.push_back(std::make_unique<DiscoveryClient>(
            generator,
            xds::SessionOptions{.delta = delta,
                                .flavour = {},
                                .secrets = xds::secrets_of(nullptr, generator),
                                .caller = node.caller()},
            node.id, node.labels, true));
        auto connected = clients.back()->connect();
        ASSERT_TRUE(connected.ok()) << connected.error().message;
      }
    }
  }

  // Makes a part of what some proxy would be sent.
  void ask_for_something() {
    generator.update(store.snapshot());
    const Node& node = nodes()[history.below(nodes().size())];
    const Type type = DiscoveryClient::kAllTypes[history.below(DiscoveryClient::kAllTypes.size())];
    auto config = generator.config(proxy_of(*generator.snapshot(), node));
    ASSERT_NE(config, nullptr);
    config->for_each(type, [](const xds::ResourcePtr&) {});
  }

  // The newest snapshot, taken by all clients.
  void follow() {
    generator.update(store.snapshot());
    for (auto& client : clients) {
      auto received = client->update();
      ASSERT_TRUE(received.ok()) << received.error().message;
    }
  }

  Pool pool;
  History history;
  index::Store store;
  xds::Generator generator;
  std::vector<std::unique_ptr<DiscoveryClient>> clients;  // two a node: state of the world, delta
};

}  // namespace mesh::testing
