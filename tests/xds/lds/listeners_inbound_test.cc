// Rules of inbound LDS, one a row; whole listeners are compared with Istio's by tests/peers.
#include <gtest/gtest.h>

#include "libmesh/xds/generate.h"
#include "tests/xds/fixtures.h"
#include "tests/xds/listener_shapes.h"
#include "tests/xds/seen.h"

namespace mesh::xds::testing {
namespace {

// A service of the proxy with one port of that name.
std::string serving(const std::string& port_name, const std::string& more = "") {
  return kNamespace + web_service(port_name) + (more.empty() ? "" : "---\n" + more);
}

std::string peers(const std::string& mtls) {
  return "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\n"
         "metadata: {name: default, namespace: app}\nspec: " +
         mtls + "\n";
}

const char* kStrict = "{mtls: {mode: STRICT}}";
const char* kDisable = "{mtls: {mode: DISABLE}}";

// The chains of virtualInbound from the first that names a port of the workload on.
std::string port_chains(const std::string& input, const std::string& proxy = kSidecar) {
  const std::string all = chains_of(Seen(input, proxy).listener("virtualInbound"));
  const size_t own = all.find("port=8080");
  return own == std::string::npos ? "" : all.substr(own);
}

struct Row {
  const char* name;
  std::string input;
  const char* chains;
};

class InboundChains : public ::testing::TestWithParam<Row> {};

TEST_P(InboundChains, Are) { EXPECT_EQ(port_chains(GetParam().input), GetParam().chains); }

const Row kRows[] = {
    {"PermissiveHttpTakesBoth", serving("http"),
     "port=8080 alpn=istio,istio-peer-exchange,istio-http/1.0,istio-http/1.1,istio-h2 "
     "transport=tls tls: http inbound|8080||\n"
     "port=8080 transport=raw_buffer: http inbound|8080||\n"},
    {"PermissiveTcpPassesTlsOfTheApplication", serving("tcp"),
     "port=8080 alpn=istio,istio-peer-exchange,istio-http/1.0,istio-http/1.1,istio-h2 "
     "transport=tls tls: tcp inbound|8080||\n"
     "port=8080 transport=tls: tcp inbound|8080||\n"
     "port=8080 transport=raw_buffer: tcp inbound|8080||\n"},
    {"PermissiveSniffedHasAllFive", serving("any"),
     "port=8080 alpn=istio-http/1.0,istio-http/1.1,istio-h2 transport=tls tls: http "
     "inbound|8080||\n"
     "port=8080 alpn=http/1.1,h2c transport=raw_buffer: http inbound|8080||\n"
     "port=8080 alpn=istio-peer-exchange,istio transport=tls tls: tcp inbound|8080||\n"
     "port=8080 transport=raw_buffer: tcp inbound|8080||\n"
     "port=8080 transport=tls: tcp inbound|8080||\n"},
    {"StrictHttpIsOne", serving("http", peers(kStrict)),
     "port=8080 transport=tls tls: http inbound|8080||\n"},
    {"StrictTcpIsOne", serving("tcp", peers(kStrict)),
     "port=8080 transport=tls tls: tcp inbound|8080||\n"},
    {"StrictSniffedIsTwo", serving("any", peers(kStrict)),
     "port=8080 alpn=istio-http/1.0,istio-http/1.1,istio-h2 transport=tls tls: http "
     "inbound|8080||\n"
     "port=8080 transport=tls tls: tcp inbound|8080||\n"},
    {"DisabledHttpIsPlain", serving("http", peers(kDisable)),
     "port=8080 transport=raw_buffer: http inbound|8080||\n"},
    {"DisabledSniffedIsPlain", serving("any", peers(kDisable)),
     "port=8080 alpn=http/1.1,h2c transport=raw_buffer: http inbound|8080||\n"
     "port=8080 transport=raw_buffer: tcp inbound|8080||\n"},
    {"APortsOwnModeCounts",
     serving("http", peers("{selector: {matchLabels: {app: web}}, mtls: {mode: STRICT}, "
                           "portLevelMtls: {8080: {mode: DISABLE}}}")),
     "port=8080 transport=raw_buffer: http inbound|8080||\n"},
};

INSTANTIATE_TEST_SUITE_P(Rules, InboundChains, ::testing::ValuesIn(kRows),
                         [](const auto& info) { return info.param.name; });

TEST(InboundListeners, PortsThatOnlyThePolicyNamesArePassedAsItSays) {
  const std::string chains =
      chains_of(Seen(serving("http", peers("{selector: {matchLabels: {app: web}}, mtls: {mode: "
                                           "STRICT}, portLevelMtls: {9999: {mode: DISABLE}}}")),
                     kSidecar)
                    .listener("virtualInbound"));
  EXPECT_NE(chains.find("port=9999 transport=raw_buffer: tcp InboundPassthroughCluster\n"),
            std::string::npos)
      << chains;
}

TEST(InboundListeners, InspectorsStayOffPortsThatNeedNone) {
  const auto listener = Seen(serving("http"), kSidecar).listener("virtualInbound");
  EXPECT_EQ(listener_filters_of(listener), "original_dst tls_inspector http_inspector");
  EXPECT_EQ(at(listener, "listenerFilters[2].filterDisabled.orMatch.rules[0].destinationPortRange"),
            R"({"start":8080,"end":8081})");
  EXPECT_EQ(at(listener, "listenerFilters[1].filterDisabled.destinationPortRange.start"), "15006");
}

TEST(InboundListeners, RequestsGoToTheWorkloadAndAreTracedByService) {
  const auto listener = Seen(serving("http", peers(kStrict)), kSidecar).listener("virtualInbound");
  const std::string route =
      "filterChains[3].filters[1].typedConfig.routeConfig.virtualHosts[0].routes[0].";
  EXPECT_EQ(at(listener, route + "decorator.operation"), "\"web.app.svc.cluster.local:80/*\"");
  EXPECT_EQ(at(listener, route + "route.cluster"), "\"inbound|8080||\"");
  EXPECT_EQ(at(listener, route + "route.retryPolicy.retryOn"), "\"reset-before-request\"");
}

constexpr const char* kIngress = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: own, namespace: app}
spec:
  workloadSelector: {labels: {app: web}}
  ingress:
  - {port: {number: 9000, name: http, protocol: HTTP}, bind: 127.0.0.9, defaultEndpoint: "127.0.0.1:8080"}
  - {port: {number: 9001, name: tcp, protocol: TCP}, captureMode: NONE, defaultEndpoint: "127.0.0.1:8081"}
)";

