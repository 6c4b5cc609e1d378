// Rules of CDS, one a row; whole resources are compared with Istio's by tests/peers.
#include <gtest/gtest.h>

#include "tests/xds/fixtures.h"
#include "tests/xds/seen.h"

namespace mesh::xds::testing {
namespace {

// A service of the mesh (api), the proxy's own (web), and one outside (files).
const std::string kServices = kNamespace + std::string(R"(
apiVersion: v1
kind: Service
metadata: {name: api, namespace: app}
spec:
  clusterIP: 10.0.0.20
  selector: {app: api}
  ports:
  - {name: http, port: 80, targetPort: 8080}
  - {name: grpc, port: 9090, targetPort: 9090}
  - {name: any, port: 7000, targetPort: 7000}
  - {name: udp, port: 53, protocol: UDP}
---
apiVersion: v1
kind: Pod
metadata:
  name: api-0
  namespace: app
  labels: {app: api, version: v1, security.istio.io/tlsMode: istio}
spec: {serviceAccountName: api, containers: [{name: app, image: app}]}
status: {phase: Running, podIP: 10.1.0.2, podIPs: [{ip: 10.1.0.2}], conditions: [{type: Ready, status: "True"}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: api-1, namespace: app, labels: {kubernetes.io/service-name: api}}
addressType: IPv4
endpoints:
- {addresses: [10.1.0.2], conditions: {ready: true}, targetRef: {kind: Pod, name: api-0, namespace: app}}
ports: [{name: http, port: 8080}, {name: grpc, port: 9090}, {name: any, port: 7000}]
---
)") + web_service("http") + R"(---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: files, namespace: app}
spec:
  hosts: [files.example.com]
  location: MESH_EXTERNAL
  resolution: DNS
  ports: [{number: 443, name: https, protocol: HTTPS}]
)";

std::string rule(const char* host, const char* policy, const char* rest = "") {
  return kServices + "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\n" +
         "metadata: {name: rule, namespace: app}\nspec:\n  host: " + host + "\n" + rest +
         "  trafficPolicy: " + policy + "\n";
}

constexpr const char* kHttp = "outbound|80||api.app.svc.cluster.local";
constexpr const char* kGrpc = "outbound|9090||api.app.svc.cluster.local";
constexpr const char* kAny = "outbound|7000||api.app.svc.cluster.local";
constexpr const char* kFiles = "outbound|443||files.example.com";
constexpr const char* kOptions =
    "typedExtensionProtocolOptions.\"envoy.extensions.upstreams.http.v3.HttpProtocolOptions\"";

TEST(Clusters, AreSentInTheOrderOfServicesThenTheMeshsOwnThenInbound) {
  EXPECT_EQ(names_of(Seen(kServices, kSidecar).clusters()),
            "outbound|80||api.app.svc.cluster.local\n"
            "outbound|9090||api.app.svc.cluster.local\n"
            "outbound|7000||api.app.svc.cluster.local\n"
            "outbound|80||web.app.svc.cluster.local\n"
            "outbound|443||files.example.com\n"
            "BlackHoleCluster\nPassthroughCluster\n"
            "inbound|8080||\nInboundPassthroughCluster\n");
}

struct Row {
  const char* name;
  std::string input;
  const char* cluster;
  std::string path;
  const char* wanted;
};

class ClusterRule : public ::testing::TestWithParam<Row> {};

TEST_P(ClusterRule, Holds) {
  const Row& row = GetParam();
  EXPECT_EQ(at(Seen(row.input, kSidecar).cluster(row.cluster), row.path), row.wanted);
}

const Row kRows[] = {
    {"ServicesComeOverEds", kServices, kHttp, "type", "\"EDS\""},
    {"EdsAsksByTheClustersName", kServices, kHttp, "edsClusterConfig.serviceName",
     "\"outbound|80||api.app.svc.cluster.local\""},
    {"NamesAreResolvedByEnvoy", kServices, kFiles, "type", "\"STRICT_DNS\""},
    {"DnsClustersCarryTheirEndpoints", kServices, kFiles,
     "loadAssignment.endpoints[0].lbEndpoints[0].endpoint.address.socketAddress.address",
     "\"files.example.com\""},
    {"HttpPortsHaveNoHttpOptions", kServices, kHttp, kOptions, ""},
    {"GrpcIsHttp2", kServices, kGrpc,
     std::string(kOptions) + ".explicitHttpConfig.http2ProtocolOptions", "{}"},
    {"SniffedPortsFollowTheClient", kServices, kAny,
     std::string(kOptions) + ".useDownstreamProtocolConfig.http2ProtocolOptions", "{}"},
    {"MutualTlsIsMatchedByEndpoint", kServices, kHttp, "transportSocketMatches[0].match.tlsMode",
     "\"istio\""},
    {"MutualTlsChecksTheServicesAccounts", kServices, kHttp,
     "transportSocketMatches[0].transportSocket.typedConfig.commonTlsContext."
     "combinedValidationContext.defaultValidationContext.matchSubjectAltNames",
     R"([{"exact":"spiffe://cluster.local/ns/app/sa/api"}])"},
    {"Http2IsOfferedOnlyToHttp2Ports", kServices, kGrpc,
     "transportSocketMatches[0].transportSocket.typedConfig.commonTlsContext.alpnProtocols",
     R"(["istio-peer-exchange","istio","h2"])"},
    {"OutsideServicesGetNoMutualTls", kServices, kFiles, "transportSocketMatches", ""},
    {"OutsideServicesSaySo", kServices, kFiles, "metadata.filterMetadata.istio.external", "true"},
    {"DisableMeansPlaintext", rule("api", "{tls: {mode: DISABLE}}"), kHttp,
     "transportSocketMatches", ""},
    {"SimpleTlsTakesSniFromTheRequest", rule("files.example.com", "{tls: {mode: SIMPLE}}"), kFiles,
     std::string(kOptions) + ".upstreamHttpProtocolOptions",
     R"({"autoSni":true,"autoSanValidation":true})"},
    {"SimpleTlsTrustsTheSystem", rule("files.example.com", "{tls: {mode: SIMPLE}}"), kFiles,
     "transportSocket.typedConfig.commonTlsContext.combinedValidationContext."
     "validationContextSdsSecretConfig.name",
     "\"file-root:system\""},
    {"SimpleTlsKeepsTheUsersAlpn", rule("files.example.com", "{tls: {mode: SIMPLE}}"), kFiles,
     "metadata.filterMetadata.istio.alpn_override", "\"false\""},
    {"ASidecarGetsNoCredential",
     rule("files.example.com", "{tls: {mode: SIMPLE, credentialName: ca}}"), kFiles,
     "transportSocket", ""},
    {"UnlessTheRuleSelectsIt",
     rule("files.example.com", "{tls: {mode: SIMPLE, credentialName: ca}}",
          "  workloadSelector: {matchLabels: {app: web}}\n"),
     kFiles,
     "transportSocket.typedConfig.commonTlsContext.combinedValidationContext."
     "validationContextSdsSecretConfig.name",
     "\"kubernetes://ca-cacert\""},
    {"PortSettingsReplaceTheRulesOnes",
     rule("api",
          "{connectionPool: {tcp: {maxConnections: 7}}, portLevelSettings: [{port: {number: 80}, "
          "loadBalancer: {simple: RANDOM}}]}"),
     kHttp, "circuitBreakers.thresholds[0].maxConnections", "4294967295"},
    {"OtherPortsKeepTheRulesSettings",
     rule("api",
          "{connectionPool: {tcp: {maxConnections: 7}}, portLevelSettings: [{port: {number: 80}, "
          "loadBalancer: {simple: RANDOM}}]}"),
     kGrpc, "circuitBreakers.thresholds[0].maxConnections", "7"},
    {"PassthroughIsOriginalDst", rule("api", "{loadBalancer: {simple: PASSTHROUGH}}"), kHttp,
     "type", "\"ORIGINAL_DST\""},
    {"ConsistentHashIsARingOf1024",
     rule("api", "{loadBalancer: {consistentHash: {useSourceIp: true}}}"), kHttp,
     "ringHashLbConfig.minimumRingSize", "\"1024\""},
    {"OutlierDetectionSetsThePanicThreshold",
     rule("api", "{outlierDetection: {consecutive5xxErrors: 3, minHealthPercent: 40}}"), kHttp,
     "commonLbConfig.healthyPanicThreshold.value", "40"},
    {"WithoutItPanicIsOff", kServices, kHttp, "commonLbConfig.healthyPanicThreshold", "{}"},
    {"SubsetsHaveTheirOwnPolicyOverTheRules",
     rule("api", "{connectionPool: {tcp: {maxConnections: 7}}}",
          "  subsets: [{name: v1, labels: {version: v1}, trafficPolicy: {loadBalancer: {simple: "
          "RANDOM}}}]\n"),
     "outbound|80|v1|api.app.svc.cluster.local", "circuitBreakers.thresholds[0].maxConnections",
     "7"},
    {"RulesAreNamedInMetadata", rule("api", "{tls: {mode: ISTIO_MUTUAL}}"), kHttp,
     "metadata.filterMetadata.istio.config",
     "\"/apis/networking.istio.io/v1/namespaces/app/destination-rule/rule\""},
    {"InboundGoesToTheCapturedAddress", kServices, "inbound|8080||", "type", "\"ORIGINAL_DST\""},
    {"InboundIsNotCapturedAgain", kServices, "inbound|8080||",
     "upstreamBindConfig.sourceAddress.address", "\"127.0.0.6\""},
};

INSTANTIATE_TEST_SUITE_P(Clusters, ClusterRule, ::testing::ValuesIn(kRows),
                         [](const auto& info) { return info.param.name; });

TEST(Clusters, WithoutInterceptionHaveNoInboundOfServices) {
  std::string proxy = std::string(kSidecar) + "metadata: {INTERCEPTION_MODE: NONE}\n";
  EXPECT_EQ(names_of(Seen(kServices, proxy).clusters()).find("inbound|"), std::string::npos);
}

TEST(Clusters, OfAGatewayHaveNoPassthrough) {
  constexpr const char* gateway = "{type: gateway, id: gw.app, namespace: app, ip: [10.1.9.1]}";
  std::string names = names_of(Seen(kServices, gateway).clusters());
  EXPECT_EQ(names.find("Passthrough"), std::string::npos);
  EXPECT_NE(names.find("BlackHoleCluster"), std::string::npos);
}

TEST(Clusters, OfAPlainEnvoyLackWhatOnlyIstiosProxyHas) {
  Seen seen(kServices, kSidecar);
  seen.view().proxy.flavour = model::Flavour::kEnvoy;
  const document::Value cluster = seen.cluster(kHttp);
  EXPECT_EQ(at(cluster, "filters"), "");
  EXPECT_EQ(at(cluster,
               "transportSocketMatches[0].transportSocket.typedConfig.commonTlsContext."
               "tlsCertificateSdsSecretConfigs[0].sdsConfig.ads"),
            "{}");
}

// No agent would answer for a file, and the cluster would wait for one forever.
TEST(Clusters, OfAPlainEnvoyReadFilesThemselves) {
  constexpr const char* common = "transportSocket.typedConfig.commonTlsContext.";
  const auto cluster_with = [](const char* policy) {
    Seen seen(rule("files.example.com", policy), kSidecar);
    seen.view().proxy.flavour = model::Flavour::kEnvoy;
    return seen.cluster(kFiles);
  };
  const document::Value simple = cluster_with("{tls: {mode: SIMPLE}}");
  EXPECT_EQ(at(simple, std::string(common) + "validationContext.trustedCa.filename"),
            "\"/etc/ssl/certs/ca-certificates.crt\"");
  EXPECT_EQ(at(simple, std::string(common) + "combinedValidationContext"), "");
  const document::Value mutual = cluster_with(
      "{tls: {mode: MUTUAL, clientCertificate: /c, privateKey: /k, caCertificates: /ca}}");
  EXPECT_EQ(at(mutual, std::string(common) + "tlsCertificates[0].certificateChain.filename"),
            "\"/c\"");
  EXPECT_EQ(at(mutual, std::string(common) + "tlsCertificates[0].privateKey.filename"), "\"/k\"");
  EXPECT_EQ(at(mutual, std::string(common) + "validationContext.trustedCa.filename"), "\"/ca\"");
}

}  // namespace
}  // namespace mesh::xds::testing
