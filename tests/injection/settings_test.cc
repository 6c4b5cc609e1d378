// Settings from texts and from a snapshot's control plane.
#include "libmesh/injection/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libmesh/index/store.h"
#include "libmesh/injection/tenant_settings.h"
#include "tests/injection/forms/support.h"

namespace mesh::injection {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

Result<SettingsPtr> read(const SettingsTexts& texts) {
  Diagnostics problems;
  return read_settings(texts, {}, {}, {}, problems);
}

TEST(Settings, WithoutAnyTextAreIstiosDefaults) {
  const auto settings = read({});
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ((*settings)->config.policy, "enabled");
  EXPECT_THAT((*settings)->config.default_templates, ElementsAre("sidecar"));
  EXPECT_EQ((*settings)->config.templates.size(), 4U);
  EXPECT_TRUE((*settings)->rewrite_probes);
  EXPECT_TRUE((*settings)->prometheus_merge);
  EXPECT_EQ((*settings)->status_port_text, "15020");
  EXPECT_EQ((*settings)->root_namespace, "istio-system");
  EXPECT_TRUE((*settings)->native_sidecars);
}

TEST(Settings, AreReadFromTheThreeTexts) {
  const auto settings = read({
      R"({"global": {"multiCluster": {"clusterName": "c"}, "network": "n", "proxy": {"holdApplicationUntilProxyStarts": true}}})",
      "{rootNamespace: root, enablePrometheusMerge: false, defaultConfig: {statusPort: 15120}}",
      "policy: disabled\n"
      "defaultTemplates: [mine, sidecar]\n"
      "aliases: {both: [a, b]}\n"
      "neverInjectSelector: [{matchLabels: {app: db}}]\n"
      "alwaysInjectSelector: [{matchExpressions: [{key: k, operator: In, values: [v]}]}]\n"
      "injectedAnnotations: {b: '2', a: '1'}\n",
  });
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ((*settings)->cluster, "c");
  EXPECT_EQ((*settings)->network, "n");
  EXPECT_TRUE((*settings)->hold_application);
  EXPECT_FALSE((*settings)->rewrite_probes);
  EXPECT_FALSE((*settings)->prometheus_merge);
  EXPECT_EQ((*settings)->status_port, 15120);
  EXPECT_EQ((*settings)->root_namespace, "root");
  const InjectorConfig& config = (*settings)->config;
  EXPECT_EQ(config.policy, "disabled");
  EXPECT_THAT(config.default_templates, ElementsAre("mine", "sidecar"));
  EXPECT_THAT(config.aliases, ElementsAre(Pair("both", ElementsAre("a", "b"))));
  EXPECT_EQ(config.never_inject.at(0).match_labels.at("app"), "db");
  EXPECT_EQ(config.always_inject.at(0).match_expressions.at(0).operation, "In");
  EXPECT_THAT(config.injected_annotations, ElementsAre(Pair("a", "1"), Pair("b", "2")));
}

TEST(Settings, ThatCannotBeReadAreAnErrorOfTheirText) {
  EXPECT_THAT(read({"{", "", ""}).error().message,
              ::testing::StartsWith("could not parse configuration values"));
  EXPECT_THAT(read({"", "[]", ""}).error().message,
              ::testing::StartsWith("could not parse mesh config"));
  EXPECT_THAT(read({"", "", "- x"}).error().message,
              ::testing::StartsWith("failed to unmarshal injection template"));
  EXPECT_EQ(read({"", "proxyListenPort: many", ""}).error().message,
            "failed to convert to proto.: invalid character 'm' looking for beginning of value");
}

TEST(NativeSidecars, NeedEveryNodeToBeRecentEnough) {
  const auto on = [](NativeSidecars mode, const char* first, const char* second,
                     const char* node = "") {
    testing::Steering setup;
    setup.options.native_sidecars = mode;
    setup.options.kubelet_versions = {{"a", first}, {"b", second}};
    return native_sidecars_on(*testing::settings_of(setup), node);
  };
  EXPECT_TRUE(on(NativeSidecars::kAuto, "v1.33.0", "v1.34.1-gke.5"));
  EXPECT_FALSE(on(NativeSidecars::kAuto, "v1.33.0", "v1.32.9"));
  EXPECT_FALSE(on(NativeSidecars::kAuto, "v1.33.0", "no version"));
  EXPECT_TRUE(on(NativeSidecars::kAuto, "v1.33.0", "v1.32.9", "a"));
  EXPECT_FALSE(on(NativeSidecars::kAuto, "v1.33.0", "v1.32.9", "b"));
  EXPECT_FALSE(on(NativeSidecars::kAuto, "v1.33.0", "v1.32.9", "unknown"));
  EXPECT_TRUE(on(NativeSidecars::kEnabled, "v1.20.0", "v1.20.0"));
  EXPECT_FALSE(on(NativeSidecars::kDisabled, "v1.33.0", "v1.33.0"));
}

TEST(WebhookPath, SetsVariables) {
  EXPECT_THAT(parse_webhook_path("/inject"), ElementsAre());
  EXPECT_THAT(parse_webhook_path("/inject/"), ElementsAre());
  EXPECT_THAT(parse_webhook_path("/inject/cluster/c1/net/n--slash--1/"),
              ElementsAre(Pair("ISTIO_META_CLUSTER_ID", "c1"), Pair("ISTIO_META_NETWORK", "n/1")));
  EXPECT_THAT(parse_webhook_path("/inject/my_var/x/odd"), ElementsAre(Pair("MY_VAR", "x")));
  EXPECT_THAT(parse_webhook_path("/inject/:ENV:cluster=c1:ENV:a=b=c:ENV:=x:ENV:none"),
              ElementsAre(Pair("A", "b=c"), Pair("ISTIO_META_CLUSTER_ID", "c1")));
}

SettingsPtr of_tenant(std::string_view yaml, const char* revision = "") {
  index::Store store;
  store.apply(yaml, "input.yaml");
  const index::SnapshotPtr snapshot = store.snapshot();
  Diagnostics problems;
  auto settings =
      read_settings(settings_inputs(*snapshot, snapshot->tenants().list.front(), revision),
                    with_nodes({}, *snapshot), problems);
  EXPECT_TRUE(settings.ok()) << (settings.ok() ? "" : settings.error().message);
  return settings.ok() ? *settings : nullptr;
}

TEST(TenantSettings, WithoutConfigMapsAreWhatIstiosChartsRender) {
  const SettingsPtr settings = of_tenant("", "canary");
  EXPECT_EQ(settings->revision, "canary");
  EXPECT_EQ(value_at(settings->values, "revision")->if_string()[0], "canary");
  EXPECT_EQ(settings->proxy_configs.mesh_default()->discovery_address,
            "istiod-canary.istio-system.svc:15012");
  EXPECT_EQ(settings->maistra, nullptr);
}

TEST(TenantSettings, AreTheConfigMapsOfTheRevision) {
  const SettingsPtr settings = of_tenant(R"(
apiVersion: v1
kind: ConfigMap
metadata: {name: istio-sidecar-injector-canary, namespace: istio-system}
data:
  values: '{"global": {"network": "n1"}}'
  config: 'policy: disabled'
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio-sidecar-injector, namespace: istio-system}
data: {values: '{}', config: 'policy: enabled'}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio-canary, namespace: istio-system}
data: {mesh: 'trustDomain: td'}
---
apiVersion: v1
kind: Node
metadata: {name: old}
status: {nodeInfo: {kubeletVersion: v1.30.0}}
---
apiVersion: networking.istio.io/v1beta1
kind: ProxyConfig
metadata: {name: all, namespace: istio-system}
spec: {concurrency: 5}
)",
                                         "canary");
  EXPECT_EQ(settings->network, "n1");
  EXPECT_EQ(settings->config.policy, "disabled");
  EXPECT_EQ(settings->mesh_config.string_at("trustDomain"), "td");
  EXPECT_FALSE(settings->native_sidecars);
  EXPECT_THAT(settings->proxy_configs.of_pod("shop", nullptr, nullptr)->text,
              ::testing::HasSubstr("\"concurrency\":5"));
}