TEST(InboundListeners, IngressOfASidecarReplacesTheServices) {
  const Seen seen(serving("http", kIngress), kSidecar);
  const std::string chains = chains_of(seen.listener("virtualInbound"));
  EXPECT_EQ(chains.find("port=8080"), std::string::npos);
  EXPECT_NE(chains.find("port=9000 transport=raw_buffer: http inbound|9000||"), std::string::npos);
  EXPECT_EQ(at(seen.listener("10.1.0.1_9001"), "address.socketAddress.portValue"), "9001")
      << "captureMode NONE binds the pod's address";
}

TEST(InboundListeners, WithoutInterceptionOnlyIngressIsBound) {
  const std::string proxy = std::string(kSidecar) + "metadata: {INTERCEPTION_MODE: NONE}\n";
  Seen bare(serving("http"), proxy);
  Resources none;
  inbound_listeners(bare.view(), none);
  EXPECT_EQ(names_of(none), "");
  Seen seen(serving("http", kIngress), proxy);
  Resources out;
  inbound_listeners(seen.view(), out);
  EXPECT_EQ(names_of(out), "127.0.0.9_9000\n10.1.0.1_9001\n");
  EXPECT_EQ(listener_filters_of(seen.listener("127.0.0.9_9000")), "tls_inspector");
}

TEST(InboundListeners, PlainEnvoyAsksForItsCertificateOverAds) {
  Seen seen(serving("http", peers(kStrict)), kSidecar);
  const std::string sds =
      "filterChains[3].transportSocket.typedConfig.commonTlsContext."
      "tlsCertificateSdsSecretConfigs[0].sdsConfig.";
  EXPECT_EQ(at(seen.listener("virtualInbound"), sds + "ads"), "");
  seen.view().proxy.flavour = model::Flavour::kEnvoy;
  EXPECT_EQ(at(seen.listener("virtualInbound"), sds + "ads"), "{}");
  EXPECT_EQ(http_filters_of(seen.listener("virtualInbound")), "grpc_stats fault cors router");
}

}  // namespace
}  // namespace mesh::xds::testing
