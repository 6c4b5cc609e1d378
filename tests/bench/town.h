// A mesh made up by rule, in as many services, endpoints, namespaces, VirtualServices and Gateways as asked for, and its
// proxies: for curves of what things cost (curves_bench.cc).
#pragma once

#include <cstddef>
#include <string>

#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/discovery.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/xds/resource.h"

namespace mesh::testing {

struct Town {
  size_t services = 100;
  size_t endpoints = 3;  // of each service
  size_t namespaces = 10;
  size_t proxies = 10;   // sidecars, spread over the namespaces
  size_t rules = 10;     // VirtualServices for services
  size_t gateways = 1;   // Gateways, each with a host and a VirtualService of its own
  bool sidecars = true;  // each namespace sees itself only; else everybody sees everything

  static std::string header(const std::string& api, const std::string& kind, const std::string& ns,
                            const std::string& name) {
    return "---\napiVersion: " + api + "\nkind: " + kind + "\nmetadata: {name: " + name +
           ", namespace: " + ns + "}\n";
  }
  std::string ns(size_t i) const { return "n" + std::to_string(i % namespaces); }
  std::string host(size_t i) const {
    return "s" + std::to_string(i) + "." + ns(i) + ".svc.cluster.local";
  }

  std::string service(size_t i, const std::string& in) const {
    const std::string name = "s" + std::to_string(i);
    return header("v1", "Service", in, name) + "spec: {clusterIP: 10." +
           std::to_string(100 + i / 62500) + "." + std::to_string(i / 250 % 250) + "." +
           std::to_string(i % 250 + 1) + ", selector: {app: " + name +
           "}, ports: [{name: http, port: 80, targetPort: 8080}]}\n";
  }
  // `turn` changes the first address.
  std::string slice(size_t i, const std::string& in, size_t turn = 0) const {
    const std::string name = "s" + std::to_string(i);
    std::string out =
        "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: " + name +
        "-1, namespace: " + in + ", labels: {kubernetes.io/service-name: " + name +
        "}}\naddressType: IPv4\nports: [{name: http, port: 8080}]\nendpoints:\n";
    for (size_t e = 0; e < endpoints; ++e) {
      const size_t at = i * endpoints + e + (e == 0 ? turn * 7777777 : 0);
      out += "- {addresses: [11." + std::to_string(at / 62500 % 250) + "." +
             std::to_string(at / 250 % 250) + "." + std::to_string(at % 250 + 1) +
             "], conditions: {ready: true}}\n";
    }
    return out;
  }
  std::string rule(size_t i, size_t turn = 0) const {
    const std::string to = host(i % services);
    return header("networking.istio.io/v1", "VirtualService", ns(i % services),
                  "r" + std::to_string(i)) +
           "spec: {hosts: [" + (i < services ? to : "r" + std::to_string(i) + ".example.com") +
           "], http: [{match: [{uri: {prefix: /v" + std::to_string(turn) +
           "}}], timeout: 3s, route: [{destination: {host: " + to +
           "}}]}, {route: [{destination: {host: " + to + "}}]}]}\n";
  }
  std::string gateway(size_t i) const {
    const std::string name = "g" + std::to_string(i);
    return header("networking.istio.io/v1", "Gateway", "n0", name) +
           "spec: {selector: {istio: gateway}, servers: [{port: {number: 80, name: http, protocol: "
           "HTTP}, hosts: [" +
           name + ".example.com]}]}\n" +
           header("networking.istio.io/v1", "VirtualService", "n0", name) + "spec: {hosts: [" +
           name + ".example.com], gateways: [" + name +
           "], http: [{route: [{destination: {host: " + host(i % services) + "}}]}]}\n";
  }
  std::string sidecar(const std::string& in) const {
    return header("networking.istio.io/v1", "Sidecar", in, "default") +
           "spec: {egress: [{hosts: ['./*']}]}\n";
  }
  std::string text() const {
    std::string out;
    for (size_t i = 0; i < namespaces; ++i) {
      out += "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: " + ns(i) + "}\n";
      if (sidecars) out += sidecar(ns(i));
    }
    for (size_t i = 0; i < services; ++i) out += service(i, ns(i)) + slice(i, ns(i));
    for (size_t i = 0; i < rules; ++i) out += rule(i);
    for (size_t i = 0; i < gateways; ++i) out += gateway(i);
    return out;
  }
  // A namespace that comes with a service.
  std::string newcomer() const {
    return "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: newcomer}\n" +
           (sidecars ? sidecar("newcomer") : "") + service(services, "newcomer") +
           slice(services, "newcomer");
  }

  // The first request of a proxy; the one behind the sidecars is a gateway.
  std::string first_request(size_t proxy) const {
    const bool is_gateway = proxy == proxies;
    const std::string in = is_gateway ? "n0" : ns(proxy);
    std::string out;
    envoy::discovery::DeltaDiscoveryRequest request(out);
    request.node([&](auto& node) {
      node.id((is_gateway ? "router~10." : "sidecar~10.") + std::to_string(200 + proxy / 62500) +
              "." + std::to_string(proxy / 250 % 250) + "." + std::to_string(proxy % 250 + 1) +
              "~p" + std::to_string(proxy) + "." + in + "~" + in + ".svc.cluster.local");
      node.metadata([&](auto& metadata) {
        metadata.structure("LABELS", [&](auto& labels) {
          labels.string(is_gateway ? "istio" : "app", is_gateway ? "gateway" : "none");
        });
      });
    });
    request.type_url(xds::type_url(xds::Type::kCluster));
    return out;
  }
};

}  // namespace mesh::testing
