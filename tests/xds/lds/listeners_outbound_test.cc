// Rules of outbound LDS, one a row; whole listeners are compared with Istio's by tests/peers.
#include <gtest/gtest.h>

#include "libmesh/xds/generate.h"
#include "libmesh/xds/lds/hcm.h"
#include "tests/xds/fixtures.h"
#include "tests/xds/listener_shapes.h"
#include "tests/xds/seen.h"

namespace mesh::xds::testing {
namespace {

constexpr const char* kApi = R"(
apiVersion: v1
kind: Namespace
metadata: {name: app}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: app}
spec:
  clusterIP: 10.0.0.20
  selector: {app: api}
  ports:
  - {name: http, port: 80, targetPort: 8080}
  - {name: tcp, port: 5432, targetPort: 5432}
  - {name: any, port: 7000, targetPort: 7000}
  - {name: udp, port: 53, protocol: UDP, targetPort: 53}
)";

constexpr const char* kCatchAll = "default: tcp PassthroughCluster\n";

std::string with(const std::string& more) { return std::string(kApi) + "---\n" + more; }

std::string entry(const std::string& name, const std::string& spec) {
  return "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: " + name +
         ", namespace: app}\nspec: " + spec + "\n";
}

std::string rule(const std::string& spec) {
  return "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
         "metadata: {name: rule, namespace: app}\nspec: " +
         spec + "\n";
}

std::string sidecar(const std::string& spec) {
  return "apiVersion: networking.istio.io/v1\nkind: Sidecar\n"
         "metadata: {name: own, namespace: app}\nspec: " +
         spec + "\n";
}

TEST(OutboundListeners, OneForEachAddressThenVirtualOutbound) {
  Seen seen(kApi, kSidecar);
  Resources out;
  outbound_listeners(seen.view(), out);
  EXPECT_EQ(names_of(out), "0.0.0.0_80\n10.0.0.20_5432\n10.0.0.20_7000\nvirtualOutbound\n");
}

struct Row {
  const char* name;
  std::string input;
  const char* listener;
  std::string chains;
};

class OutboundChains : public ::testing::TestWithParam<Row> {};

TEST_P(OutboundChains, Are) {
  const Row& row = GetParam();
  EXPECT_EQ(chains_of(Seen(row.input, kSidecar).listener(row.listener)), row.chains);
}

const std::string kHttpMatch = "alpn=http/1.1,h2c transport=raw_buffer: http ";

