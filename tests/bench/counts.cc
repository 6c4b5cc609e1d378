// Allocations and instructions of fixed cases: figures that do not depend on what else the
// machine does, so that a test can hold them (tests/bench/counts).
//
//   counts                      allocations, one "name number" a line
//   valgrind --tool=callgrind --instr-atstart=no … counts
//                               the same, and one dump of instruction counts per case, named after
//                               it
//
// Every case runs once before it is counted: what is made at first use is no part of it.

#include <valgrind/callgrind.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libmesh/document/json.h"
#include "libmesh/document/yaml.h"
#include "libmesh/index/proxies/proxies.h"
#include "libmesh/index/store.h"
#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/eds/assignments.h"
#include "libmesh/xds/generate.h"
#include "libmesh/xds/generator.h"
#include "libmesh/xds/session/protocol_messages.h"
#include "tests/bench/counts.h"
#include "tests/support/allocations.h"
#include "tests/support/discovery_client.h"
#include "tests/support/fleet.h"
#include "tests/support/paths.h"

namespace mesh {

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "counts: %s\n", why.c_str());
  std::exit(1);
}

namespace {

using testing::read_source_file;
using xds::Resources;
using xds::Type;

// A case of tests/goldens/xds, up to the view of its proxy.
struct Golden {
  explicit Golden(const std::string& name, const std::string& proxy_file = "proxy.yaml") {
    const std::string folder = "tests/goldens/xds/" + name + "/";
    input = read_source_file(folder + "input.yaml");
    store.apply(input, "input.yaml");
    snapshot = store.snapshot();
    auto read = index::read_proxy(*snapshot, read_source_file(folder + proxy_file), proxy_file);
    if (!read) fail(name + ": " + read.error().message);
    proxy = *read;
    view = traffic::Traffic::make(snapshot->mesh(proxy.tenant))->view(proxy);
    generator.update(snapshot);
    auto config = generator.config(proxy);
    config->for_each(Type::kCluster, [](const auto&) {});
    const auto& endpoints = config->shared().endpoint_names();
    endpoint_names.assign(endpoints.begin(), endpoints.end());
    route_names = config->shared().route_names();
  }

  std::string input;
  index::Store store;
  index::SnapshotPtr snapshot;
  model::Proxy proxy;
  traffic::ProxyView view;
  xds::Generator generator;
  std::vector<std::string> endpoint_names;
  std::vector<std::string> route_names;
};

Case clusters(std::shared_ptr<Golden> g) {
  return {"clusters", [g] {
            Resources out;
            xds::outbound_clusters(g->view, out);
            xds::inbound_clusters(g->view, out);
            return out.size();
          }};
}

Case listeners(std::shared_ptr<Golden> g) {
  return {"listeners", [g] {
            Resources out;
            xds::outbound_listeners(g->view, out);
            xds::inbound_listeners(g->view, out);
            return out.size();
          }};
}

Case endpoints(std::shared_ptr<Golden> g) {
  return {"endpoints", [g] {
            Resources out;
            xds::Assignments assignments(g->view);
            for (const std::string& name : g->endpoint_names) out.push_back(assignments.make(name));
            return out.size();
          }};
}

Case routes(std::shared_ptr<Golden> g) {
  return {"routes", [g] {
            Resources out;
            xds::route_configurations(g->view, g->route_names, out);
            return out.size();
          }};
}

Case gateway(std::shared_ptr<Golden> g) {
  return {"gateway", [g] {
            Resources out;
            xds::gateway_listeners(g->view, out);
            xds::route_configurations(g->view, g->route_names, out);
            return out.size();
          }};
}

Case read_yaml(std::shared_ptr<Golden> g) {
  return {"read-yaml", [g] {
            Diagnostics diagnostics;
            return document::read_yaml(g->input, "", diagnostics).size();
          }};
}

Case read_json(std::shared_ptr<Golden> g) {
  Diagnostics diagnostics;
  document::List all;
  for (auto& d : document::read_yaml(g->input, "", diagnostics)) all.push_back(std::move(d.root));
  auto text = std::make_shared<std::string>(document::write_json(document::Value(std::move(all))));
  return {"read-json", [text] {
            Diagnostics ignored;
            auto value = document::read_json(*text, "", ignored);
            return value ? value->if_list()->size() : 0;
          }};
}

Case apply(std::shared_ptr<Golden> g) {
  return {"apply-and-snapshot", [g] {
            index::Store store;
            store.apply(g->input, "input.yaml");
            auto snapshot = store.snapshot();
            return snapshot->mesh(g->proxy.tenant)->services->size();
          }};
}

Case second_proxy(std::shared_ptr<Golden> g) {
  return {"second-proxy", [g] {
            model::Proxy further = g->proxy;
            further.id = "further." + further.ns;
            auto config = g->generator.config(further);
            size_t bytes = 0;
            for (Type type : {Type::kCluster, Type::kEndpoint, Type::kListener, Type::kRoute}) {
              Resources all;
              config->for_each(type, [&](const auto& r) { all.push_back(r); });
              bytes +=
                  xds::Message::state_of_the_world({xds::type_url(type), "1", "1"}, all).size();
            }
            return bytes;
          }};
}

// One changed slice of 200 services, to one session that has them all.
Case changed_slice() {
  struct World {
    testing::Fleet fleet{.services = 200, .namespaces = 10};
    index::Store store;
    xds::Generator generator;
    std::unique_ptr<testing::DiscoveryClient> client;
    size_t turn = 0;
  };
  auto w = std::make_shared<World>();
  w->store.apply(w->fleet.text(), "");
  w->generator.update(w->store.snapshot());
  w->client = std::make_unique<testing::DiscoveryClient>(
      w->generator, xds::SessionOptions{.delta = true, .flavour = {}, .secrets = {}},
      "sidecar~10.200.0.1~p.n0~n0.svc.cluster.local");
  if (auto connected = w->client->connect(); !connected) fail(connected.error().message);
  return {"changed-slice", [w] {
            w->store.apply(w->fleet.slice(100, ++w->turn), "");
            w->generator.update(w->store.snapshot());
            auto received = w->client->update();
            return received && received->resources == 1 ? received->bytes : 0;
          }};
}

std::vector<Case> cases() {
  auto protocols = std::make_shared<Golden>("k8s-protocols");
  auto match = std::make_shared<Golden>("vs-match");
  auto edge = std::make_shared<Golden>("gateway-http", "proxy-gateway.yaml");
  std::vector<Case> all = {clusters(protocols), listeners(protocols), endpoints(protocols),
                           routes(match),       gateway(edge),        read_yaml(match),
                           read_json(match),    apply(protocols),     second_proxy(match),
                           changed_slice()};
  for (Case& each : injection_cases()) all.push_back(std::move(each));
  for (Case& each : suite_cases()) all.push_back(std::move(each));
  return all;
}

}  // namespace
}  // namespace mesh

int main() {
  for (const mesh::Case& c : mesh::cases()) {
    if (c.run() == 0) mesh::fail(std::string(c.name) + " made nothing");
    const uint64_t before = mesh::testing::allocated().count;
    CALLGRIND_START_INSTRUMENTATION;
    c.run();
    CALLGRIND_STOP_INSTRUMENTATION;
    const uint64_t after = mesh::testing::allocated().count;
    CALLGRIND_DUMP_STATS_AT(c.name);
    std::printf("%s %llu\n", c.name, static_cast<unsigned long long>(after - before));
  }
  return 0;
}
