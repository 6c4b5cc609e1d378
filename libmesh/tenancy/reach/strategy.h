// Which network plug-in isolates the cluster's namespaces, as its own objects say.
//
// Source of the rules: Maistra's choice of strategy (pkg/controller/servicemesh/member, ovs_*.go):
// config.openshift.io/Network "cluster" names the network type; for OpenShiftSDN the ClusterNetwork
// "default" names the plug-in. Without a Network object the cluster is plain Kubernetes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libmesh/index/snapshot.h"

namespace mesh::tenancy {

enum class NetworkStrategy : uint8_t {
  kNetworkPolicy,  // NetworkPolicies hold
  kSubnet,         // redhat/openshift-ovs-subnet: no isolation at all
  kMultitenant,    // redhat/openshift-ovs-multitenant: NetNamespaces with NetIDs
  kUnknown,        // OpenShiftSDN without its ClusterNetwork, or with a plug-in nobody knows
};

struct Strategy {
  NetworkStrategy kind = NetworkStrategy::kNetworkPolicy;
  kube::ObjectPtr object;  // that says so; null on plain Kubernetes
  std::string field;       // of it
  std::string reason;      // for people
};

// Of a cluster as Store::apply takes it.
Strategy network_strategy(const index::Snapshot& snapshot, std::string_view cluster = {});

// The NetID that a NetNamespace has, and the one it gets by the change that it asks for
// (pod.network.openshift.io/multitenant.change-network).
struct NetworkChange {
  enum Kind : uint8_t { kNone, kJoin, kIsolate, kGlobal } kind = kNone;
  std::string ns;  // of kJoin
};
NetworkChange requested_change(std::string_view annotation);
inline constexpr const char* kChangeNetwork = "pod.network.openshift.io/multitenant.change-network";

}  // namespace mesh::tenancy
