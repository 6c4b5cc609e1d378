// What is rendered of a control plane: forced values, charts in order, gateways one by one.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "libmesh/document/yaml.h"
#include "libmesh/smcp/path.h"
#include "libmesh/smcp/release.h"

namespace mesh::smcp {
namespace {

Value yaml(const std::string& text) {
  Diagnostics diagnostics;
  return document::read_yaml(text, "", diagnostics).front().root;
}

Value smcp(const std::string& version, const std::string& spec) {
  Value out = yaml(
      "{apiVersion: maistra.io/v2, kind: ServiceMeshControlPlane, metadata: {name: basic, "
      "namespace: mesh}}");
  out.set("spec", yaml(spec));
  put(out, "spec.version", Value(version));
  return out;
}

Rendering rendered(const std::string& version, const std::string& spec,
                   const ClusterFacts& cluster = {}) {
  auto out = render(smcp(version, spec), {}, cluster);
  EXPECT_TRUE(out.ok()) << (out ? "" : out.error().message);
  return out ? *std::move(out) : Rendering{};
}

const Value& istio(const Rendering& rendering) { return *rendering.effective.values.find("istio"); }

const Release* find(const Rendering& rendering, std::string_view name) {
  for (const Release& release : rendering.releases) {
    if (release.name == name) return &release;
  }
  return nullptr;
}

// "istio-discovery | mesh-config | …", charts of a group joined by spaces.
std::string order(const Rendering& rendering) {
  std::string out;
  for (size_t i = 0; i < rendering.releases.size(); ++i) {
    const Release& release = rendering.releases[i];
    if (i > 0) out += release.group == rendering.releases[i - 1].group ? " " : " | ";
    out += release.gateway.empty() ? release.chart : release.chart + "(" + release.gateway + ")";
  }
  return out;
}

TEST(Release, ChartsInOrder) {
  struct Row {
    const char* version;
    const char* spec;
    const char* order;
  };
  constexpr const char* kGateways =
      "istio-ingress(istio-ingressgateway) istio-egress(istio-egressgateway)";
  const std::string from_v2_1 =
      std::string("istio-discovery | mesh-config | telemetry-common prometheus | tracing ") +
      kGateways + " grafana | kiali";
  const std::string with_rls = from_v2_1 + " | rls";
  const std::string v2_0 =
      std::string(
          "istio-discovery | mesh-config | telemetry-common prometheus | istio-policy "
          "mixer-telemetry tracing ") +
      kGateways + " grafana | kiali | maistra-threescale wasm-extensions";
  const std::string v2_4 = from_v2_1 + " | maistra-threescale rls";
  const Row kRows[] = {
      {"v2.6", "{}", from_v2_1.c_str()},
      {"v2.5", "{}", from_v2_1.c_str()},
      {"v2.5", "{techPreview: {rateLimiting: {rls: {enabled: true}}}}", with_rls.c_str()},
      {"v2.5", "{addons: {3scale: {enabled: true}}}", from_v2_1.c_str()},
      {"v2.4",
       "{addons: {3scale: {enabled: true}}, techPreview: {rateLimiting: {rls: {enabled: true}}}}",
       v2_4.c_str()},
      {"v2.0",
       "{policy: {type: Mixer}, telemetry: {type: Mixer}, addons: {3scale: {enabled: true}}, "
       "techPreview: {wasmExtensions: {enabled: true}}}",
       v2_0.c_str()},
      {"v2.5", "{profiles: [gateway-controller]}",
       "istio-discovery | mesh-config | telemetry-common"},
      {"v1.1", "{}",
       "istio | security | prometheus | tracing | galley | mixer pilot gateways "
       "sidecarInjectorWebhook | grafana | kiali"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(order(rendered(row.version, row.spec)), row.order) << row.version << " " << row.spec;
  }
}

TEST(Release, AllChartsOfAVersion) {
  size_t charts = 0;
  for (const auto& group : chart_order(Version::kV2_5)) charts += group.size();
  EXPECT_EQ(chart_order(Version::kV2_5).size(), 6u);
  EXPECT_EQ(charts, 10u);
  EXPECT_EQ(chart_order(Version::kV1_1).front().front(), "istio");
}

// Helm's limit; names that are cut stay apart.
TEST(Release, NamesAreAtMost53Characters) {
  const std::string long_name = "a-control-plane-with-a-very-long-name-of-fifty-chars";
  Value smcp{document::Map{}};
  put(smcp, "apiVersion", Value("maistra.io/v2"));
  put(smcp, "metadata.name", Value(long_name));
  put(smcp, "metadata.namespace", Value("mesh"));
  put(smcp, "spec.version", Value("v2.5"));
  const auto now = render(smcp, {}, {});
  ASSERT_TRUE(now);
  std::set<std::string> names;
  for (const Release& release : now->releases) {
    EXPECT_LE(release.name.size(), 53u) << release.name;
    EXPECT_TRUE(release.name.starts_with("a-control-plane")) << release.name;
    EXPECT_TRUE(release.name.ends_with(release.gateway.empty() ? release.chart : release.gateway))
        << release.name;
    EXPECT_TRUE(names.insert(release.name).second) << release.name;
  }
  EXPECT_EQ(names.size(), 9u);
}

TEST(Release, ForcedValues) {
  const std::string user =
      "{techPreview: {revision: mine, meshConfig: {rootNamespace: mine, ingressControllerMode: ON},"
      " istio_cni: {enabled: false}, global: {istioNamespace: mine, configNamespace: mine}}}";
  const Rendering now = rendered("v2.5", user);
  const std::pair<const char*, const char*> kTexts[] = {
      {"revision", "basic"},
      {"istio_cni.istio_cni_network", "v2-5-istio-cni"},
      {"global.istioNamespace", "mesh"},
      {"meshConfig.rootNamespace", "mesh"},
      {"global.prometheusNamespace", "mesh"},
      {"global.configRootNamespace", "mesh"},
      {"global.configNamespace", "mesh"},
      {"meshConfig.ingressControllerMode", "OFF"}};
  for (const auto& [path, text] : kTexts) EXPECT_EQ(text_at(istio(now), path), text) << path;
  EXPECT_TRUE(*bool_at(istio(now), "istio_cni.enabled"));
  EXPECT_EQ(at(istio(now), "global.telemetryNamespace"), nullptr);

  const Rendering v2_0 = rendered("v2.0", "{}");
  EXPECT_EQ(text_at(istio(v2_0), "global.telemetryNamespace"), "mesh");
  EXPECT_EQ(text_at(istio(v2_0), "global.policyNamespace"), "mesh");
  EXPECT_EQ(at(istio(v2_0), "meshConfig.rootNamespace"), nullptr);

  ClusterFacts cluster;
  cluster.cni = false;
  cluster.operator_namespace = "operators";
  const Rendering v1_1 = rendered("v1.1", "{}", cluster);
  EXPECT_EQ(text_at(istio(v1_1), "global.operatorNamespace"), "operators");
  EXPECT_EQ(text_at(istio(v1_1), "istio_cni.istio_cni_network"), "v1-1-istio-cni");
  EXPECT_FALSE(*bool_at(istio(v1_1), "istio_cni.enabled"));
  EXPECT_EQ(at(istio(v1_1), "revision"), nullptr);
}

TEST(Release, JaegerIsInstalledUnlessSomebodyElseDidIt) {
  struct Row {
    const char* name;
    std::optional<FoundResource> found;
    bool install;
    const char* chart_template;
  };
  const Row kRows[] = {
      {"none there", std::nullopt, true, "all-in-one"},
      {"ours", FoundResource{true, "production"}, true, "all-in-one"},
      {"somebody's, one pod", FoundResource{false, "allInOne"}, false, "all-in-one"},
      {"somebody's, without a strategy", FoundResource{false, ""}, false, "all-in-one"},
      {"somebody's, another", FoundResource{false, "streaming"}, false, "production-elasticsearch"},
  };
  for (const Row& row : kRows) {
    ClusterFacts cluster;
    cluster.jaeger = row.found;
    const Rendering out = rendered("v2.5", "{addons: {jaeger: {name: trace}}}", cluster);
    EXPECT_EQ(*bool_at(istio(out), "tracing.jaeger.install"), row.install) << row.name;
    EXPECT_EQ(text_at(istio(out), "tracing.jaeger.template"), row.chart_template) << row.name;
    EXPECT_EQ(text_at(istio(out), "meshConfig.defaultConfig.tracing.zipkin.address"),
              "trace-collector.mesh.svc:9411")
        << row.name;
  }
  const Rendering v2_0 = rendered("v2.0", "{}");
  EXPECT_EQ(text_at(istio(v2_0), "global.tracer.zipkin.address"), "jaeger-collector.mesh.svc:9411");
  const Rendering none = rendered("v2.5", "{tracing: {type: None}}");
  EXPECT_EQ(at(istio(none), "tracing.jaeger.install"), nullptr);
  EXPECT_EQ(at(istio(none), "meshConfig.defaultConfig.tracing"), nullptr);
}

TEST(Release, AForeignJaegerOfV1IsUsedByKiali) {
  ClusterFacts cluster;
  cluster.jaeger = FoundResource{false, ""};
  const Rendering out = rendered("v1.1", "{tracing: {type: Jaeger}}", cluster);
  EXPECT_FALSE(*bool_at(istio(out), "tracing.enabled"));
  EXPECT_EQ(text_at(istio(out), "kiali.jaegerInClusterURL"), "https://jaeger-query.mesh.svc");
}

TEST(Release, KialiIsInstalledUnlessSomebodyElseDidIt) {
  ClusterFacts cluster;
  EXPECT_TRUE(*bool_at(istio(rendered("v2.5", "{}", cluster)), "kiali.install"));
  cluster.kiali = FoundResource{true, ""};
  EXPECT_TRUE(*bool_at(istio(rendered("v2.5", "{}", cluster)), "kiali.install"));
  cluster.kiali = FoundResource{false, ""};
  EXPECT_FALSE(*bool_at(istio(rendered("v2.5", "{}", cluster)), "kiali.install"));
  const Rendering off = rendered("v2.5", "{addons: {kiali: {enabled: false}}}", cluster);
  EXPECT_EQ(at(istio(off), "kiali.install"), nullptr);
}

TEST(Release, PrometheusScrapesTheMembers) {
  ClusterFacts cluster;
  cluster.members = {"shop", "store"};
  const Value members = yaml("[shop, store]");
  EXPECT_EQ(*at(istio(rendered("v2.5", "{}", cluster)), "prometheus.scrapingNamespaces"), members);
  EXPECT_EQ(*at(istio(rendered("v2.4", "{}", cluster)), "prometheus.scrapingNamespaces"), members);
  EXPECT_EQ(at(istio(rendered("v2.3", "{}", cluster)), "prometheus.scrapingNamespaces"), nullptr);
  const Rendering off = rendered("v2.5", "{addons: {prometheus: {enabled: false}}}", cluster);
  EXPECT_EQ(at(istio(off), "prometheus.scrapingNamespaces"), nullptr);
}

constexpr const char* kMore =
    "{gateways: {ingress: {service: {metadata: {labels: {app: front}}}}, "
    "additionalIngress: {api: {enabled: true, namespace: shop}, idle: {}}, "
    "additionalEgress: {out: {enabled: true, requestedNetworkView: [x]}}}}";

TEST(Release, EveryGatewayIsAlone) {
  const Rendering out = rendered("v2.5", kMore);
  EXPECT_EQ(find(out, "basic-gateway-idle"), nullptr) << "one that is not enabled";
  struct Row {
    const char* name;
    const char* chart;
    const char* key;
    const char* app;
  };
  const Row kRows[] = {
      {"istio-ingressgateway", "istio-ingress", "istio-ingressgateway", "front"},
      {"istio-egressgateway", "istio-egress", "istio-egressgateway", "istio-egressgateway"},
      {"api", "istio-ingress", "istio-ingressgateway", "api"},
      {"out", "istio-egress", "istio-egressgateway", "out"},
  };
  for (const Row& row : kRows) {
    const Release* release = find(out, std::string("basic-gateway-") + row.name);
    ASSERT_NE(release, nullptr) << row.name;
    EXPECT_EQ(release->chart, row.chart) << row.name;
    EXPECT_EQ(release->gateway, row.name);
    EXPECT_EQ(release->name_space, "mesh") << "the chart puts it into the gateway's namespace";
    const Value& gateways = *release->values.find("gateways");
    ASSERT_EQ(gateways.if_map()->size(), 1u) << row.name;
    const Value* gateway = gateways.find(row.key);
    ASSERT_NE(gateway, nullptr) << row.name;
    EXPECT_EQ(text_at(*gateway, "name"), row.name);
    EXPECT_EQ(text_at(*gateway, "labels.app"), row.app) << row.name;
    EXPECT_EQ(text_at(release->values, "revision"), "basic") << "the other values are there";
  }
  EXPECT_EQ(at(istio(out), "gateways.api.labels"), nullptr) << "appliedValues stay as they are";
}

TEST(Release, GatewaysOfAProfileAreRendered) {
  ProfileSource source;
  source.own = {{"more", smcp("v2.5", kMore)}};
  const auto out = render(smcp("v2.5", "{profiles: [base, more]}"), source, {});
  ASSERT_TRUE(out.ok());
  EXPECT_NE(find(*out, "basic-gateway-api"), nullptr);
}

TEST(Release, UserIdsAreIstiosUnlessOpenShiftAssignsThem) {
  ClusterFacts cluster;
  cluster.user_ids = {"mesh"};
  const Rendering out = rendered("v2.5", kMore, cluster);
  for (const char* key : {"runAsUser", "runAsGroup", "fsGroup"}) {
    const std::string path = std::string("gateways.istio-ingressgateway.") + key;
    EXPECT_EQ(text_at(find(out, "basic-gateway-api")->values, path), "1337") << key;
    EXPECT_EQ(at(find(out, "basic-gateway-istio-ingressgateway")->values, path), nullptr) << key;
  }
  const Rendering before = rendered("v2.1", "{}");
  EXPECT_EQ(at(find(before, "basic-gateway-istio-ingressgateway")->values,
               "gateways.istio-ingressgateway.runAsUser"),
            nullptr);
}

TEST(Release, NoGatewaysWhereTheyAreSwitchedOff) {
  for (const Release& release : rendered("v2.5", "{gateways: {enabled: false}}").releases) {
    EXPECT_EQ(release.gateway, "");
  }
}

TEST(Release, TheStoreOfRateLimits) {
  const auto with = [](const std::string& backend) {
    return "{techPreview: {rateLimiting: {rls: {enabled: true, storageBackend: " + backend +
           ", storageAddress: 'store:1'}}}}";
  };
  const Rendering redis = rendered("v2.5", with("redis"));
  EXPECT_EQ(text_at(find(redis, "basic-rls")->values, "rateLimiting.rls.env.REDIS_URL"), "store:1");
  EXPECT_EQ(text_at(find(redis, "basic-rls")->values, "rateLimiting.rls.env.REDIS_SOCKET_TYPE"),
            "tcp");
  const Rendering memcache = rendered("v2.5", with("memcache"));
  EXPECT_EQ(text_at(find(memcache, "basic-rls")->values, "rateLimiting.rls.env.BACKEND_TYPE"),
            "memcache");
  const auto other = render(smcp("v2.5", with("tape")), {}, {});
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().message,
            "invalid value \"tape\" for rateLimiting.rls.storageBackend. It must be one of: "
            "{redis, memcache}");
}

TEST(Release, ThreeScaleHasValuesOfItsOwn) {
  const Rendering out = rendered("v2.4", "{addons: {3scale: {enabled: true, listen_addr: 7}}}");
  const Release* release = find(out, "basic-maistra-threescale");
  ASSERT_NE(release, nullptr);
  EXPECT_EQ(int_at(release->values, "PARAM_THREESCALE_LISTEN_ADDR"), 7);
  EXPECT_EQ(at(release->values, "global"), nullptr);
}

TEST(Release, ChartDefaultsAreBelowEverything) {
  ClusterFacts cluster;
  cluster.chart_defaults = yaml("{global: {hub: theirs, oneNamespace: false}, prometheus: {x: 1}}");
  const Rendering out = rendered("v2.5", "{}", cluster);
  const Value& values = find(out, "basic-istio-discovery")->values;
  EXPECT_EQ(text_at(values, "global.hub"), "docker.io/maistra");
  EXPECT_FALSE(*bool_at(values, "global.oneNamespace"));
  EXPECT_EQ(int_at(values, "prometheus.x"), 1);
}

TEST(Release, TheAppliedSpecSaysWhatWasForced) {
  const Rendering out = rendered("v2.5", "{}");
  EXPECT_EQ(text_at(out.effective.spec, "techPreview.revision"), "basic");
  EXPECT_EQ(text_at(out.effective.spec, "tracing.type"), "Jaeger");
}

}  // namespace
}  // namespace mesh::smcp