const Row kRows[] = {
    {"HttpPortsShareTheWildcardAndPassTheRest", kApi, "0.0.0.0_80",
     kHttpMatch + "80\n" + kCatchAll},
    {"TcpPortsListenOnTheServicesAddress", kApi, "10.0.0.20_5432",
     ": tcp outbound|5432||api.app.svc.cluster.local\n"},
    {"SniffedPortsHaveRoutesOfTheirOwn", kApi, "10.0.0.20_7000",
     kHttpMatch + "api.app.svc.cluster.local:7000\n"
                  "default: tcp outbound|7000||api.app.svc.cluster.local\n"},
    {"UdpIsNotProxied", kApi, "0.0.0.0_53", ""},
    {"TlsWithoutAddressIsToldByName",
     with(entry("a",
                "{hosts: [a.example], resolution: DNS, ports: "
                "[{number: 443, name: tls, protocol: TLS}]}")),
     "0.0.0.0_443", std::string("sni=a.example: tcp outbound|443||a.example\n") + kCatchAll},
    {"NamesOnOnePortAreChains",
     with(entry("a",
                "{hosts: [a.example], resolution: DNS, ports: "
                "[{number: 443, name: tls, protocol: TLS}]}") +
          "---\n" +
          entry("b",
                "{hosts: [b.example], resolution: DNS, ports: "
                "[{number: 443, name: https, protocol: HTTPS}]}")),
     "0.0.0.0_443",
     std::string("sni=a.example: tcp outbound|443||a.example\n"
                 "sni=b.example: tcp outbound|443||b.example\n") +
         kCatchAll},
    {"RangesAreMatchedOnTheWildcard",
     with(entry("r",
                "{hosts: [r.example], addresses: [192.168.0.0/16], resolution: NONE, ports: "
                "[{number: 3306, name: tcp, protocol: TCP}]}")),
     "0.0.0.0_3306",
     std::string("cidr=192.168.0.0/16: tcp outbound|3306||r.example\n") + kCatchAll},
    {"EqualRangesMeetTheFirstCounts",
     with(entry("r",
                "{hosts: [r.example], addresses: [192.168.0.0/16], resolution: NONE, ports: "
                "[{number: 3306, name: tcp, protocol: TCP}]}") +
          "---\n" +
          entry("s",
                "{hosts: [s.example], addresses: [192.168.7.7/16], resolution: NONE, ports: "
                "[{number: 3306, name: tcp, protocol: TCP}]}")),
     "0.0.0.0_3306",
     std::string("cidr=192.168.0.0/16: tcp outbound|3306||r.example\n") + kCatchAll},
    {"HttpMeetingTcpIsSniffed",
     with(entry("t",
                "{hosts: [t.example], resolution: DNS, ports: "
                "[{number: 80, name: tcp, protocol: TCP}]}")),
     "0.0.0.0_80", kHttpMatch + "80\ndefault: tcp outbound|80||t.example\n"},
    {"ServersThatSpeakFirstAreNotSniffed",
     with(entry("m",
                "{hosts: [m.example], resolution: DNS, ports: "
                "[{number: 80, name: m, protocol: MONGO}]}")),
     "0.0.0.0_80", kHttpMatch + "80\n" + kCatchAll},
    {"TcpRoutesSplitByWeightWithoutThoseOfNone",
     with(rule(
         "{hosts: [api.app.svc.cluster.local], tcp: [{route: ["
         "{destination: {host: api.app.svc.cluster.local, port: {number: 5432}}, weight: 90},"
         "{destination: {host: api.app.svc.cluster.local, port: {number: 7000}}, weight: 10},"
         "{destination: {host: api.app.svc.cluster.local, port: {number: 80}}, weight: 0}]}]}")),
     "10.0.0.20_5432",
     ": tcp outbound|5432||api.app.svc.cluster.local*90 "
     "outbound|7000||api.app.svc.cluster.local*10\n"},
    {"TcpMatchesForOtherWorkloadsDoNotCount",
     with(rule("{hosts: [api.app.svc.cluster.local], tcp: [{match: [{sourceLabels: {app: other}}], "
               "route: [{destination: {host: api.app.svc.cluster.local, port: {number: 80}}}]}]}")),
     "10.0.0.20_5432", ": tcp outbound|5432||api.app.svc.cluster.local\n"},
    {"DeclaredPortsAreComplete",
     with(sidecar("{egress: [{port: {number: 5432, name: t, protocol: TCP}, bind: 10.0.0.20, "
                  "hosts: [\"./none.app.svc.cluster.local\"]}, {hosts: [\"./*\"]}]}")),
     "10.0.0.20_7000",
     kHttpMatch + "api.app.svc.cluster.local:7000\n"
                  "default: tcp outbound|7000||api.app.svc.cluster.local\n"},
    {"UnixSocketsAreTheirOwnRoutes",
     with(sidecar("{egress: [{port: {number: 0, name: u, protocol: HTTP}, "
                  "bind: \"unix:///run/u.sock\", hosts: [\"./*\"]}]}")),
     "unix:///run/u.sock_0", ": http unix:///run/u.sock\n"},
    {"RegistryOnlyBlocksTheRest", with("outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n"),
     "virtualOutbound", "port=15001: tcp BlackHoleCluster\n: tcp BlackHoleCluster\n"},
    {"UnknownHostsAreResolvedWhenAsked",
     with("outboundTrafficPolicy: {mode: ALLOW_ANY_DYNAMIC_DNS}\n"), "virtualOutbound",
     "port=15001: tcp BlackHoleCluster\nalpn=http/1.1,h2c: http allow_any_dynamic_dns\n"
     ": tcp PassthroughCluster\n"},
};

