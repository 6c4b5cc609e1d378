// Surroundings: what the objects of a mesh may name: hosts with their ports and subsets, gateways, namespaces, workloads
// and who they run as. Made once for all checks of names (references.h).
//
// What is only part of a cluster does not have everything: where a namespace has no pod at all, nothing is said of what
// selectors select there.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libmesh/base/labels.h"
#include "libmesh/index/snapshot.h"

namespace mesh::traffic {

class Surroundings {
 public:
  explicit Surroundings(const index::Mesh& mesh);
  // With the workloads outside of Kubernetes: WorkloadEntries, and those that WorkloadGroups are for.
  Surroundings(const index::Snapshot& snapshot, const index::Mesh& mesh);

  const index::Mesh& mesh() const { return mesh_; }
  // Services of a host; wildcard hosts of ServiceEntries count for what they match.
  std::vector<model::ServicePtr> services(std::string_view host) const;
  // How to mend a host that is not there: the nearest one, or what may be done instead.
  std::string mend_host(std::string_view host) const;
  // "did you mean \"x\"?", or empty.
  static std::string near_text(std::string_view written, const std::set<std::string>& known);
  // How to mend a name that is not there: the nearest one, else those that there are ("there are: a, b"), else `none`,
  // which says what to do where there is nothing to name.
  static std::string mend_name(std::string_view written, const std::set<std::string>& known,
                               std::string_view none);

  // Those of one namespace.
  const std::vector<model::ServicePtr>& services_in(const std::string& ns) const;
  // Those of the pod's own cluster that select it.
  std::vector<model::ServicePtr> services_of(const kube::Object& pod) const;
  // The names of the subsets that DestinationRules give the host.
  std::set<std::string> subsets(std::string_view host) const;
  bool has_namespace(const std::string& ns) const { return namespaces_.contains(ns); }
  const std::set<std::string>& namespaces() const { return namespaces_; }
  // By "namespace/name".
  const std::map<std::string, const index::Gateway*>& gateways() const { return gateways_; }
  std::set<std::string> gateway_names() const;
  // "ns/account" of the pods and other workloads that there are.
  const std::set<std::string>& accounts() const { return accounts_; }

  // Whether pods of the namespace (empty: of any) are known, and whether one has the labels.
  bool has_pods(const std::string& ns) const;
  bool selects_pod(const std::string& ns, const Labels& labels) const;
  // Or one that is no pod.
  bool selects_workload(const std::string& ns, const Labels& labels) const {
    return selects_pod(ns, labels) || selects_outside(ns, labels);
  }
  // Whether a workload outside of Kubernetes has them: what its ports are is not known.
  bool selects_outside(const std::string& ns, const Labels& labels) const;
  // Whether a pod of the namespace has such a label, whatever its value.
  bool has_label(const std::string& ns, const std::string& key) const;
  // The pods that have them, in whichever cluster; an empty namespace is every one.
  std::vector<kube::ObjectPtr> selected(const std::string& ns, const Labels& labels) const;
  // Those of one cluster of the mesh.
  std::vector<kube::ObjectPtr> selected_in(const index::ClusterServices& cluster,
                                           const std::string& ns, const Labels& labels) const;
  // The pods behind a service: in each cluster those that its own Service of that name selects.
  std::vector<kube::ObjectPtr> pods_of(const model::Service& service) const;
  // "no pod has app=web": the first label of the selector that no pod of the namespace has.
  std::string missing_label(const std::string& ns, const Labels& labels) const;
  // How to mend it: the values that pods have under the key, or the keys that they have.
  std::string mend_labels(const std::string& ns, const Labels& labels) const;

 private:
  using Values = std::map<std::string, std::set<std::string>>;

  void add_outside(const std::string& ns, Labels labels, const std::string& account);
  // "did you mean \"x\"?" with the nearest host, or empty.
  std::string near_host(std::string_view host) const;
  // The labels of the namespace's pods, by key; of an empty one those of all.
  const Values& labels_of(const std::string& ns) const;

  const index::Mesh& mesh_;
  std::set<std::string> namespaces_;
  std::set<std::string> hosts_;
  std::set<std::string> starts_;  // of those that end as the cluster's do, without that end
  std::vector<model::ServicePtr> wildcards_;
  std::map<std::string, const index::Gateway*> gateways_;
  std::map<std::string, std::set<std::string>, std::less<>> subsets_;
  std::set<std::string> wildcard_rules_;
  std::set<std::string> accounts_;
  // Where pods are, as long as there are several clusters.
  std::unordered_map<const kube::Object*, const index::ClusterServices*> homes_;
  std::map<std::string, Values> labels_;  // by namespace, "" for all
  std::map<std::string, std::vector<Labels>> outside_;
  // The pods by "namespace\nkey=value", and by "\nkey=value" whatever their namespace.
  std::unordered_map<std::string, std::vector<const kube::ObjectPtr*>> by_label_;
};

}  // namespace mesh::traffic
