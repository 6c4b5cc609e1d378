// What a control plane says of its mesh's configuration, by way of its Helm values.
#include <gtest/gtest.h>

#include <string>

#include "libmesh/index/store.h"
#include "libmesh/model/istiod_variables.h"
#include "tests/index/support.h"

namespace mesh::index {
namespace {

using namespace mesh::testing;

struct Made {
  explicit Made(std::string_view spec, std::string_view version = "v2") {
    store.apply("apiVersion: maistra.io/" + std::string(version) +
                    "\nkind: ServiceMeshControlPlane\nmetadata: {name: m, namespace: cp}\nspec: " +
                    std::string(spec) + "\n",
                "smcp.yaml");
    snapshot = store.snapshot();
    mesh = snapshot->mesh(snapshot->tenants().list.at(0).id);
  }
  Store store;
  SnapshotPtr snapshot;
  MeshPtr mesh;
};

TEST(MeshLayer, IsWhatTheChartsWouldWrite) {
  const Made made(R"({version: v2.5, proxy: {concurrency: 3, adminPort: 15001,
      runtime: {container: {env: {A: b}}},
      networking: {protocol: {autoDetect: {timeout: 4s}}, trafficControl: {inbound: {interceptionMode: TPROXY}}},
      accessLogging: {envoyService: {enabled: true, address: 'als.cp:9000'}}},
      meshConfig: {extensionProviders: [{name: p, zipkin: {service: z, port: 9411}}]},
      techPreview: {meshConfig: {verifyCertificateAtClient: false}}})");
  const auto& config = made.mesh->config.get();
  EXPECT_EQ(config.default_config->concurrency, 3);
  EXPECT_EQ(config.default_config->proxy_admin_port, 15001);
  EXPECT_EQ(config.default_config->proxy_metadata.at("A"), "b");
  EXPECT_EQ(config.protocol_detection_timeout->seconds, 4);
  EXPECT_TRUE(config.enable_envoy_access_log_service);
  EXPECT_EQ(config.default_config->envoy_access_log_service->address, "als.cp:9000");
  EXPECT_EQ(text_of(made.snapshot->diagnostics()), "");
}

TEST(MeshLayer, FeaturesAreOfThePilotAndOfProxyMetadata) {
  const auto dual_stack = [](const Made& made) {
    return model::uses_dual_stack(made.mesh->config);
  };
  EXPECT_FALSE(dual_stack(Made("{version: v2.5}")));
  const Made pilot(R"({version: v2.5, runtime: {components: {pilot: {container: {env:
      {ISTIO_DUAL_STACK: "true", PILOT_ENABLE_QUIC_LISTENERS: "true"}}}}}})");
  EXPECT_TRUE(dual_stack(pilot));
  EXPECT_EQ(pilot.mesh->config->default_config->proxy_metadata.at("PILOT_ENABLE_QUIC_LISTENERS"),
            "true");
  const Made proxies(
      R"({version: v2.5, proxy: {runtime: {container: {env: {ISTIO_DUAL_STACK: "true"}}}}})");
  EXPECT_TRUE(dual_stack(proxies));
  const Made the_proxies_first(R"({version: v2.5, runtime: {components: {pilot: {container: {env:
      {ISTIO_DUAL_STACK: "false"}}}}}, proxy: {runtime: {container: {env: {ISTIO_DUAL_STACK: "true"}}}}})");
  EXPECT_TRUE(dual_stack(the_proxies_first));
}

TEST(MeshLayer, OfAV1ResourceIsItsValues) {
  const Made made("{version: v1.1, istio: {meshConfig: {accessLogFile: /dev/one}}}", "v1");
  EXPECT_EQ(made.mesh->config->access_log_file, "/dev/one");
}

TEST(MeshLayer, IsEmptyWhereTheSpecIsRefused) {
  const Made made(
      "{version: v2.5, techPreview: {global: text}, proxy: {accessLogging: {file: "
      "{name: /dev/one}}}}");
  EXPECT_EQ(made.mesh->config->access_log_file, "");
  EXPECT_NE(text_of(made.snapshot->diagnostics()).find("value cannot be set because .global"),
            std::string::npos);
}

}  // namespace
}  // namespace mesh::index
