// What ISTIO_DUAL_STACK changes, value by value; whole resources are compared with Istio's by tests/peers.
#include <gtest/gtest.h>

#include "tests/xds/fixtures.h"
#include "tests/xds/seen.h"

namespace mesh::xds::testing {
namespace {

constexpr const char* kMesh = R"(
apiVersion: v1
kind: Namespace
metadata: {name: app}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: app}
spec:
  clusterIP: 10.0.0.10
  clusterIPs: [10.0.0.10, "fd00::10"]
  selector: {app: web}
  ports: [{name: tcp, port: 80, targetPort: 8080}]
---
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: app, labels: {app: web}}
spec: {serviceAccountName: web, containers: [{name: app, image: app}]}
status: {phase: Running, podIP: 10.1.0.1, podIPs: [{ip: 10.1.0.1}, {ip: "fd00:1::1"}], conditions: [{type: Ready, status: "True"}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-v4, namespace: app, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints: [{addresses: [10.1.0.1], targetRef: {kind: Pod, name: web-0, namespace: app}}]
ports: [{name: tcp, port: 8080}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-v6, namespace: app, labels: {kubernetes.io/service-name: web}}
addressType: IPv6
endpoints: [{addresses: ["fd00:1::1"], targetRef: {kind: Pod, name: web-0, namespace: app}}]
ports: [{name: tcp, port: 8080}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: dns, namespace: app}
spec: {hosts: [dns.example.com], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: app}
spec:
  selector: {app: edge}
  servers:
  - {port: {number: 8080, name: http, protocol: HTTP}, hosts: ["*"]}
  - {port: {number: 8081, name: bound, protocol: HTTP}, bind: 0.0.0.0, hosts: ["*"]}
)";

std::string with(const char* flag) {
  return std::string(kMesh) + "---\ndefaultConfig: {proxyMetadata: {ISTIO_DUAL_STACK: \"" + flag +
         "\"}}\n";
}

std::string proxy(const char* addresses, const char* type = "sidecar") {
  return std::string("type: ") + type + "\nid: web-0.app\nnamespace: app\nip: [" + addresses +
         "]\nserviceAccount: web\nlabels: {app: " +
         (std::string_view(type) == "gateway" ? "edge" : "web") + "}\n";
}

constexpr const char* kBoth = "10.1.0.1, \"fd00:1::1\"";
constexpr const char* kHost = "lbEndpoints[0].endpoint.address.socketAddress.address";

std::string additional(const document::Value& listener) {
  return at(listener, "additionalAddresses[0].address.socketAddress.address");
}

struct Row {
  const char* name;
  const char* flag;
  const char* addresses;
  const char* more;           // of the redirection's listeners
  const char* more_of_web;    // of the service's
  const char* family;         // of DNS
  const char* source;         // extra one of inbound clusters
  const char* more_endpoint;  // of the pod
};

class DualStack : public ::testing::TestWithParam<Row> {};

TEST_P(DualStack, Sidecar) {
  const Row& row = GetParam();
  const Seen seen(with(row.flag), proxy(row.addresses));
  EXPECT_EQ(additional(seen.listener("virtualOutbound")), row.more);
  EXPECT_EQ(additional(seen.listener("virtualInbound")), row.more);
  const bool only_v6 = std::string_view(row.addresses).find('.') == std::string_view::npos;
  EXPECT_EQ(additional(seen.listener(only_v6 ? "fd00::10_80" : "10.0.0.10_80")), row.more_of_web);
  EXPECT_EQ(at(seen.cluster("outbound|80||dns.example.com"), "dnsLookupFamily"), row.family);
  EXPECT_EQ(at(seen.cluster("inbound|8080||"),
               "upstreamBindConfig.extraSourceAddresses[0].address.address"),
            row.source);
  const auto endpoints = seen.assignment("outbound|80||web.app.svc.cluster.local");
  EXPECT_EQ(at(endpoints, std::string("endpoints[0].") + kHost), "\"10.1.0.1\"");
  EXPECT_EQ(at(endpoints,
               "endpoints[0].lbEndpoints[0].endpoint.additionalAddresses[0].address.socketAddress."
               "address"),
            row.more_endpoint);
  const bool once = std::string_view(row.flag) == "true";
  EXPECT_EQ(at(endpoints, "endpoints[0].lbEndpoints[1]").empty(), once);
}

const Row kRows[] = {
    {"Both", "true", kBoth, "\"::\"", "\"fd00::10\"", "\"ALL\"", "\"::6\"", "\"fd00:1::1\""},
    {"BothWithoutIt", "false", kBoth, "", "", "\"V4_ONLY\"", "", ""},
    {"Ipv4", "true", "10.1.0.2", "", "", "\"V4_ONLY\"", "", "\"fd00:1::1\""},
    {"Ipv6", "true", "\"fd00:1::2\"", "", "", "\"V6_ONLY\"", "", "\"fd00:1::1\""},
};

INSTANTIATE_TEST_SUITE_P(Rules, DualStack, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(DualStackGateway, ListensOnBothUnlessItsAddressIsGiven) {
  const Seen on(with("true"), proxy(kBoth, "gateway"));
  EXPECT_EQ(additional(on.listener("0.0.0.0_8080")), "\"::\"");
  EXPECT_EQ(additional(on.listener("0.0.0.0_8081")), "");
  const Seen off(with("false"), proxy(kBoth, "gateway"));
  EXPECT_EQ(additional(off.listener("0.0.0.0_8080")), "");
}

}  // namespace
}  // namespace mesh::xds::testing
