// A large mesh made up by rule: services over some namespaces, one slice each, for tests and
// benchmarks of what a change costs.
#pragma once

#include <cstddef>
#include <string>

namespace mesh::testing {

struct Fleet {
  size_t services = 1000;
  size_t namespaces = 10;  // that the services are spread over

  std::string name(size_t i) const { return "s" + std::to_string(i); }
  std::string ns(size_t i) const { return "n" + std::to_string(i % namespaces); }
  // The name of the service's cluster and of its assignment.
  std::string cluster(size_t i) const {
    return "outbound|80||" + name(i) + "." + ns(i) + ".svc.cluster.local";
  }

  std::string service(size_t i) const {
    return "---\napiVersion: v1\nkind: Service\nmetadata: {name: " + name(i) +
           ", namespace: " + ns(i) + "}\nspec: {clusterIP: 10." + std::to_string(100 + i / 62500) +
           "." + std::to_string(i / 250 % 250) + "." + std::to_string(i % 250 + 1) +
           ", selector: {app: " + name(i) +
           "}, ports: [{name: http, port: 80, targetPort: 8080}]}\n";
  }

  // The service's endpoints; `turn` changes their addresses.
  std::string slice(size_t i, size_t turn = 0, size_t endpoints = 3) const {
    std::string out =
        "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: " + name(i) +
        "-1, namespace: " + ns(i) + ", labels: {kubernetes.io/service-name: " + name(i) +
        "}}\naddressType: IPv4\nports: [{name: http, port: 8080}]\nendpoints:\n";
    for (size_t e = 0; e < endpoints; ++e) {
      out += "- {addresses: [10." + std::to_string(1 + (turn + e) % 50) + "." +
             std::to_string(i / 250) + "." + std::to_string(i % 250 + 1) +
             "], conditions: {ready: true}}\n";
    }
    return out;
  }

  std::string text() const {
    std::string out;
    for (size_t i = 0; i < services; ++i) out += service(i) + slice(i);
    return out;
  }
};

}  // namespace mesh::testing
