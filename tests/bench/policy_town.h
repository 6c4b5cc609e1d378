// A mesh by rule and a suite over it: as many services as asked for, each with a pod, a route by header, subsets, a policy, and
// as many cases of all kinds. For what a run of policy tests costs (suite_bench.cc, counts_suite.cc).
#pragma once

#include <string>

#include "libmesh/testing/suite/runner.h"

namespace mesh::testing {

inline constexpr size_t kTownNamespaces = 10;

inline std::string town_ns(size_t i) { return "team-" + std::to_string(i % kTownNamespaces); }
inline std::string town_host(size_t i) {
  return "app-" + std::to_string(i) + "." + town_ns(i) + ".svc.cluster.local";
}

inline std::string town_service(size_t i) {
  const std::string name = "app-" + std::to_string(i);
  const std::string ns = town_ns(i);
  const std::string low = std::to_string(i % 250) + "." + std::to_string(i / 250);
  const std::string meta = "metadata: {name: " + name + ", namespace: " + ns;
  return "---\napiVersion: v1\nkind: Service\n" + meta + "}\nspec: {clusterIP: 10.1." + low +
         ", selector: {app: " + name +
         "}, ports: [{name: http, port: 80, targetPort: 8080}]}\n"
         "---\napiVersion: v1\nkind: Pod\n" +
         meta + ", labels: {app: " + name +
         ", version: v1, security.istio.io/tlsMode: istio}}\nspec: {serviceAccountName: " + name +
         ", containers: [{name: app, ports: [{containerPort: 8080}]}, {name: "
         "istio-proxy}]}\nstatus: {podIP: 10.2." +
         low +
         ", phase: Running}\n"
         "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n" +
         meta + ", labels: {kubernetes.io/service-name: " + name +
         "}}\naddressType: IPv4\nports: [{name: http, port: 8080}]\n"
         "endpoints: [{addresses: [10.2." +
         low + "], conditions: {ready: true}, targetRef: {kind: Pod, name: " + name +
         ", namespace: " + ns +
         "}}]\n"
         "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n" +
         meta + "}\nspec:\n  hosts: [" + name +
         "]\n  http:\n  - {name: canary, match: [{headers: {x-canary: {exact: \"1\"}}}], route: "
         "[{destination: {host: " +
         name +
         ", subset: v2}}]}\n  - {name: all, timeout: 3s, route: [{destination: {host: " + name +
         ", subset: v1}}]}\n"
         "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\n" +
         meta + "}\nspec: {host: " + name +
         ", subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]}\n"
         "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n" +
         meta + "}\nspec: {selector: {matchLabels: {app: " + name +
         "}}, rules: [{to: [{operation: {methods: [GET]}}]}]}\n";
}

// Case i asks of service i.
inline std::string town_case(size_t i, size_t services) {
  const std::string me = town_ns(i) + "/app-" + std::to_string(i % services);
  const size_t other = (i + 7) % services;
  const std::string there = town_ns(other) + "/app-" + std::to_string(other);
  const std::string name = "- name: case " + std::to_string(i) + "\n  ";
  switch (i % 10) {
    case 0:
      return name + "inject: {pod: " + me + "}\n  expect: {injected: true}\n";
    case 1:
      return name + "members: {namespace: " + town_ns(i) + "}\n  expect: {exists: true}\n";
    case 2:
      return name + "reach: {from: " + me + ", to: \"" + there +
             ":8080\"}\n  expect: {reached: true}\n";
    case 3:
      return name + "xds: {pod: " + me + ", type: clusters, name: \"outbound|80||" +
             town_host(other) + "\", path: $.connectTimeout}\n  expect: {value: 10s}\n";
    case 4:
    case 5:
      return name + "authz: {from: " + me + ", to: " + there + ", host: " + town_host(other) +
             ", method: " +
             (i % 10 == 4 ? "GET}\n  expect: {allowed: true}\n"
                          : "POST}\n  expect: {allowed: false}\n");
    case 6:
      return name + "mtls: {from: " + me + ", to: " + there +
             "}\n  expect: {mode: mutual, accepted: true}\n";
    default:
      return name + "route: {from: " + me + ", host: " + town_host(other) +
             ", headers: {x-canary: \"1\"}}\n  expect: {route: canary, destinations: [{subset: "
             "v2}]}\n";
  }
}

inline Tests policy_town(size_t services, size_t cases) {
  std::string mesh;
  for (size_t i = 0; i < kTownNamespaces; ++i) {
    mesh += "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: " + town_ns(i) +
            ", labels: {istio-injection: enabled}}\n";
  }
  for (size_t i = 0; i < services; ++i) mesh += town_service(i);
  std::string suite = "name: town\ncases:\n";
  for (size_t i = 0; i < cases; ++i) suite += town_case(i, services);
  Tests out;
  out.add(suite, "t/town_mesh_test.yaml");
  out.give("t", "t/mesh.yaml", mesh);
  return out;
}

}  // namespace mesh::testing
