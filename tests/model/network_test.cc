// Networks: gateways between them, what the mesh's networks say, and hosts that stay in their cluster.
#include <gtest/gtest.h>

#include "libmesh/document/yaml.h"
#include "libmesh/model/network/cluster_local.h"
#include "libmesh/model/network/gateways.h"
#include "libmesh/model/network/mesh_networks.h"

namespace mesh::model {
namespace {

NetworkGateway gateway(std::string network, std::string cluster, std::string address,
                       uint32_t port = 15443) {
  NetworkGateway out;
  out.network = std::move(network);
  out.cluster = std::move(cluster);
  out.address = std::move(address);
  out.port = port;
  return out;
}

std::vector<std::string> addresses(const NetworkGateways& gateways, const std::string& network,
                                   const std::string& cluster) {
  std::vector<std::string> out;
  for (uint32_t i : gateways.find(network, cluster)) out.push_back(gateways.list()[i].address);
  return out;
}

TEST(NetworkGateways, ThoseOfTheClusterGoBeforeThoseOfTheNetwork) {
  const NetworkGateways gateways({gateway("n1", "a", "1.0.0.2"), gateway("n1", "a", "1.0.0.1"),
                                  gateway("n1", "b", "2.0.0.1"), gateway("n2", "", "3.0.0.1"),
                                  gateway("n1", "a", "1.0.0.2")});
  using Texts = std::vector<std::string>;
  EXPECT_EQ(addresses(gateways, "n1", "a"), (Texts{"1.0.0.1", "1.0.0.2"}));
  EXPECT_EQ(addresses(gateways, "n1", "b"), (Texts{"2.0.0.1"}));
  EXPECT_EQ(addresses(gateways, "n1", "c"), (Texts{"1.0.0.1", "1.0.0.2", "2.0.0.1"}));
  EXPECT_EQ(addresses(gateways, "n2", "a"), (Texts{"3.0.0.1"}));
  EXPECT_TRUE(addresses(gateways, "n3", "a").empty());
}

TEST(NetworkGateways, WeightsScaleByTheLeastCommonMultiple) {
  EXPECT_EQ(NetworkGateways().scale(), 1u);
  // Three in n1, of which two in one cluster, and two in n2.
  const NetworkGateways gateways({gateway("n1", "a", "1.0.0.1"), gateway("n1", "a", "1.0.0.2"),
                                  gateway("n1", "b", "1.0.0.3"), gateway("n2", "a", "2.0.0.1"),
                                  gateway("n2", "a", "2.0.0.2")});
  EXPECT_EQ(gateways.scale(), 6u);
}

TEST(Networks, HostNamesAreNoAddresses) {
  EXPECT_EQ(make_networks({}), nullptr);
  const NetworksPtr networks =
      make_networks({gateway("n1", "a", "gw.example.com"), gateway("n1", "a", "1.0.0.1")});
  EXPECT_EQ(networks->all.list().size(), 2u);
  ASSERT_EQ(networks->addresses.list().size(), 1u);
  EXPECT_EQ(networks->addresses.list()[0].address, "1.0.0.1");
}

TEST(Networks, PortsOfALabelledService) {
  struct Row {
    const char* rule;
    Labels labels;
    std::vector<uint32_t> ports;
    bool is;
    uint32_t port, hbone;
  };
  const std::string network = "topology.istio.io/network";
  const std::string port = "networking.istio.io/gatewayPort";
  const Row rows[] = {
      {"15443 by default", {{network, "n"}}, {15443, 80}, true, 15443, 0},
      {"the port of its label", {{network, "n"}, {port, "443"}}, {15443, 443}, true, 443, 0},
      {"a label that is no number says nothing",
       {{network, "n"}, {port, "x"}},
       {15443},
       true,
       15443,
       0},
      {"HBONE alone", {{network, "n"}}, {15008}, true, 0, 15008},
      {"both", {{network, "n"}}, {15008, 15443}, true, 15443, 15008},
      {"neither port", {{network, "n"}}, {80}, false, 0, 0},
      {"no label", {}, {15443}, false, 0, 0},
      {"an empty label", {{network, ""}}, {15443}, false, 0, 0},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.rule);
    Service service;
    service.labels = row.labels;
    for (uint32_t number : row.ports) service.ports.push_back({"p", number, Protocol::kTcp});
    NetworkGateway found;
    EXPECT_EQ(gateway_of_labels(service, found), row.is);
    if (!row.is) continue;
    EXPECT_EQ(found.port, row.port);
    EXPECT_EQ(found.hbone_port, row.hbone);
    EXPECT_EQ(found.network, "n");
  }
}

MeshNetworks read(const std::string& text, Diagnostics& diagnostics) {
  std::vector<document::Document> documents = document::read_yaml(text, "", diagnostics);
  return read_mesh_networks(documents.at(0).root, "ConfigMap a/istio", diagnostics);
}

TEST(MeshNetworks, EndpointsAndGateways) {
  Diagnostics diagnostics;
  const MeshNetworks networks = read(R"(
networks:
  near:
    endpoints: [{fromRegistry: Kubernetes}, {fromCidr: 10.0.0.0/8}, {fromCidr: "fd00::/16"}]
    gateways: [{registryServiceName: gw.istio-system.svc.cluster.local, port: 443}]
  far:
    endpoints: [{fromRegistry: other}, {fromCidr: 10.1.0.0/16}, {fromCidr: 20.0.0.0/8}]
    gateways: [{address: 1.2.3.4, port: 15443}, {address: gw.example.com, port: 15443}]
)",
                                     diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  ASSERT_EQ(networks.services.size(), 1u);
  EXPECT_EQ(networks.services[0].cluster, "Kubernetes");
  EXPECT_EQ(networks.services[0].port, 443u);
  EXPECT_EQ(networks.gateways.size(), 2u);
  // A registry goes before ranges; of several ranges the widest counts, as in Istio.
  EXPECT_EQ(networks.network_of("20.1.1.1", "Kubernetes"), "near");
  EXPECT_EQ(networks.network_of("10.1.2.3", "unknown"), "near");
  EXPECT_EQ(networks.network_of("20.1.1.1", "unknown"), "far");
  EXPECT_EQ(networks.network_of("fd00::1", "unknown"), "near");
  EXPECT_EQ(networks.network_of("30.1.1.1", "unknown"), "");
  EXPECT_EQ(networks.network_of("a.example.com", "unknown"), "");
}

TEST(MeshNetworks, MistakesAreToldAndLeftOut) {
  struct Row {
    const char* text;
    const char* field;
  };
  const Row rows[] = {
      {"networks: [a]", "data.meshNetworks: networks"},
      {"networks: {a: {endpoints: [{fromCidr: 10.0.0.0}]}}",
       "data.meshNetworks: networks.a.endpoints[0].fromCidr"},
      {"networks: {a: {gateways: [{address: 1.1.1.1}]}}",
       "data.meshNetworks: networks.a.gateways[0].port"},
      {"networks: {a: {gateways: [{port: 443}]}}", "data.meshNetworks: networks.a.gateways[0]"},
      {"networks: {a: {endpoints: [{fromRegistry: c}]}, b: {endpoints: [{fromRegistry: c}]}}",
       "data.meshNetworks: networks.b.endpoints[0].fromRegistry"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.text);
    Diagnostics diagnostics;
    const MeshNetworks networks = read(row.text, diagnostics);
    ASSERT_EQ(diagnostics.size(), 1u);
    EXPECT_EQ(diagnostics[0].field, row.field);
    EXPECT_EQ(diagnostics[0].object, "ConfigMap a/istio");
    EXPECT_TRUE(networks.gateways.empty() && networks.ranges.empty());
  }
}

TEST(ClusterLocal, DefaultsAndSettings) {
  struct Setting {
    std::vector<std::string> hosts;
    bool local;
  };
  struct Row {
    const char* rule;
    std::vector<Setting> settings;
    const char* host;
    bool local;
  };
  const Row rows[] = {
      {"kube-system", {}, "dns.kube-system.svc.cluster.local", true},
      {"the API server", {}, "kubernetes.default.svc.cluster.local", true},
      {"istiod", {}, "istiod.istio-system.svc.cluster.local", true},
      {"nothing else", {}, "cart.shop.svc.cluster.local", false},
      {"a pattern", {{{"*.shop.svc.cluster.local"}, true}}, "cart.shop.svc.cluster.local", true},
      {"the host itself goes before a pattern",
       {{{"*.shop.svc.cluster.local"}, true}, {{"cart.shop.svc.cluster.local"}, false}},
       "cart.shop.svc.cluster.local",
       false},
      {"the last of one host counts",
       {{{"cart.shop.svc.cluster.local"}, false}, {{"cart.shop.svc.cluster.local"}, true}},
       "cart.shop.svc.cluster.local",
       true},
      {"one host of a default takes the default away",
       {{{"a.kube-system.svc.cluster.local"}, false}},
       "b.kube-system.svc.cluster.local",
       false},
      {"a wider pattern leaves the defaults",
       {{{"*"}, false}},
       "dns.kube-system.svc.cluster.local",
       true},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.rule);
    meshconfig::MeshConfig config;
    config.default_config.ensure();
    config.default_config->discovery_address = "istiod.istio-system.svc:15012";
    for (const Setting& setting : row.settings) {
      auto& made = config.service_settings.emplace_back();
      made.hosts = setting.hosts;
      made.settings.ensure();
      made.settings->cluster_local = setting.local;
    }
    EXPECT_EQ(is_cluster_local(config, "cluster.local", row.host), row.local);
  }
}

}  // namespace
}  // namespace mesh::model
