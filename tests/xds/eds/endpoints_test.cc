// Rules of EDS, one a row; whole resources are compared with Istio's by tests/peers.
#include <gtest/gtest.h>

#include "tests/xds/seen.h"

namespace mesh::xds::testing {
namespace {

constexpr const char* kSidecar = R"(
type: sidecar
id: web-0.app
namespace: app
ip: [10.1.0.1]
labels: {app: web, topology.kubernetes.io/region: r1, topology.kubernetes.io/zone: z1}
locality: r1/z1
)";

// Two versions in two zones and another region; the last one without a sidecar.
constexpr const char* kEntry = R"(
apiVersion: v1
kind: Namespace
metadata: {name: app}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: app}
spec:
  hosts: [api.app]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP}, {number: 81, name: other, protocol: HTTP}]
  endpoints:
  - {address: 10.2.0.1, locality: r1/z1, weight: 3, serviceAccount: api, labels: {version: v1, security.istio.io/tlsMode: istio}}
  - {address: 10.2.0.2, locality: r1/z2, ports: {http: 8080}, labels: {version: v2, security.istio.io/tlsMode: istio}}
  - {address: 10.2.0.3, locality: r2/z3, labels: {version: v2}}
)";

std::string rule(const char* spec) {
  return std::string(kEntry) + "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\n" +
         "metadata: {name: rule, namespace: app}\nspec: {host: api.app, " + spec + "}\n";
}

constexpr const char* kCluster = "outbound|80||api.app";

struct Row {
  const char* name;
  std::string input;
  const char* cluster;
  const char* path;
  const char* wanted;
};

class EndpointRule : public ::testing::TestWithParam<Row> {};

TEST_P(EndpointRule, Holds) {
  const Row& row = GetParam();
  EXPECT_EQ(at(Seen(row.input, kSidecar).assignment(row.cluster), row.path), row.wanted);
}

const Row kRows[] = {
    {"LocalitiesAreInOrder", kEntry, kCluster, "endpoints[2].locality.region", "\"r2\""},
    {"WeightsAreSummed", kEntry, kCluster, "endpoints[0].loadBalancingWeight", "3"},
    {"APortOfItsOwnGoesBeforeTheServices", kEntry, kCluster,
     "endpoints[1].lbEndpoints[0].endpoint.address.socketAddress.portValue", "8080"},
    {"EndpointsWithASidecarTakeMutualTls", kEntry, kCluster,
     "endpoints[0].lbEndpoints[0].metadata.filterMetadata.\"envoy.transport_socket_match\"",
     R"({"tlsMode":"istio"})"},
    {"OthersDoNot", kEntry, kCluster,
     "endpoints[2].lbEndpoints[0].metadata.filterMetadata.\"envoy.transport_socket_match\"", ""},
    {"NobodyLooksAfterTheHealthOfEntries", kEntry, kCluster,
     "endpoints[0].lbEndpoints[0].healthStatus", ""},
    {"ARuleWithoutTlsIsObeyed", rule("trafficPolicy: {tls: {mode: DISABLE}}"), kCluster,
     "endpoints[0].lbEndpoints[0].metadata.filterMetadata.\"envoy.transport_socket_match\"", ""},
    {"SubsetsTakeEndpointsByLabel", rule("subsets: [{name: v1, labels: {version: v1}}]"),
     "outbound|80|v1|api.app", "endpoints[1]", ""},
    {"UnknownPortsHaveNoEndpoints", kEntry, "outbound|99||api.app", "endpoints", ""},
    {"FailoverNeedsOutlierDetection", kEntry, kCluster, "endpoints[2].priority", ""},
    {"FailoverIsByDistance", rule("trafficPolicy: {outlierDetection: {}}"), kCluster,
     "endpoints[2].priority", "2"},
    {"DistributeWeighsLocalities",
     rule("trafficPolicy: {loadBalancer: {localityLbSetting: {distribute: [{from: r1/*, to: "
          "{r1/z1: 80, r1/z2: 20}}]}}}"),
     kCluster, "endpoints[0].loadBalancingWeight", "80"},
    {"DistributeLeavesOutTheRest",
     rule("trafficPolicy: {loadBalancer: {localityLbSetting: {distribute: [{from: r1/*, to: "
          "{r1/z1: 80, r1/z2: 20}}]}}}"),
     kCluster, "endpoints[2].lbEndpoints", ""},
    {"FailoverPriorityGoesByLabels",
     rule("trafficPolicy: {outlierDetection: {}, loadBalancer: {localityLbSetting: "
          "{failoverPriority: [version=v2]}}}"),
     kCluster, "endpoints[0].priority", "1"},
};

INSTANTIATE_TEST_SUITE_P(Endpoints, EndpointRule, ::testing::ValuesIn(kRows),
                         [](const auto& info) { return info.param.name; });

TEST(Endpoints, OfServicesNotSeenAreNone) {
  Seen seen(kEntry, kSidecar);
  EXPECT_TRUE(seen.assignment("outbound|80||nobody.app").is_null());
  EXPECT_TRUE(seen.assignment("inbound|80||").is_null());
}

}  // namespace
}  // namespace mesh::xds::testing
