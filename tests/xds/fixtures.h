// What several tests of single rules start from: a sidecar, and the service that it serves.
#pragma once

#include <string>

namespace mesh::xds::testing {

// The pod web-0 of the namespace app.
inline constexpr const char* kSidecar = R"(
type: sidecar
id: web-0.app
namespace: app
ip: [10.1.0.1]
serviceAccount: web
labels: {app: web}
)";

inline constexpr const char* kNamespace = R"(
apiVersion: v1
kind: Namespace
metadata: {name: app}
---
)";

// The service web of that pod: one port of that name, 80 in front of 8080.
inline std::string web_service(const std::string& port_name) {
  return R"(
apiVersion: v1
kind: Service
metadata: {name: web, namespace: app}
spec:
  clusterIP: 10.0.0.10
  selector: {app: web}
  ports: [{name: )" +
         port_name + R"(, port: 80, targetPort: 8080}]
---
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: app, labels: {app: web, security.istio.io/tlsMode: istio}}
spec: {serviceAccountName: web, containers: [{name: app, image: app}]}
status: {phase: Running, podIP: 10.1.0.1, podIPs: [{ip: 10.1.0.1}], conditions: [{type: Ready, status: "True"}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: app, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints: [{addresses: [10.1.0.1], conditions: {ready: true}, targetRef: {kind: Pod, name: web-0, namespace: app}}]
ports: [{name: )" +
         port_name + ", port: 8080}]\n";
}

}  // namespace mesh::xds::testing
