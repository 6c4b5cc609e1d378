// What cases touch of Gateways, and of the TLS and TCP routes of VirtualServices, which have no names to be found by.
#include <gtest/gtest.h>

#include <set>

#include "libmesh/testing/suite/runner.h"

namespace mesh::testing {
namespace {

constexpr std::string_view kMesh = R"(
apiVersion: v1
kind: Namespace
metadata: {name: istio-system}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: app}, {name: istio-proxy}]}
status: {podIP: 10.0.0.1, phase: Running}
---
apiVersion: v1
kind: Pod
metadata: {name: edge, namespace: shop, labels: {app: edge}}
spec: {containers: [{name: istio-proxy, args: [proxy, router]}]}
status: {podIP: 10.0.0.3, phase: Running}
---
apiVersion: v1
kind: Service
metadata: {name: edge, namespace: shop}
spec:
  clusterIP: 10.1.0.3
  selector: {app: edge}
  ports: [{name: http, port: 80, targetPort: 8080}, {name: more, port: 81, targetPort: 8081}, {name: tls, port: 443, targetPort: 8443}]
---
apiVersion: v1
kind: Service
metadata: {name: data, namespace: shop}
spec: {clusterIP: 10.1.0.1, selector: {app: data}, ports: [{name: tcp, port: 5432}, {name: tls, port: 8443}, {name: http, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: other, namespace: shop}
spec: {clusterIP: 10.1.0.2, selector: {app: other}, ports: [{name: tcp, port: 5432}, {name: tls, port: 8443}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  selector: {app: edge}
  servers:
  - {port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}
  - {port: {number: 81, name: more, protocol: HTTP}, hosts: ["*"]}
  - {port: {number: 443, name: tls, protocol: TLS}, tls: {mode: PASSTHROUGH}, hosts: ["*"]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: edge, namespace: shop}
spec:
  hosts: ["*"]
  gateways: [edge]
  http: [{route: [{destination: {host: data, port: {number: 80}}}]}]
  tls:
  - {match: [{sniHosts: [a.test]}], route: [{destination: {host: data, port: {number: 8443}}}]}
  - {match: [{sniHosts: [b.test]}], route: [{destination: {host: other, port: {number: 8443}}}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: data, namespace: shop}
spec:
  hosts: [data]
  tls:
  - {match: [{port: 8443, sniHosts: [data]}], route: [{destination: {host: other, port: {number: 8443}}}]}
  tcp:
  - {match: [{port: 5432, sourceLabels: {app: none}}], route: [{destination: {host: other, port: {number: 5432}}}]}
  - match: [{port: 5432}]
    route:
    - {destination: {host: data, port: {number: 5432}}, weight: 80}
    - {destination: {host: other, port: {number: 5432}}, weight: 20}
)";

// The fields of routes and servers that the case touches.
std::set<std::string> touched(const std::string& question, const std::string& expected) {
  Tests tests;
  tests.add("cases:\n- {name: a, route: " + question + ", expect: " + expected + "}\n",
            "t/x_mesh_test.yaml");
  tests.give("t", "t/mesh.yaml", kMesh);
  const auto results = tests.run({"", true});
  EXPECT_TRUE(results);
  std::set<std::string> out;
  if (!results) return out;
  EXPECT_EQ(results->suites.front().cases.front().message, "") << question;
  for (const CoverageGroup& group : results->coverage.groups) {
    for (const CoverageItem& item : group.items) {
      if (item.touched) out.insert(item.object + " " + item.field);
    }
  }
  return out;
}

using Items = std::set<std::string>;

TEST(Coverage, RoutesOfTcpAreTouched) {
  EXPECT_EQ(touched("{from: shop/web, protocol: tcp, host: data, port: 5432}",
                    "{destinations: [{weight: 80}, {weight: 20}]}"),
            Items({"VirtualService shop/data spec.tcp[1]"}));
}

TEST(Coverage, RoutesOfTlsAreTouched) {
  EXPECT_EQ(touched("{from: shop/web, protocol: tcp, tls: tls, host: data, sni: data, port: 8443}",
                    "{destinations: [{host: other.shop.svc.cluster.local}]}"),
            Items({"VirtualService shop/data spec.tls[0]"}));
}

TEST(Coverage, ServersAreTouchedByTheirPorts) {
  EXPECT_EQ(touched("{gateway: shop/edge, host: a.test, port: 81}", "{verdict: routed}"),
            Items({"Gateway shop/edge spec.servers[1]", "VirtualService shop/edge spec.http[0]"}));
  EXPECT_EQ(
      touched("{gateway: shop/edge, host: b.test, tls: tls, protocol: tcp}", "{verdict: routed}"),
      Items({"Gateway shop/edge spec.servers[2]", "VirtualService shop/edge spec.tls[1]"}));
}

}  // namespace
}  // namespace mesh::testing