TEST(TenantSettings, OfAServiceMeshControlPlaneAreItsValues) {
  const SettingsPtr settings = of_tenant(R"(
apiVersion: maistra.io/v2
kind: ServiceMeshControlPlane
metadata: {name: basic, namespace: mesh-a}
spec:
  version: v2.5
  proxy:
    injection: {autoInject: true}
    runtime: {container: {imageName: proxy-own}}
)");
  ASSERT_NE(settings->maistra, nullptr);
  EXPECT_EQ(settings->tenant, "mesh-a/basic");
  EXPECT_EQ(settings->revision, "basic");
  EXPECT_EQ(settings->root_namespace, "mesh-a");
  EXPECT_EQ(settings->config.policy, "enabled");
  EXPECT_EQ(settings->maistra->version, "v2.5");
  EXPECT_EQ(settings->maistra->cni_network, "v2-5-istio-cni");
  EXPECT_TRUE(settings->maistra->uid_above_application);
  EXPECT_FALSE(settings->maistra->overwrite_networks);
  EXPECT_EQ(*value_at(settings->values, "global.proxy.image")->if_string(), "proxy-own");
  EXPECT_EQ(settings->proxy_configs.mesh_default()->discovery_address,
            "istiod-basic.mesh-a.svc:15012");
}

TEST(Maistra, DiffersByVersion) {
  const document::Value cni = testing::read("istio_cni: {enabled: true}");
  const document::Value chained = testing::read("istio_cni: {enabled: true, chained: true}");
  EXPECT_EQ(maistra_flavour("", cni), nullptr);
  EXPECT_TRUE(maistra_flavour("v1.1", cni)->overwrite_networks);
  EXPECT_EQ(maistra_flavour("v1.1", cni)->cni_network, "v1-1-istio-cni");
  EXPECT_FALSE(maistra_flavour("v1.1", testing::read("sidecarInjectorWebhook: "
                                                     "{injectPodRedirectAnnot: true}"))
                   ->overwrite_networks);
  EXPECT_EQ(maistra_flavour("v2.4", chained)->cni_network, "");
  EXPECT_FALSE(maistra_flavour("v2.6", cni)->uid_above_application);
}

}  // namespace
}  // namespace mesh::injection
