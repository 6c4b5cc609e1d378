// Builders of what the network looks at, for the tests of reach.
#pragma once

#include <string>

#include "libmesh/tenancy/reach/reach.h"
#include "tests/index/support.h"

namespace mesh::testing {

// A running pod; `ports` is a YAML list of container ports, `spec` more fields of the spec.
inline std::string net_pod(const std::string& ns, const std::string& name,
                           const std::string& labels, const std::string& ip,
                           const std::string& ports = "", const std::string& spec = "",
                           const std::string& phase = "Running") {
  return "---\napiVersion: v1\nkind: Pod\nmetadata: {name: " + name + ", namespace: " + ns +
         ", labels: {" + labels + "}}\nspec: {containers: [{name: app, image: app, ports: [" +
         ports + "]}]" + (spec.empty() ? "" : ", " + spec) + "}\nstatus: {phase: " + phase +
         (ip.empty() ? "" : ", podIP: \"" + ip + "\", podIPs: [{ip: \"" + ip + "\"}]") + "}\n";
}

inline std::string policy(const std::string& ns, const std::string& name, const std::string& spec,
                          const std::string& labels = "") {
  return "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: " + name +
         ", namespace: " + ns + ", labels: {" + labels + "}}\nspec: {" + spec + "}\n";
}

inline std::string cluster_object(const std::string& api, const std::string& kind,
                                  const std::string& name, const std::string& rest) {
  return "---\napiVersion: " + api + "\nkind: " + kind + "\nmetadata: {name: " + name + "}\n" +
         rest + "\n";
}

inline std::string sdn(const std::string& plugin) {
  return cluster_object("config.openshift.io/v1", "Network", "cluster",
                        "spec: {networkType: OpenShiftSDN}") +
         cluster_object("network.openshift.io/v1", "ClusterNetwork", "default",
                        "pluginName: " + plugin);
}

inline std::string net_namespace(const std::string& name, int id) {
  return cluster_object("network.openshift.io/v1", "NetNamespace", name,
                        "netname: " + name + "\nnetid: " + std::to_string(id));
}

inline index::SnapshotPtr snapshot_of(const std::string& text) {
  index::Store store;
  store.apply(text, "cluster.yaml");
  return store.snapshot();
}

// "yes", "no", "unknown", or the error's text.
inline std::string asked(const tenancy::Network& network, const std::string& from,
                         const std::string& to) {
  auto decision = tenancy::reach(network, from, to);
  return decision ? std::string(tenancy::answer_name(decision->answer)) : decision.error().message;
}

}  // namespace mesh::testing
