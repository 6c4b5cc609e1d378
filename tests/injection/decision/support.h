// Snapshots of a few lines of YAML, for tables of decisions.
#pragma once

#include <string>
#include <string_view>

#include "libmesh/document/read.h"
#include "libmesh/index/store.h"
#include "libmesh/injection/decision/decide.h"

namespace mesh::injection::testing {

// Without made-up pods: a matrix tells of the workloads themselves.
inline index::SnapshotPtr snapshot_of(std::string_view yaml) {
  index::Store store;
  store.apply(yaml, "input.yaml");
  return store.snapshot();
}

// "istio-injection: enabled" as one line of labels.
inline std::string namespace_yaml(const std::string& name, const std::string& labels) {
  return "---\n{apiVersion: v1, kind: Namespace, metadata: {name: " + name + ", labels: {" +
         labels + "}}}\n";
}

inline document::Value pod_of(const std::string& labels, const std::string& annotations = "",
                              const std::string& spec = "") {
  Diagnostics problems;
  auto documents = document::read_any(
      "{apiVersion: v1, kind: Pod, metadata: {name: cart, namespace: shop, labels: {" + labels +
          "}, annotations: {" + annotations + "}}, spec: {" + spec + "}}",
      "pod.yaml", problems);
  return documents.front().root;
}

inline Decision decide_pod(const index::Snapshot& snapshot, const document::Value& pod,
                           const std::string& ns = "shop") {
  return decide(snapshot, subject_of(pod, ns, "Pod shop/cart"));
}

inline std::string words(const Decision& decision) {
  return std::string(answer_text(decision.answer)) + " " +
         std::string(reason_text(decision.reason));
}

// A control plane as Istio's chart installs it: webhooks of a revision.
std::string istio_webhooks(const std::string& ns, const std::string& revision);
// A revision tag: the webhooks of `tag`, which ask the service of `revision`.
std::string istio_tag(const std::string& ns, const std::string& tag, const std::string& revision);
// The injector's ConfigMap of a revision; `config` are lines of it, `values` JSON.
std::string injector_config(const std::string& ns, const std::string& revision,
                            const std::string& config, const std::string& values = "{}");
// A ServiceMeshControlPlane `basic` in a namespace of its own, with a member roll.
std::string control_plane(const std::string& ns, const std::string& version,
                          const std::string& members, const std::string& injection = "");

}  // namespace mesh::injection::testing
