// Builders of small objects for the tests of the index.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "libmesh/index/store.h"
#include "tests/support/paths.h"

namespace mesh::testing {

inline std::string ns(const std::string& name, const std::string& labels = "") {
  return "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: " + name + ", labels: {" + labels +
         "}}\n";
}

inline std::string service(const std::string& ns, const std::string& name, const std::string& vip,
                           const std::string& extra = "") {
  return "---\napiVersion: v1\nkind: Service\nmetadata: {name: " + name + ", namespace: " + ns +
         "}\nspec: {clusterIP: " + vip + ", selector: {app: " + name +
         "}, ports: [{name: http, port: 80, targetPort: 8080}]" + extra + "}\n";
}

inline std::string pod(const std::string& ns, const std::string& name, const std::string& app,
                       const std::string& ip, const std::string& labels = "") {
  return "---\napiVersion: v1\nkind: Pod\nmetadata: {name: " + name + ", namespace: " + ns +
         ", labels: {app: " + app + (labels.empty() ? "" : ", " + labels) +
         "}}\nspec: {serviceAccountName: " + app +
         ", containers: [{name: app, image: app}]}\nstatus: {phase: Running, podIP: " + ip +
         ", podIPs: [{ip: " + ip + "}], conditions: [{type: Ready, status: \"True\"}]}\n";
}

inline std::string slice(const std::string& ns, const std::string& service, const std::string& name,
                         const std::vector<std::string>& ips, const std::string& pod = "") {
  std::string out =
      "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: " + name +
      ", namespace: " + ns + ", labels: {kubernetes.io/service-name: " + service +
      "}}\naddressType: IPv4\nports: [{name: http, port: 8080}]\nendpoints:\n";
  for (const std::string& ip : ips) {
    out += "- {addresses: [" + ip + "], conditions: {ready: true}";
    if (!pod.empty()) out += ", targetRef: {kind: Pod, name: " + pod + ", namespace: " + ns + "}";
    out += "}\n";
  }
  if (ips.empty()) out += "  []\n";
  return out;
}

inline std::string control_plane(const std::string& ns, const std::string& name,
                                 const std::string& spec = "version: v2.5",
                                 const std::string& time = "") {
  return "---\napiVersion: maistra.io/v2\nkind: ServiceMeshControlPlane\nmetadata: {name: " + name +
         ", namespace: " + ns + (time.empty() ? "" : ", creationTimestamp: \"" + time + "\"") +
         "}\nspec: {" + spec + "}\n";
}

inline std::string roll(const std::string& ns, const std::string& spec,
                        const std::string& time = "") {
  return "---\napiVersion: maistra.io/v1\nkind: ServiceMeshMemberRoll\nmetadata: {name: default, "
         "namespace: " +
         ns + (time.empty() ? "" : ", creationTimestamp: \"" + time + "\"") + "}\nspec: {" + spec +
         "}\n";
}

inline std::string member(const std::string& ns, const std::string& plane_ns,
                          const std::string& plane) {
  return "---\napiVersion: maistra.io/v1\nkind: ServiceMeshMember\nmetadata: {name: default, "
         "namespace: " +
         ns + "}\nspec: {controlPlaneRef: {namespace: " + plane_ns + ", name: " + plane + "}}\n";
}

// All YAML files of a folder that hold objects, applied one by one in order of their names.
inline void apply_folder(index::Store& store, const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(source_path(folder))) {
    const bool suite = entry.path().stem().string().ends_with("_mesh_test");
    if (entry.path().extension() == ".yaml" && !suite) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    store.apply(text.str(), path.filename().string());
  }
}

inline std::string text_of(const Diagnostics& diagnostics) {
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics) out += to_string(diagnostic) + "\n";
  return out;
}

}  // namespace mesh::testing
