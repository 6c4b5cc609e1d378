// The form `sidecar`, rule by rule. That the whole of it is what Istio's template gives is held by
// tests/peers/istio and by the property over random pods.
#include <gtest/gtest.h>

#include "tests/injection/forms/support.h"

namespace mesh::injection {
namespace {

using testing::Changes;
using testing::json_at;
using testing::overlay;
using testing::Pod;
using testing::Steering;

struct Row {
  const char* rule;
  Steering setup;
  Pod pod;
  const char* path;
  const char* json;
};

Steering values(Changes changes) { return {std::move(changes), "", {}, {}, ""}; }
Steering mesh(const char* yaml) { return {{}, yaml, {}, {}, ""}; }
Steering older() { return {{}, "", {NativeSidecars::kDisabled, {}, "", false, {}}, {}, ""}; }
Pod annotated(const char* annotations) { return {annotations, ""}; }
Pod labelled(const char* labels) { return {"", labels}; }

constexpr char kProxy[] = "spec.initContainers[istio-proxy]";
constexpr char kInit[] = "spec.initContainers[istio-init]";

void expect(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const document::Value made = overlay(NativeForm::kSidecar, row.setup, row.pod);
    EXPECT_EQ(json_at(made, row.path), row.json) << row.rule;
  }
}

std::string proxy(const char* path) { return std::string(kProxy) + path; }

TEST(Sidecar, TheProxyIsAnInitContainerOrAnOrdinaryOne) {
  expect({
      {"native by default",
       {},
       {},
       "spec.initContainers[istio-proxy].restartPolicy",
       R"("Always")"},
      {"the older form", older(), {}, "spec.containers[istio-proxy].restartPolicy", "-"},
      {"the older form has its init container",
       older(),
       {},
       "spec.initContainers[istio-init].name",
       R"("istio-init")"},
      {"the annotation takes it", older(), annotated("sidecar.istio.io/nativeSidecar: 'true'"),
       "spec.initContainers[istio-proxy].restartPolicy", R"("Always")"},
      {"the annotation leaves it",
       {},
       annotated("sidecar.istio.io/nativeSidecar: 'false'"),
       "spec.initContainers[istio-proxy]",
       "-"},
      {"nothing is intercepted",
       {},
       annotated("sidecar.istio.io/interceptionMode: NONE"),
       kInit,
       "-"},
      {"nothing is intercepted by the older form", older(),
       annotated("sidecar.istio.io/interceptionMode: NONE"), "spec.initContainers", "-"},
  });
}

TEST(Sidecar, TheLifecycleWaitsOrDrains) {
  const char* hold = "defaultConfig: {holdApplicationUntilProxyStarts: true}";
  Steering older_hold = older();
  older_hold.mesh_config = hold;
  Steering older_values = older();
  older_values.values = {{"global.proxy.holdApplicationUntilProxyStarts", "true"}};
  constexpr char kDrain[] =
      R"({"preStop":{"exec":{"command":["pilot-agent","request","--debug-port=15020","POST","drain"]}}})";
  constexpr char kWait[] = R"({"postStart":{"exec":{"command":["pilot-agent","wait"]}}})";
  expect({
      {"drains before it stops", {}, {}, "spec.initContainers[istio-proxy].lifecycle", kDrain},
      {"a native one needs no wait",
       mesh(hold),
       {},
       "spec.initContainers[istio-proxy].lifecycle",
       kDrain},
      {"an older one waits", older_hold, {}, "spec.containers[istio-proxy].lifecycle", kWait},
      {"or by the values", older_values, {}, "spec.containers[istio-proxy].lifecycle", kWait},
      {"else has none", older(), {}, "spec.containers[istio-proxy].lifecycle", "-"},
      {"the values' own",
       values({{"global.proxy.lifecycle", "{preStop: {sleep: {seconds: 5}}}"}}),
       {},
       "spec.initContainers[istio-proxy].lifecycle",
       R"({"preStop":{"sleep":{"seconds":5}}})"},
  });
}

TEST(Sidecar, RedirectionIsWhatThePodAndTheValuesSay) {
  constexpr char kArgs[] = "spec.initContainers[istio-init].args";
  expect({
      {"by default",
       {},
       {},
       kArgs,
       R"(["istio-iptables","-p","15001","-z","15006","-u","1337","-m","REDIRECT","-i","*","-x","","-b","*","-d","15090,15021,15020","--log_output_level=default:info"])"},
      {"annotations",
       {},
       annotated("traffic.sidecar.istio.io/includeOutboundIPRanges: 10.0.0.0/8, "
                 "traffic.sidecar.istio.io/excludeInboundPorts: '1, 2', "
                 "traffic.sidecar.istio.io/includeOutboundPorts: '5', "
                 "traffic.sidecar.istio.io/excludeOutboundPorts: '6', "
                 "traffic.sidecar.istio.io/kubevirtInterfaces: net1, "
                 "traffic.sidecar.istio.io/excludeInterfaces: eth1"),
       kArgs,
       R"(["istio-iptables","-p","15001","-z","15006","-u","1337","-m","REDIRECT","-i","10.0.0.0/8","-x","","-b","*","-d","15090,15021,1,2,15020","-q","5","-o","6","-k","net1","-c","eth1","--log_output_level=default:info"])"},
      {"no status port",
       {},
       annotated("status.sidecar.istio.io/port: '0'"),
       kArgs,
       R"(["istio-iptables","-p","15001","-z","15006","-u","1337","-m","REDIRECT","-i","*","-x","","-b","*","-d","15090,15021","--log_output_level=default:info"])"},
      {"switches of the values",
       values({{"global.logAsJson", "true"},
               {"global.proxy_init.forceApplyIptables", "true"},
               {"global.nativeNftables", "true"}}),
       {},
       kArgs,
       R"(["istio-iptables","-p","15001","-z","15006","-u","1337","-m","REDIRECT","-i","*","-x","","-b","*","-d","15090,15021,15020","--log_output_level=default:info","--log_as_json","--force-apply","--native-nftables"])"},
      {"the plug-in's check runs as the proxy",
       values({{"pilot.cni.enabled", "true"}}),
       {},
       "spec.initContainers[istio-validation].securityContext",
       R"({"allowPrivilegeEscalation":false,"privileged":false,"capabilities":{"drop":["ALL"]},"readOnlyRootFilesystem":true,"runAsGroup":1337,"runAsNonRoot":true,"runAsUser":1337})"},
  });
}

TEST(Sidecar, PrivilegesAreThoseThatTheSettingsName) {
  const std::string path = proxy(".securityContext");
  expect({
      {"none by default",
       {},
       {},
       path.c_str(),
       R"({"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},"privileged":false,"readOnlyRootFilesystem":true,"runAsNonRoot":true,"runAsUser":1337,"runAsGroup":1337})"},
      {"TPROXY",
       mesh("defaultConfig: {interceptionMode: TPROXY}"),
       {},
       path.c_str(),
       R"({"allowPrivilegeEscalation":false,"capabilities":{"add":["NET_ADMIN"],"drop":["ALL"]},"privileged":false,"readOnlyRootFilesystem":true,"runAsNonRoot":false,"runAsUser":0,"runAsGroup":1337})"},
      {"low ports",
       {},
       annotated("sidecar.istio.io/capNetBindService: 'true'"),
       path.c_str(),
       R"({"allowPrivilegeEscalation":false,"capabilities":{"add":["NET_BIND_SERVICE"],"drop":["ALL"]},"privileged":false,"readOnlyRootFilesystem":true,"runAsNonRoot":false,"runAsUser":0,"runAsGroup":1337})"},
      {"tracing of iptables",
       mesh("defaultConfig: {proxyMetadata: {IPTABLES_TRACE_LOGGING: 'true'}}"),
       {},
       path.c_str(),
       R"({"allowPrivilegeEscalation":true,"capabilities":{"add":["NET_ADMIN"],"drop":["ALL"]},"privileged":true,"readOnlyRootFilesystem":true,"runAsNonRoot":false,"runAsUser":0,"runAsGroup":1337})"},
  });
}

