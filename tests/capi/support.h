// Short ways to call the C functions and to say what must come of it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "mesh/mesh.hpp"

namespace mesh::testing {

// The code of an error, which is freed; MESH_OK for none.
inline mesh_code code_of(mesh_error* error) {
  const mesh_code code = mesh_error_code(error);
  EXPECT_EQ(mesh_error_message(error).size > 0, error != nullptr);
  mesh_error_delete(error);
  return code;
}

inline mesh_view view(std::string_view text) { return meshpp::view(text); }

// One mesh of two namespaces: a client's pod, and a service with an endpoint.
inline constexpr std::string_view kShop = R"(
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {serviceAccountName: web, containers: [{name: app}, {name: istio-proxy}]}
status: {podIP: 10.0.0.1, phase: Running}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {clusterIP: 10.1.0.1, ports: [{name: http, port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: cart-1, namespace: shop, labels: {kubernetes.io/service-name: cart}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints: [{addresses: [10.0.0.2], conditions: {ready: true}}]
)";

inline constexpr std::string_view kCartCluster = "outbound|80||cart.shop.svc.cluster.local";

}  // namespace mesh::testing
