// Networks that ConfigMap istio names (key meshNetworks): whose endpoints they have, and the gateways to
// them. Gateways of labelled Services are compared with Istio's answers by tests/peers.
#include <gtest/gtest.h>

#include "tests/xds/seen.h"

namespace mesh::xds::testing {
namespace {

constexpr const char* kSidecar = R"(
type: sidecar
id: web-0.app
namespace: app
ip: [10.1.0.1]
labels: {app: web}
network: near
)";

std::string input(const std::string& networks) {
  return R"(
apiVersion: v1
kind: Namespace
metadata: {name: app}
---
apiVersion: v1
kind: Namespace
metadata: {name: istio-system}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  meshNetworks: ")" +
         networks + R"("
---
apiVersion: v1
kind: Service
metadata: {name: gateway, namespace: istio-system}
spec: {type: LoadBalancer, clusterIP: 10.0.0.9, ports: [{name: tls, port: 443, targetPort: 15443}]}
status: {loadBalancer: {ingress: [{ip: 1.2.3.5}]}}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: app}
spec: {clusterIP: 10.0.0.10, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: cart-0, namespace: app, labels: {app: cart, security.istio.io/tlsMode: istio}}
spec: {serviceAccountName: cart, containers: [{name: app, image: app}]}
status: {phase: Running, podIP: 10.2.0.1, podIPs: [{ip: 10.2.0.1}], conditions: [{type: Ready, status: "True"}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: cart-1, namespace: app, labels: {kubernetes.io/service-name: cart}}
addressType: IPv4
endpoints: [{addresses: [10.2.0.1], conditions: {ready: true}, targetRef: {kind: Pod, name: cart-0, namespace: app}}]
ports: [{name: http, port: 8080}]
)";
}

struct Row {
  const char* name;
  const char* networks;
  const char* address;
  const char* port;
};

class MeshNetworksRule : public ::testing::TestWithParam<Row> {};

TEST(Networks, ASocketIsNoHostOfOne) {
  const std::string entry = R"(
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: e, namespace: app}
spec:
  hosts: [e.com]
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP}]
  endpoints: [{address: "unix:///run/a.sock"}, {address: 1.1.1.1}]
)";
  const std::string pipe = "endpoints[0].lbEndpoints[0].endpoint.address.pipe.path";
  const std::string cluster = "outbound|80||e.com";
  const Seen one(input("networks: {}") + entry, kSidecar);
  EXPECT_EQ(at(one.assignment(cluster), pipe), "\"/run/a.sock\"");
  const Seen several(
      input("networks: {far: {gateways: [{address: 1.2.3.4, port: 15443}]}}") + entry, kSidecar);
  const document::Value found = several.assignment(cluster);
  EXPECT_EQ(at(found, pipe), "");
  EXPECT_EQ(at(found, "endpoints[0].lbEndpoints[0].endpoint.address.socketAddress.address"),
            "\"1.1.1.1\"");
}

TEST_P(MeshNetworksRule, Holds) {
  const Row& row = GetParam();
  const Seen seen(input(row.networks), kSidecar);
  const document::Value found = seen.assignment("outbound|80||cart.app.svc.cluster.local");
  const std::string socket = "endpoints[0].lbEndpoints[0].endpoint.address.socketAddress.";
  EXPECT_EQ(at(found, socket + "address"), std::string("\"") + row.address + "\"");
  EXPECT_EQ(at(found, socket + "portValue"), row.port);
  EXPECT_EQ(at(found, "endpoints[0].lbEndpoints[1]"), "");
}

const Row kRows[] = {
    {"WithoutNetworksEveryEndpointIsReachedItself", "networks: {}", "10.2.0.1", "8080"},
    {"ARangeOfAddressesIsANetwork",
     "networks: {far: {endpoints: [{fromCidr: 10.2.0.0/16}], gateways: [{address: 1.2.3.4, port: "
     "15443}]}}",
     "1.2.3.4", "15443"},
    {"OtherAddressesAreNot",
     "networks: {far: {endpoints: [{fromCidr: 10.3.0.0/16}], gateways: [{address: 1.2.3.4, port: "
     "15443}]}}",
     "10.2.0.1", "8080"},
    {"ARegistryIsANetworkAndItsServiceAGateway",
     "networks: {far: {endpoints: [{fromRegistry: Kubernetes}], gateways: [{registryServiceName: "
     "gateway.istio-system.svc.cluster.local, port: 443}]}}",
     "1.2.3.5", "443"},
    {"TheOwnNetworkNeedsNoGateway",
     "networks: {near: {endpoints: [{fromRegistry: Kubernetes}], gateways: [{address: 1.2.3.4, "
     "port: 15443}]}}",
     "10.2.0.1", "8080"},
};

INSTANTIATE_TEST_SUITE_P(SplitHorizon, MeshNetworksRule, ::testing::ValuesIn(kRows),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace mesh::xds::testing