std::string variable_of(const Steering& setup, const Pod& pod, const char* name) {
  return json_at(overlay(NativeForm::kSidecar, setup, pod), proxy(".env[") + name + "].value");
}

TEST(Sidecar, TheEnvironmentTellsTheProxyWhatItIs) {
  EXPECT_EQ(variable_of({}, {}, "CA_ADDR"), R"("istiod.istio-system.svc:15012")");
  EXPECT_EQ(variable_of(values({{"revision", "canary"}}), {}, "CA_ADDR"),
            R"("istiod-canary.istio-system.svc:15012")");
  EXPECT_EQ(variable_of(values({{"global.caAddress", "ca:1"}}), {}, "CA_ADDR"), R"("ca:1")");
  EXPECT_EQ(variable_of({}, {}, "PROXY_CONFIG"), R"("{}\n")");
  EXPECT_EQ(variable_of({}, {}, "ISTIO_META_POD_PORTS"), R"("[\n    {\"containerPort\":80}\n]")");
  EXPECT_EQ(variable_of({}, {"", "", "containers: [{name: a}]"}, "ISTIO_META_POD_PORTS"),
            R"("[\n]")");
  EXPECT_EQ(variable_of({}, {"", "", "containers: [{name: a}, {name: istio-proxy}, {name: b}]"},
                        "ISTIO_META_APP_CONTAINERS"),
            R"("a,b")");
  EXPECT_EQ(variable_of({}, {}, "ISTIO_META_OWNER"),
            R"("kubernetes://apis/apps/v1/namespaces/shop/deployments/cart")");
  EXPECT_EQ(
      variable_of({}, labelled("service.istio.io/workload-name: w"), "ISTIO_META_WORKLOAD_NAME"),
      R"("w")");
  EXPECT_EQ(variable_of({}, {}, "GODEBUG"), "-");
  Steering fips;
  fips.options.compliance_policy = "fips-140-3";
  EXPECT_EQ(variable_of(fips, {}, "GODEBUG"), R"("fips140=only")");
  EXPECT_EQ(variable_of(fips, {}, "COMPLIANCE_POLICY"), R"("fips-140-3")");
  EXPECT_EQ(variable_of(mesh("trustDomain: td"), {}, "ISTIO_META_MESH_ID"), R"("td")");
  EXPECT_EQ(variable_of(values({{"global.meshID", "m"}}), {}, "ISTIO_META_MESH_ID"), R"("m")");
  EXPECT_EQ(variable_of(mesh("inboundTrafficPolicy: {mode: LOCALHOST}"), {},
                        "REWRITE_PROBE_LEGACY_LOCALHOST_DESTINATION"),
            R"("true")");
  EXPECT_EQ(variable_of(values({{"global.proxy.tracer", "datadog"}}),
                        annotated("apm.datadoghq.com/env: '{\"DD_ENV\":\"prod\"}'"), "DD_ENV"),
            R"("prod")");
}

TEST(Sidecar, OpenTelemetryNamesTheService) {
  const Steering otel = mesh(
      "extensionProviders: [{name: o, opentelemetry: {service: c, port: 4317, "
      "serviceAttributeEnrichment: OTEL_SEMANTIC_CONVENTIONS}}]");
  constexpr char kName[] = "OTEL_RESOURCE_ATTRIBUTES";
  EXPECT_EQ(variable_of({}, {}, kName), "-");
  EXPECT_EQ(
      variable_of(otel, {}, kName),
      R"("service.namespace=shop,service.version=1,service.instance.id=shop.$(POD_NAME).app")");
  EXPECT_EQ(
      variable_of(otel,
                  {"resource.opentelemetry.io/service.namespace: ns1", "",
                   "containers: [{name: a, image: 'r:5/i@sha256:x'}]"},
                  kName),
      R"("service.namespace=ns1,service.version=sha256:x,service.instance.id=shop.$(POD_NAME).a")");
  EXPECT_EQ(
      variable_of(otel,
                  {"", "app.kubernetes.io/version: v2",
                   "containers: [{name: a, image: i}, {name: b, image: i}]"},
                  kName),
      R"("service.namespace=shop,service.version=v2,service.instance.id=shop.$(POD_NAME).a")");
}

TEST(Sidecar, ResourcesOfAnnotationsReplaceThoseOfTheValues) {
  const std::string path = proxy(".resources");
  expect({
      {"values",
       {},
       {},
       path.c_str(),
       R"({"limits":{"cpu":"2","memory":"1Gi"},"requests":{"cpu":"100m","memory":"128Mi"}})"},
      {"one annotation is all there is",
       {},
       annotated("sidecar.istio.io/proxyCPU: '0.5'"),
       path.c_str(),
       R"({"requests":{"cpu":"500m"}})"},
      {"nulls vanish",
       values({{"global.proxy.resources", "{limits: {cpu: null, memory: 1Gi}, requests: null}"}}),
       {},
       path.c_str(),
       R"({"limits":{"memory":"1Gi"}})"},
      {"and what is nothing but nulls",
       values({{"global.proxy.resources", "{limits: {cpu: null}}"}}),
       {},
       path.c_str(),
       "-"},
      {"none", values({{"global.proxy.resources", "{}"}}), {}, path.c_str(), "-"},
  });
}

TEST(Sidecar, LabelsNameTheService) {
  constexpr char kName[] = "metadata.labels";
  expect({
      {"the workload",
       {},
       {},
       kName,
       R"({"security.istio.io/tlsMode":"istio","service.istio.io/canonical-name":"cart","service.istio.io/canonical-revision":"latest"})"},
      {"app and version",
       {},
       labelled("app: a, version: v1"),
       kName,
       R"({"security.istio.io/tlsMode":"istio","service.istio.io/canonical-name":"a","service.istio.io/canonical-revision":"v1"})"},
      {"Kubernetes' own before them",
       {},
       labelled("app: a, app.kubernetes.io/name: b, version: v1, app.kubernetes.io/version: v2"),
       kName,
       R"({"security.istio.io/tlsMode":"istio","service.istio.io/canonical-name":"b","service.istio.io/canonical-revision":"v2"})"},
      {"HBONE", mesh("defaultConfig: {proxyMetadata: {ISTIO_META_ENABLE_HBONE: 'true'}}"),
       labelled("security.istio.io/tlsMode: disabled"), kName,
       R"({"security.istio.io/tlsMode":"disabled","networking.istio.io/tunnel":"http","service.istio.io/canonical-name":"cart","service.istio.io/canonical-revision":"latest"})"},
  });
  Pod pod;
  pod.owner.name = std::string(62, 'x') + "-tail";
  const document::Value made = overlay(NativeForm::kSidecar, {}, pod);
  EXPECT_EQ(made.find("metadata")->find("labels")->string_at("service.istio.io/canonical-name"),
            std::string(62, 'x'));
}

TEST(Sidecar, TheCniPlugInReadsAnnotations) {
  const Steering multus = values({{"pilot.cni.enabled", "true"}, {"pilot.cni.provider", "multus"}});
  const document::Value made =
      overlay(NativeForm::kSidecar, multus, annotated("k8s.v1.cni.cncf.io/networks: mine"));
  const document::Value* annotations = made.find("metadata")->find("annotations");
  EXPECT_EQ(annotations->string_at("k8s.v1.cni.cncf.io/networks"), "mine, default/istio-cni");
  EXPECT_EQ(annotations->string_at("sidecar.istio.io/interceptionMode"), "REDIRECT");
  EXPECT_EQ(annotations->string_at("traffic.sidecar.istio.io/excludeInboundPorts"), "15020");
  EXPECT_EQ(annotations->find("traffic.sidecar.istio.io/excludeOutboundIPRanges"), nullptr);
  const Steering chained = values({{"pilot.cni.enabled", "true"}});
  const document::Value alone = overlay(NativeForm::kSidecar, chained, {});
  EXPECT_EQ(alone.find("metadata")->find("annotations")->find("k8s.v1.cni.cncf.io/networks"),
            nullptr);
}

TEST(Sidecar, MaistraAddsItsLabelItsNetworkAndDropsMore) {
  Steering maistra = values({{"istio_cni.enabled", "true"}});
  maistra.maistra = "v2.5";
  const document::Value made = overlay(NativeForm::kSidecar, maistra, {});
  EXPECT_EQ(made.find("metadata")->find("labels")->string_at("maistra-version"), "2.5.0");
  EXPECT_EQ(made.find("metadata")->find("annotations")->string_at("k8s.v1.cni.cncf.io/networks"),
            "v2-5-istio-cni");
  EXPECT_EQ(json_at(made, proxy(".securityContext.capabilities")),
            R"({"drop":["ALL","KILL","MKNOD","SETGID","SETUID"]})");
  EXPECT_EQ(json_at(made, "spec.initContainers[istio-validation].name"), R"("istio-validation")");
}

// A text that would change the template's YAML is the template's business.
class Answers final : public Template {
 public:
  Result<document::Value> render(const TemplateInput&) const override {
    return document::Value("asked");
  }
};

TEST(Sidecar, OddTextsAreAskedOfTheTemplateItself) {
  const SettingsPtr settings = testing::settings_of({});
  const TemplatePtr form = native_template(NativeForm::kSidecar, std::make_shared<const Answers>());
  const auto asked = [&](const Settings& with, const char* annotations) {
    const document::Value pod = testing::document_of({annotations, ""});
    const Owner owner{"cart", "shop", "apps/v1", "Deployment"};
    const TemplateInput input{with, pod,  owner, *with.proxy_configs.mesh_default(), true, "i", "i",
                              1337, 1337, ""};
    return *form->render(input) == document::Value("asked");
  };
  EXPECT_FALSE(asked(*settings, "sidecar.istio.io/logLevel: 'debug'"));
  EXPECT_TRUE(asked(*settings, "sidecar.istio.io/logLevel: 'a: b'"));
  EXPECT_TRUE(asked(*settings, "sidecar.istio.io/proxyImage: 'a/\"b'"));
  EXPECT_TRUE(asked(*settings, "sidecar.istio.io/userVolume: 'no JSON'"));
  EXPECT_TRUE(asked(*settings, "readiness.status.sidecar.istio.io/periodSeconds: '010'"));
  const SettingsPtr broken = testing::settings_of(values({{"global.sts", "text"}}));
  EXPECT_TRUE(asked(*broken, ""));
}

}  // namespace
}  // namespace mesh::injection
