// Where mistakes of a MeshConfig are told: at the layer that says the field, as it is written there.
#include <chrono>

#include "libmesh/traffic/check/workloads.h"
#include "tests/traffic/meshconfig/told.h"

namespace mesh::traffic {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string config_map(const std::string& mesh) {
  return "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\n"
         "data:\n  mesh: '" +
         mesh + "'\n";
}
std::string control_plane(const std::string& spec) {
  return "---\napiVersion: maistra.io/v2\nkind: ServiceMeshControlPlane\n"
         "metadata: {name: m, namespace: cp}\nspec: " +
         spec + "\n";
}
// "ConfigMap istio-system/istio data.mesh: trustDomain", one for each.
std::vector<std::string> places_of(const Diagnostics& found) {
  std::vector<std::string> out;
  for (const Diagnostic& each : found) out.push_back(each.object + " " + each.field);
  return out;
}

TEST(MeshConfigCheck, NobodySaysAnything) { EXPECT_THAT(mesh_findings("{}"), IsEmpty()); }

TEST(MeshConfigCheck, TheLayerThatSaysIt) {
  const std::string map = config_map("{trustDomain: a_b, connectTimeout: 5s}");
  EXPECT_THAT(places_of(mesh_findings(map)),
              ElementsAre("ConfigMap istio-system/istio data.mesh: trustDomain"));
  EXPECT_THAT(places_of(mesh_findings(map + "---\nconnectTimeout: 0s\n")),
              ElementsAre("ConfigMap istio-system/istio data.mesh: trustDomain",
                          "MeshConfig connectTimeout"));
  EXPECT_THAT(places_of(mesh_findings(map, "proxyListenPort: 0")),
              ElementsAre(" mesh config: proxyListenPort",
                          "ConfigMap istio-system/istio data.mesh: trustDomain"));
}

TEST(MeshConfigCheck, WhatALaterLayerHidesIsAMistakeStill) {
  EXPECT_THAT(places_of(mesh_findings(config_map("{trustDomain: a_b}"), "trustDomain: a")),
              ElementsAre("ConfigMap istio-system/istio data.mesh: trustDomain"));
}

TEST(MeshConfigCheck, WhatIsMissingIsToldOfTheLayerThatOverrides) {
  const std::string map =
      config_map("{defaultConfig: {tracing: {zipkin: {address: \"a:1\"}}, drainDuration: 1s}}");
  EXPECT_THAT(places_of(mesh_findings(map, "defaultConfig: {tracing: {zipkin: {}}}")),
              ElementsAre(" mesh config: defaultConfig.tracing.zipkin.address"));
}

TEST(MeshConfigCheck, AsItIsWritten) {
  const Diagnostics found =
      mesh_findings("defaultConfig:\n  proxy_admin_port: 0\n  status_port: 15020\n");
  ASSERT_THAT(places_of(found), ElementsAre("MeshConfig defaultConfig.proxy_admin_port"));
  EXPECT_EQ(found.front().line, 2U);
  EXPECT_EQ(found.front().column, 21U);
}

// istiod does not look for them there.
TEST(MeshConfigCheck, NamesThatIstiodTakesNothingOf) {
  EXPECT_THAT(told_of("default_config: {drain_duration: 0s}"),
              ElementsAre("warning default_config"));
  EXPECT_THAT(told_of("default_providers: {tracing: [envoy]}"),
              ElementsAre("warning default_providers"));
  EXPECT_THAT(told_of("extension_providers: [{name: a}]\nproxy_listen_port: 0"),
              ElementsAre("warning extension_providers[0]", "error proxy_listen_port"));
}

// Istio's own providers stand before them in what is merged, and aliases are sorted.
TEST(MeshConfigCheck, ElementsOfMergedLists) {
  EXPECT_THAT(places_of(mesh_findings(
                  config_map("{extensionProviders: [{name: a, prometheus: {}}, {name: b}]}"),
                  "extensionProviders: [{name: b}, {name: envoy, zipkin: {service: a}}]")),
              ElementsAre(" mesh config: extensionProviders[0]",
                          " mesh config: extensionProviders[1].zipkin.port",
                          "ConfigMap istio-system/istio data.mesh: extensionProviders[1]"));
  EXPECT_THAT(places_of(mesh_findings(config_map("{trustDomainAliases: [z_, b]}"),
                                      "trustDomainAliases: [c, a_]")),
              ElementsAre(" mesh config: trustDomainAliases[1]",
                          "ConfigMap istio-system/istio data.mesh: trustDomainAliases[0]"));
}

TEST(MeshConfigCheck, ControlPlanes) {
  EXPECT_THAT(places_of(mesh_findings(
                  control_plane("{techPreview: {meshConfig: {defaultConfig: {statusPort: 0}}}}"))),
              ElementsAre("ServiceMeshControlPlane cp/m "
                          "spec.techPreview.meshConfig.defaultConfig.statusPort"));
}

// What could not be read has been told, and what then is missing is no second mistake.
TEST(MeshConfigCheck, OneMistakeIsToldOnce) {
  EXPECT_THAT(mesh_findings("proxyListenPort: many\ndefaultConfig: {status_port: {}}\n"
                            "extensionProviders: [{name: a, zipkn: {}}]\n"
                            "serviceSettings: [{hosts: [7]}]\n"),
              IsEmpty());
}

TEST(MeshConfigCheck, ManyMistakesTakeNoLonger) {
  std::string text;
  for (int i = 0; i < 4000; ++i) text += "unknown" + std::to_string(i) + ": 1\n";
  text += "trustDomainAliases:\n";
  for (int i = 0; i < 4000; ++i) text += "- a_" + std::to_string(i) + "\n";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(mesh_findings(text).size(), 4000U);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

// ---- networks ------------------------------------------------------------------------------------

std::vector<std::string> told_of_networks(const std::string& networks) {
  index::Store store;
  store.apply(
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\n"
      "data:\n  meshNetworks: \"networks: {near: " +
          networks + "}\"\n",
      "f.yaml");
  const auto snapshot = store.snapshot();
  const index::Tenant& tenant = snapshot->tenants().list.front();
  Diagnostics found = check_mesh_networks(*snapshot, tenant);
  const Diagnostics& read = snapshot->mesh(tenant.id)->diagnostics;
  found.insert(found.end(), read.begin(), read.end());
  std::vector<std::string> out;
  for (const Diagnostic& each : found) {
    EXPECT_EQ(each.object, "ConfigMap istio-system/istio");
    EXPECT_EQ(each.file, "f.yaml");
    EXPECT_EQ(each.line, 1U);
    EXPECT_FALSE(each.mend.empty());
    out.push_back(std::string(severity_text(each.severity)) + " " + each.field);
  }
  return out;
}

TEST(MeshConfigCheck, Networks) {
  struct Row {
    const char* network;
    const char* told;
  };
  const Row rows[] = {
      {"{endpoints: [{fromRegistry: a_b}]}", "error endpoints[0].fromRegistry"},
      {"{endpoints: [{fromCidr: 10.0.0.0/33}]}", "error endpoints[0].fromCidr"},
      {"{endpoints: [{fromCidr: ''}]}", "error endpoints[0].fromCidr"},
      {"{endpoints: [{fromCidr: 10.0.0.1}]}", "warning endpoints[0].fromCidr"},
      {"{endpoints: [{fromCdir: 10.0.0.0/8}]}", "error endpoints[0].fromCdir"},
      {"{gateways: [{address: 1.2.3.4, port: 0}]}", "error gateways[0].port"},
      {"{gateways: [{address: \\\"1.2.3.4:80\\\", port: 1}]}", "error gateways[0].address"},
      {"{gateways: [{registryServiceName: \\\"*.a\\\", port: 1}]}",
       "error gateways[0].registryServiceName"},
      {"{gateways: {}}", "warning gateways"},
  };
  for (const Row& row : rows) {
    std::string told = row.told;
    told.insert(told.find(' ') + 1, "data.meshNetworks: networks.near.");
    EXPECT_THAT(told_of_networks(row.network), ElementsAre(told)) << row.network;
  }
  EXPECT_THAT(
      told_of_networks("{endpoints: [{fromRegistry: a}], gateways: [{address: a.b, port: 1}, "
                       "{registryServiceName: a.b, port: 1}]}"),
      IsEmpty());
}

// ---- annotations ---------------------------------------------------------------------------------

std::vector<std::string> annotated(const std::string& config) {
  index::Store store;
  store.apply(
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  namespace: app\n  annotations:\n"
      "    proxy.istio.io/config: '" +
          config + "'\nspec: {containers: [{name: a, image: b}]}\n",
      "f.yaml");
  const auto snapshot = store.snapshot();
  const index::Tenant& tenant = snapshot->tenants().list.front();
  const auto mesh = snapshot->mesh(tenant.id);
  std::vector<std::string> out;
  for (const Diagnostic& each :
       check_workloads(*snapshot, tenant, Surroundings(*snapshot, *mesh))) {
    EXPECT_EQ(each.object, "Pod app/a");
    EXPECT_EQ(each.severity == Severity::kError, each.code != Code::kUnknownField);
    EXPECT_EQ(each.line, 7U);
    EXPECT_FALSE(each.mend.empty());
    out.push_back(std::string(code_text(each.code)) + " " + each.field);
  }
  return out;
}

TEST(MeshConfigCheck, Annotations) {
  const std::string at = "metadata.annotations[proxy.istio.io/config]";
  EXPECT_THAT(annotated("{concurrency: 2, drainDuration: 5s}"), IsEmpty());
  EXPECT_THAT(annotated("{proxyMetadata: {ISTIO_META_DNS_AUTO_ALLOCATE: \"true\"}}"), IsEmpty());
  EXPECT_THAT(annotated(""), IsEmpty());
  EXPECT_THAT(annotated("{drainDuration: 0s}"),
              ElementsAre("injection-refused " + at + ": drainDuration"));
  EXPECT_THAT(
      annotated("{tracing: {zipkin: {address: a}}, statusPort: x}"),
      ::testing::UnorderedElementsAre("injection-refused " + at + ": tracing.zipkin.address",
                                      "wrong-type " + at + ": statusPort"));
  EXPECT_THAT(annotated("a"), ElementsAre("wrong-type " + at));
  EXPECT_THAT(annotated("{drainDurtion: 5s}"),
              ElementsAre("unknown-field " + at + ": drainDurtion"));
}

}  // namespace
}  // namespace mesh::traffic
