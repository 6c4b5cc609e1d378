// Rules of a gateway's LDS; whole listeners are compared with Istio's by tests/peers.
#include <gtest/gtest.h>

#include "tests/xds/listener_shapes.h"
#include "tests/xds/seen.h"

namespace mesh::xds::testing {
namespace {

constexpr const char* kGatewayProxy = R"(
type: gateway
id: gw-0.app
namespace: app
ip: [10.1.0.9]
labels: {istio: gw}
)";

std::string gateway(const std::string& servers, const std::string& more = "") {
  return R"(
apiVersion: v1
kind: Namespace
metadata: {name: app}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: app}
spec: {clusterIP: 10.0.0.20, selector: {app: api}, ports: [{name: tcp, port: 5432, targetPort: 5432}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: gw, namespace: app}
spec:
  selector: {istio: gw}
  servers:
)" + servers +
         (more.empty() ? "" : "---\n" + more);
}

std::string rule(const std::string& spec) {
  return "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
         "metadata: {name: rule, namespace: app}\nspec: " +
         spec + "\n";
}

const std::string kRoute =
    "route: [{destination: {host: api.app.svc.cluster.local, port: {number: 5432}}}]";

struct Row {
  const char* name;
  std::string input;
  const char* listener;
  const char* chains;
};

class GatewayChains : public ::testing::TestWithParam<Row> {};

TEST_P(GatewayChains, Are) {
  const Row& row = GetParam();
  EXPECT_EQ(chains_of(Seen(row.input, kGatewayProxy).listener(row.listener)), row.chains);
}

const Row kRows[] = {
    {"HttpServersOfAPortShareRoutes",
     gateway("  - {port: {number: 8080, name: a, protocol: HTTP}, hosts: [a.example]}\n"
             "  - {port: {number: 8080, name: b, protocol: HTTP}, hosts: [b.example]}\n"),
     "0.0.0.0_8080", ": http http.8080\n"},
    {"HttpsServersAreChainsByName",
     gateway("  - {port: {number: 8443, name: a, protocol: HTTPS}, hosts: [a.example], "
             "tls: {mode: SIMPLE, credentialName: c}}\n"
             "  - {port: {number: 8443, name: b, protocol: HTTPS}, hosts: [b.example], "
             "tls: {mode: MUTUAL, credentialName: d}}\n"),
     "0.0.0.0_8443",
     "sni=a.example tls: http https.8443.a.gw.app\nsni=b.example tls: http https.8443.b.gw.app\n"},
    {"TcpTakesTheRuleOfItsPort",
     gateway(
         "  - {port: {number: 9000, name: t, protocol: TCP}, hosts: [\"*\"]}\n",
         rule("{hosts: [\"*\"], gateways: [gw], tcp: [{match: [{port: 9000}], " + kRoute + "}]}")),
     "0.0.0.0_9000", ": tcp outbound|5432||api.app.svc.cluster.local\n"},
    {"TcpWithoutARuleHasNoListener",
     gateway("  - {port: {number: 9000, name: t, protocol: TCP}, hosts: [\"*\"]}\n"),
     "0.0.0.0_9000", ""},
    {"PassthroughKeepsTls",
     gateway("  - {port: {number: 8443, name: p, protocol: TLS}, hosts: [\"*.p.example\"], "
             "tls: {mode: PASSTHROUGH}}\n",
             rule("{hosts: [\"*.p.example\"], gateways: [gw], tls: [{match: [{sniHosts: "
                  "[b.p.example, a.p.example]}], " +
                  kRoute +
                  "}, {match: [{sniHosts: "
                  "[a.p.example]}], " +
                  kRoute + "}]}")),
     "0.0.0.0_8443", "sni=a.p.example,b.p.example: tcp outbound|5432||api.app.svc.cluster.local\n"},
    {"AutoPassthroughHasAChainForEachService",
     gateway("  - {port: {number: 15443, name: x, protocol: TLS}, "
             "hosts: [\"*.app.svc.cluster.local\"], tls: {mode: AUTO_PASSTHROUGH}}\n"),
     "0.0.0.0_15443",
     "sni=outbound_.5432_._.api.app.svc.cluster.local "
     "alpn=istio,istio-peer-exchange,istio-http/1.0,istio-http/1.1,istio-h2: "
     "tcp outbound_.5432_._.api.app.svc.cluster.local\n"},
};

INSTANTIATE_TEST_SUITE_P(Rules, GatewayChains, ::testing::ValuesIn(kRows),
                         [](const auto& info) { return info.param.name; });

TEST(GatewayListeners, CredentialsComeOverAdsByTheirNames) {
  const auto listener =
      Seen(gateway("  - {port: {number: 8443, name: a, protocol: HTTPS}, hosts: [a.example], "
                   "tls: {mode: MUTUAL, credentialName: c}}\n"),
           kGatewayProxy)
          .listener("0.0.0.0_8443");
  const std::string common = "filterChains[0].transportSocket.typedConfig.commonTlsContext.";
  EXPECT_EQ(at(listener, common + "tlsCertificateSdsSecretConfigs[0].name"), "\"kubernetes://c\"");
  EXPECT_EQ(
      at(listener, common + "combinedValidationContext.validationContextSdsSecretConfig.name"),
      "\"kubernetes://c-cacert\"");
}

TEST(GatewayListeners, UnprivilegedProxiesBindNoLowPort) {
  const std::string input =
      gateway("  - {port: {number: 80, name: a, protocol: HTTP}, hosts: [a.example]}\n");
  EXPECT_FALSE(Seen(input, kGatewayProxy).listener("0.0.0.0_80").is_null());
  const std::string proxy = std::string(kGatewayProxy) + "metadata: {UNPRIVILEGED_POD: \"true\"}\n";
  EXPECT_TRUE(Seen(input, proxy).listener("0.0.0.0_80").is_null());
}

}  // namespace
}  // namespace mesh::xds::testing