INSTANTIATE_TEST_SUITE_P(Rules, OutboundChains, ::testing::ValuesIn(kRows),
                         [](const auto& info) { return info.param.name; });

TEST(OutboundListeners, WithoutInterceptionBindToTheLoopbackAddress) {
  Seen seen(kApi, std::string(kSidecar) + "metadata: {INTERCEPTION_MODE: NONE}\n");
  Resources out;
  outbound_listeners(seen.view(), out);
  EXPECT_EQ(names_of(out), "127.0.0.1_80\n127.0.0.1_5432\n127.0.0.1_7000\n");
  EXPECT_EQ(at(seen.listener("127.0.0.1_80"), "bindToPort"), "");
  EXPECT_EQ(chains_of(seen.listener("127.0.0.1_80")), ": http 80\n");
}

TEST(OutboundListeners, TheExplicitProxyTakesItsRoutesByName) {
  Seen seen(with("proxyHttpPort: 15080\n"), kSidecar);
  EXPECT_EQ(chains_of(seen.listener("127.0.0.1_15080")), ": http http_proxy\n");
}

TEST(OutboundListeners, InspectOnlyWhatAChainMatches) {
  Seen seen(with(entry("a",
                       "{hosts: [a.example], resolution: DNS, ports: "
                       "[{number: 443, name: tls, protocol: TLS}]}")),
            kSidecar);
  EXPECT_EQ(listener_filters_of(seen.listener("10.0.0.20_5432")), "");
  EXPECT_EQ(listener_filters_of(seen.listener("10.0.0.20_7000")), "http_inspector");
  EXPECT_EQ(listener_filters_of(seen.listener("0.0.0.0_443")), "tls_inspector");
}

TEST(OutboundListeners, EndpointsOfHeadlessTcpServicesAreListeners) {
  const std::string input = with(R"(apiVersion: v1
kind: Service
metadata: {name: db, namespace: app}
spec: {clusterIP: None, selector: {app: db}, ports: [{name: tcp, port: 3306, targetPort: 3306}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: db-1, namespace: app, labels: {kubernetes.io/service-name: db}}
addressType: IPv4
endpoints: [{addresses: [10.1.0.5]}, {addresses: [10.1.0.1]}]
ports: [{name: tcp, port: 3306}]
)");
  const Seen seen(input, kSidecar);
  EXPECT_EQ(chains_of(seen.listener("10.1.0.5_3306")),
            ": tcp outbound|3306||db.app.svc.cluster.local\n");
  EXPECT_TRUE(seen.listener("10.1.0.1_3306").is_null()) << "its own address";
}

TEST(OutboundListeners, PlainEnvoyGetsNoFilterOfIstios) {
  Seen seen(with("defaultProviders: {metrics: [prometheus]}\n"), kSidecar);
  EXPECT_EQ(http_filters_of(seen.listener("0.0.0.0_80")),
            "metadata_exchange grpc_stats alpn fault cors stats router");
  seen.view().proxy.flavour = model::Flavour::kEnvoy;
  EXPECT_EQ(http_filters_of(seen.listener("0.0.0.0_80")), "grpc_stats fault cors router");
}

// A filter that is copied from one with names of the same lengths is the filter that is written.
TEST(OutboundListeners, CopiedConnectionManagersAreThoseThatAreWritten) {
  const std::string body =
      "\x42\x03"
      "abc";
  for (size_t prefix = 1; prefix < 300; prefix += 7) {
    for (size_t route = 1; route < 300; route += 13) {
      NamedTemplates copies([&](auto stat_prefix, auto route_name, auto& out) {
        append_rds_hcm(stat_prefix, route_name, body, out);
      });
      for (const char c : {'\x01', 'x', '\x02'}) {
        const std::string stat_prefix(prefix, c);
        const std::string route_name(route, c == 'x' ? 'y' : c);
        std::string copied;
        copies.append(stat_prefix, route_name, copied);
        std::string written;
        append_rds_hcm(stat_prefix, route_name, body, written);
        ASSERT_EQ(copied, written) << prefix << " " << route;
      }
    }
  }
}

}  // namespace
}  // namespace mesh::xds::testing
