// Property: a native form gives what our engine makes of Istio's own template, whatever the pod and
// the settings (empty and null parts of an overlay say nothing and do not count).
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "libmesh/injection/pod/go_json.h"
#include "libmesh/injection/template/go_template.h"
#include "tests/injection/doors/pods.h"
#include "tests/injection/template/istio_texts.h"

namespace mesh::injection {
namespace {

using document::List;
using document::Map;
using document::Member;
using document::Value;

// What Kubernetes' types make of a scalar: quantities in their canonical form, and nothing where the
// type leaves out the zero.
Value typed(const std::string& key, const Value& value, bool quantity) {
  if (quantity) {
    const int64_t* number = value.if_int();
    return Value(canonical_quantity(number != nullptr   ? std::to_string(*number)
                                    : value.is_string() ? *value.if_string()
                                                        : std::string()));
  }
  const bool zero = key == "initialDelaySeconds" && value == Value(int64_t{0});
  const bool empty = key == "value" && value == Value("");
  return zero || empty ? Value() : value;
}

// Without nulls and what is empty then.
Value stripped(const Value& value, const std::string& key = {}, bool quantity = false) {
  if (const Map* map = value.if_map()) {
    Map kept;
    for (const Member& member : *map) {
      const bool inside = key == "limits" || key == "requests";
      Value inner = stripped(member.value, member.key, inside);
      if (!inner.is_null()) kept.push_back({member.key, std::move(inner), {}});
    }
    return kept.empty() ? Value() : Value(std::move(kept));
  }
  if (const List* list = value.if_list()) {
    List kept;
    for (const Value& item : *list) {
      Value inner = stripped(item);
      if (!inner.is_null()) kept.push_back(std::move(inner));
    }
    return kept.empty() ? Value() : Value(std::move(kept));
  }
  return value.is_null() ? Value() : typed(key, value, quantity);
}

class Chance {
 public:
  explicit Chance(uint32_t seed) : random_(seed) {}
  bool operator()(size_t percent) { return below(100) < percent; }
  size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }
  template <size_t N>
  const char* one_of(const char* const (&texts)[N]) {
    return texts[below(N)];
  }

