// Leaks planted into the mesh of one tenant: the property that nothing of one mesh reaches the other must see
// each of them. That is what makes the property worth something.
#include <functional>

#include "libmesh/xds/sds/credentials.h"
#include "tests/property/world.h"

namespace mesh::testing {
namespace {

// What a leak is given: the second tenant's mesh, to put something of the first one's into.
struct Leaky {
  index::Mesh mesh;
  const index::Mesh& others;
  const index::Snapshot& snapshot;
  Everything* sent = nullptr;  // afterwards
};
using Leak = std::function<void(Leaky&)>;

// "a1" -> "b1": what is of a namespace counts only in one of the mesh.
std::string moved(std::string ns) {
  ns[0] = 'b';
  return ns;
}

template <typename Config>
Config moved(const Config& config) {
  auto object = std::make_shared<kube::Object>(*config.object);
  object->key.ns = moved(object->key.ns);
  return {object, config.spec};
}

// All that the first tenant has of a kind, as if the second had it first.
template <typename Config>
void leak(index::Shared<std::vector<Config>>& into,
          const index::Shared<std::vector<Config>>& from) {
  std::vector<Config> all;
  for (const Config& config : from) all.push_back(moved(config));
  all.insert(all.end(), into.begin(), into.end());
  into = index::Shared<std::vector<Config>>(std::move(all));
}

void leak_services(Leaky& leaky) {
  for (const model::ServicePtr& service : leaky.others.services) {
    leaky.mesh.services.push_back(service);
  }
  leaky.mesh.services_by_namespace = index::by_namespace(leaky.mesh.services, {});
  index::HostTable hosts;
  hosts.add_all(leaky.mesh.services);
  leaky.mesh.hosts = index::Shared<index::HostTable>(std::move(hosts));
}

void leak_endpoints(Leaky& leaky) {
  for (const model::ServicePtr& service : leaky.mesh.services) {
    std::string ns = service->ns;
    std::string host = service->hostname;
    ns[0] = 'a';
    if (const size_t at = host.find("." + service->ns + "."); at != std::string::npos) {
      host[at + 1] = 'a';
    }
    const model::EndpointSetPtr* set = leaky.others.endpoints.pointer({host, ns});
    if (set == nullptr) continue;
    auto& into = leaky.mesh.endpoints;
    into.assign(into.slot_of({service->hostname, service->ns}), *set);
  }
}

index::MeshPtr mesh_of(const index::Snapshot& snapshot, const char* tenant) {
  return snapshot.mesh(model::TenantId{tenant});
}

// What the node is sent when its mesh is so.
Everything made_with(const Leak& leak, const index::Snapshot& snapshot, const Node& node) {
  const index::MeshPtr others = mesh_of(snapshot, "a0/mesh");
  Leaky leaky{*mesh_of(snapshot, "b0/mesh"), *others, snapshot};
  leak(leaky);
  auto traffic = traffic::Traffic::make(std::make_shared<index::Mesh>(std::move(leaky.mesh)));
  const traffic::ProxyView view = traffic->view(proxy_of(snapshot, node));
  auto shared = std::make_shared<xds::ViewResources>(
      view, 1, std::make_shared<const xds::MeshChange>(), nullptr);
  const xds::ProxyConfig config(std::make_shared<const model::Proxy>(view.proxy), shared,
                                shared->own(view), 1, view.targets_by_endpoints);
  Everything out;
  add_all(config, snapshot, node, out);
  leaky.mesh = {};
  leaky.sent = &out;
  leak(leaky);
  return out;
}

// A leak is told when some change of the first tenant's changes a byte of the second's.
bool told(const Leak& leak, uint32_t count) {
  for (uint32_t seed : seeds(count)) {
    World world(seed);
    std::vector<Everything> before;
    for (int round = 0; round < 25; ++round) {
      if (round > 0) world.history.step(world.store, true);
      const index::SnapshotPtr snapshot = world.store.snapshot();
      size_t at = 0;
      for (const Node& node : nodes()) {
        if (node.first_tenant) continue;
        Everything now = made_with(leak, *snapshot, node);
        if (round == 0) {
          before.push_back(std::move(now));
        } else if (now != before[at++]) {
          return true;
        }
      }
    }
  }
  return false;
}

struct Planted {
  const char* what;
  Leak leak;
};

const std::vector<Planted>& planted() {
  static const std::vector<Planted> list = {
      {"services", leak_services},
      {"endpoints", leak_endpoints},
      {"VirtualServices",
       [](Leaky& l) { leak(l.mesh.virtual_services, l.others.virtual_services); }},
      {"DestinationRules",
       [](Leaky& l) { leak(l.mesh.destination_rules, l.others.destination_rules); }},
      {"Gateways", [](Leaky& l) { leak(l.mesh.gateways, l.others.gateways); }},
      {"Sidecars", [](Leaky& l) { leak(l.mesh.sidecars, l.others.sidecars); }},
      {"PeerAuthentications",
       [](Leaky& l) { leak(l.mesh.peer_authentications, l.others.peer_authentications); }},
      {"RequestAuthentications",
       [](Leaky& l) { leak(l.mesh.request_authentications, l.others.request_authentications); }},
      {"AuthorizationPolicies",
       [](Leaky& l) { leak(l.mesh.authorization_policies, l.others.authorization_policies); }},
      {"Telemetries", [](Leaky& l) { leak(l.mesh.telemetries, l.others.telemetries); }},
      {"WasmPlugins", [](Leaky& l) { leak(l.mesh.wasm_plugins, l.others.wasm_plugins); }},
      {"TrafficExtensions",
       [](Leaky& l) { leak(l.mesh.traffic_extensions, l.others.traffic_extensions); }},
      {"pull secrets",
       [](Leaky& l) {
         for (const auto& [key, object] : l.others.secrets) {
           l.mesh.secrets.edit()[{key.kind, moved(key.ns), key.name}] = object;
         }
       }},
      {"settings", [](Leaky& l) { l.mesh.config = l.others.config; }},
      {"the revision of the cluster",
       [](Leaky& l) {
         if (l.sent != nullptr) (*l.sent)["leak"] = std::to_string(l.snapshot.revision());
       }},
      {"credentials, of whoever has that name",
       [](Leaky& l) {
         if (l.sent == nullptr) return;
         const Node& node = nodes()[2];
         const model::Proxy proxy = proxy_of(l.snapshot, node);
         const xds::Caller caller{*node.caller().id, true};
         auto secret =
             xds::credential_secret(l.snapshot, {proxy, caller, nullptr}, "kubernetes://cred");
         if (secret == nullptr) return;
         for (auto& [key, bytes] : *l.sent) {
           if (key.starts_with("secrets ")) bytes = secret->value();
         }
       }},
  };
  return list;
}

TEST(Leaks, NoneIsThere) {
  EXPECT_FALSE(told([](Leaky&) {}, 24));
}

TEST(Leaks, WhatIsPlantedIsTold) {
  for (const Planted& each : planted()) EXPECT_TRUE(told(each.leak, 200)) << each.what;
}

}  // namespace
}  // namespace mesh::testing
