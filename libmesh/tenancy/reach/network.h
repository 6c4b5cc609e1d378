// Network: what decides about connections, as one view over a snapshot, or over a snapshot with the
// changes that a plan would make to it.
//
// The objects are those of one cluster: NetworkPolicies end with it. Only what NetworkPolicies and NetNamespaces look at: namespaces with labels, policies by
// namespace, NetIDs, and the pods as they are.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libmesh/index/snapshot.h"
#include "libmesh/schema/own.h"
#include "libmesh/tenancy/plan/planned.h"
#include "libmesh/tenancy/reach/strategy.h"

namespace mesh::tenancy {

struct Policy {
  kube::ObjectPtr object;
  bool planned = false;  // as the plan makes it, not as it is in the input
  const k8s::NetworkPolicySpec& spec() const { return object->as<k8s::NetworkPolicy>().spec; }
};

struct NetId {
  kube::ObjectPtr object;
  int64_t id = 0;
};

class Network {
 public:
  // The input as it is, of a cluster as Store::apply takes it.
  explicit Network(index::SnapshotPtr snapshot, std::string cluster = {});
  // The config cluster after the objects: whole ones are set, fields merged, absent ones taken away.
  Network(index::SnapshotPtr snapshot, const std::vector<PlannedObject>& planned);

  const index::Snapshot& snapshot() const { return *snapshot_; }
  const std::string& cluster() const { return cluster_; }
  // The network of another cluster of the mesh, as it is: no plan changes anything there.
  Network of_cluster(const std::string& cluster) const { return Network(snapshot_, cluster); }
  const index::ObjectMap& objects(kube::Kind kind) const;
  kube::ObjectPtr find(const kube::ObjectKey& key) const;
  const Strategy& strategy() const { return strategy_; }
  bool is_planned() const { return planned_; }

  // The policies of a namespace in order of name.
  const std::vector<Policy>& policies(const std::string& ns) const;
  // The labels of a namespace, its name included as the API server writes it; nothing when there is
  // no Namespace object.
  std::optional<Labels> namespace_labels(const std::string& ns) const;
  // The names of all namespaces whose labels have the pair.
  std::vector<std::string> namespaces_with(const std::string& label,
                                           const std::string& value) const;
  std::optional<NetId> net_id(const std::string& ns) const;

 private:
  void overlay(const PlannedObject& object);
  void overlay_policy(const PlannedObject& object);
  kube::ObjectPtr merged(const PlannedObject& object) const;

  index::SnapshotPtr snapshot_;
  std::string cluster_;
  Strategy strategy_;
  bool planned_ = false;
  std::map<std::string, std::vector<Policy>> policies_;
  std::map<std::string, kube::ObjectPtr> namespaces_;      // planned ones only
  std::map<std::string, kube::ObjectPtr> net_namespaces_;  // planned ones only
};

}  // namespace mesh::tenancy