 private:
  std::mt19937 random_;
};

void annotate(Chance& chance, Value& pod) {
  Value& metadata = *pod.find("metadata");
  if (metadata.find("annotations") == nullptr) metadata.set("annotations", Value(Map{}));
  if (metadata.find("labels") == nullptr) metadata.set("labels", Value(Map{}));
  Value& annotations = *metadata.find("annotations");
  const auto maybe = [&](const char* key, const char* text) {
    if (chance(12)) annotations.set(key, Value(text));
  };
  maybe("sidecar.istio.io/interceptionMode", chance.one_of({"REDIRECT", "TPROXY", "NONE"}));
  maybe("sidecar.istio.io/proxyImage", chance.one_of({"other", "hub.example/proxy:7"}));
  maybe("sidecar.istio.io/proxyCPU", "250m");
  maybe("sidecar.istio.io/proxyMemory", "64Mi");
  maybe("sidecar.istio.io/proxyCPULimit", "1");
  maybe("sidecar.istio.io/proxyMemoryLimit", "1Gi");
  maybe("sidecar.istio.io/nativeSidecar", chance.one_of({"true", "false"}));
  maybe("sidecar.istio.io/logLevel", "debug");
  maybe("sidecar.istio.io/componentLogLevel", "rbac:debug");
  maybe("sidecar.istio.io/agentLogLevel", "default:debug");
  maybe("sidecar.istio.io/bootstrapOverride", "my-bootstrap");
  maybe("sidecar.istio.io/capNetBindService", chance.one_of({"true", "false"}));
  maybe("sidecar.istio.io/userVolume", R"({"v": {"emptyDir": {}}})");
  maybe("sidecar.istio.io/userVolumeMount", R"({"v": {"mountPath": "/v", "readOnly": true}})");
  maybe("status.sidecar.istio.io/port", chance.one_of({"0", "15021", "123"}));
  maybe("readiness.status.sidecar.istio.io/initialDelaySeconds", "7");
  maybe("readiness.status.sidecar.istio.io/periodSeconds", "8");
  maybe("readiness.status.sidecar.istio.io/failureThreshold", "9");
  maybe("traffic.sidecar.istio.io/includeOutboundIPRanges", chance.one_of({"*", "10.0.0.0/8", ""}));
  maybe("traffic.sidecar.istio.io/excludeOutboundIPRanges", "10.1.0.0/16,10.2.0.0/16");
  maybe("traffic.sidecar.istio.io/includeInboundPorts", chance.one_of({"*", "80,90", ""}));
  maybe("traffic.sidecar.istio.io/excludeInboundPorts", "15020, 7");
  maybe("traffic.sidecar.istio.io/includeOutboundPorts", "5,6");
  maybe("traffic.sidecar.istio.io/excludeOutboundPorts", "");
  maybe("traffic.sidecar.istio.io/kubevirtInterfaces", "net1,net2");
  maybe("istio.io/reroute-virtual-interfaces", "net3");
  maybe("traffic.sidecar.istio.io/excludeInterfaces", "eth9");
  maybe("k8s.v1.cni.cncf.io/networks", chance.one_of({"a, b", R"([{"name":"x"}])"}));
  maybe("resource.opentelemetry.io/service.version", "7");
  if (chance(15)) metadata.find("labels")->set("security.istio.io/tlsMode", Value("disabled"));
  if (chance(15)) metadata.find("labels")->set("service.istio.io/canonical-name", Value("c"));
}

SettingsPtr random_settings(Chance& chance) {
  std::vector<HelmValue> changes;
  const auto maybe = [&](const char* path, Value value) {
    if (chance(15)) changes.push_back({path, std::move(value)});
  };
  maybe("pilot.cni.enabled", Value(true));
  maybe("pilot.cni.provider", Value("multus"));
  maybe("global.network", Value("n1"));
  maybe("global.meshID", Value("m1"));
  maybe("global.multiCluster.clusterName", Value("c1"));
  maybe("global.imagePullPolicy", Value("Always"));
  maybe("global.imagePullSecrets", Value(List{Value("s1"), Value("s2")}));
  maybe("global.logAsJson", Value(true));
  maybe("global.caAddress", Value("ca.example:15012"));
  maybe("global.caName", Value("GkeWorkloadCertificate"));
  maybe("global.pilotCertProvider", Value("kubernetes"));
  maybe("global.mountMtlsCerts", Value(true));
  maybe("global.nativeNftables", Value(true));
  maybe("global.sts.servicePort", Value(int64_t{1234}));
  maybe("global.proxy.privileged", Value(true));
  maybe("global.proxy.image", Value("hub.example/px:1"));
  maybe("global.proxy.statusPort", Value(int64_t{0}));
  maybe("global.proxy.excludeOutboundPorts", Value("9"));
  maybe("global.proxy.includeOutboundPorts", Value("8"));
  maybe("global.proxy.outlierLogPath", Value("/dev/stdout"));
  maybe("global.proxy.startupProbe.enabled", Value(false));
  maybe("global.proxy.holdApplicationUntilProxyStarts", Value(true));
  maybe("global.proxy.seccompProfile", Value(Map{{"type", Value("RuntimeDefault"), {}}}));
  maybe("global.proxy.resources", Value());
  maybe("global.proxy_init.forceApplyIptables", Value(true));
  maybe("global.proxy_init.image", Value("hub.example/init:2"));
  maybe("revision", Value("canary"));
  Options options;
  if (chance(50)) options.native_sidecars = NativeSidecars::kDisabled;
  if (chance(15)) options.compliance_policy = "fips-140-3";
  static const char* const kConfigs[] = {
      "",
      "defaultConfig: {interceptionMode: TPROXY}",
      "defaultConfig: {holdApplicationUntilProxyStarts: true}",
      "defaultConfig: {proxyMetadata: {ISTIO_META_ENABLE_HBONE: 'true', X: 'y'}}",
      "defaultConfig: {proxyMetadata: {IPTABLES_TRACE_LOGGING: 'true'}}",
      "{trustDomain: td.example, inboundTrafficPolicy: {mode: LOCALHOST}}",
      "extensionProviders: [{name: o, opentelemetry: {service: s, port: 1, "
      "serviceAttributeEnrichment: OTEL_SEMANTIC_CONVENTIONS}}]",
  };
  return settings_with(changes, chance.one_of(kConfigs), options);
}

struct Case {
  Value pod;
  SettingsPtr settings;
  int64_t uid = 1337;
};

Result<Value> render(const Template& form, const Case& c) {
  static const Owner owner{"cart", "shop", "apps/v1", "Deployment"};
  const Value* metadata = c.pod.find("metadata");
  const ProxyConfigPtr config =
      c.settings->proxy_configs.of_pod("shop", metadata->find("labels"), nullptr);
  const TemplateInput input{
      *c.settings,     c.pod,        owner, *config, c.settings->native_sidecars,
      "hub/proxyv2:1", "hub/init:1", c.uid, c.uid,   c.settings->revision};
  return form.render(input);
}

TEST(NativeForms, GiveWhatTheEngineMakesOfIstiosTemplate) {
  for (const testing::IstioText& known : testing::kIstioTexts) {
    const std::string text = testing::istio_text(known.file);
    if (text.empty()) GTEST_SKIP() << testing::kNoIstio;
    const GoParsed parsed = parse_go_template("inject", text);
    ASSERT_NE(parsed.tree, nullptr) << parsed.error.message;
    const GoTemplate engine(known.file, parsed.tree);
    Diagnostics diagnostics;
    const TemplatePtr native = make_template(known.file, text, diagnostics);
    Chance chance(7);
    RandomPods pods(11);
    const TemplatePtr form_alone = native_template(known.form);
    int compared = 0;
    int by_form = 0;
    for (int i = 0; i < 200; ++i) {
      Case c{pods.pod(), i % 5 == 0 ? random_settings(chance) : istio_settings()};
      annotate(chance, c.pod);
      if (chance(10)) c.uid = 0;
      const auto want = render(engine, c);
      const auto have = render(*native, c);
      ASSERT_EQ(have.ok(), want.ok())
          << known.file << " " << i << ": " << (want.ok() ? have.error() : want.error()).message
          << document::write_json(c.pod);
      if (!want.ok()) continue;
      ++compared;
      const auto alone = render(*form_alone, c);
      if (alone.ok() && stripped(*alone) == stripped(*want)) ++by_form;
      const std::string a = document::write_yaml(stripped(*have));
      ASSERT_TRUE(stripped(*have) == stripped(*want))
          << known.file << " " << i << "\nnative:\n"
          << a << "\nengine:\n"
          << document::write_yaml(stripped(*want)) << document::write_json(c.pod);
    }
    EXPECT_GT(compared, 120) << known.file;
    EXPECT_GT(by_form, compared / 2) << known.file;  // not all asked the text
  }
}

}  // namespace
}  // namespace mesh::injection
