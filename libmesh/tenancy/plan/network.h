// How namespaces are joined on the network: the choice that Maistra makes from the cluster's own
// objects (pkg/controller/servicemesh/member/namespace_reconciler.go, initializeNetworkingStrategy).
#pragma once

#include <string>

#include "libmesh/index/snapshot.h"
#include "libmesh/tenancy/plan/planned.h"

namespace mesh::tenancy {

enum class MemberNetwork : uint8_t {
  kPolicies,     // NetworkPolicies are copied into members
  kMultitenant,  // NetNamespaces are joined (openshift-sdn's multitenant plug-in)
  kNothing,      // subnet, or the cluster says nothing
  kUnsupported,  // a plug-in that nobody knows
};
std::string_view member_network_name(MemberNetwork strategy);

struct NetworkChoice {
  MemberNetwork strategy = MemberNetwork::kPolicies;
  BecausePtr because;   // what decided
  std::string problem;  // of kUnsupported, in Maistra's words
};

NetworkChoice choose_member_network(const index::Snapshot& snapshot);

// Whether the cluster has a kind. A snapshot with CustomResourceDefinitions is taken as a picture of
// a cluster, and what is not among them is not there; a directory without any says nothing, and
// `otherwise` counts. An object of the kind proves it in both cases.
bool has_kind(const index::Snapshot& snapshot, kube::Kind kind, const char* definition,
              bool otherwise);

}  // namespace mesh::tenancy
