// One side of a connection: what the NetworkPolicies of one pod's namespace say about it.
//
// After the Kubernetes documentation (concepts/services-networking/network-policies) and the API
// reference, to the letter:
//  * a pod that no policy selects for a direction is open in that direction; one that is selected
//    gets what the union of the rules of those policies admits, and nothing else;
//  * policyTypes absent: Ingress, and Egress too when the policy has egress rules;
//  * `from`/`to` absent or empty: every peer; `ports` absent or empty: every port;
//  * a peer with podSelector alone means pods of the policy's own namespace, with namespaceSelector
//    alone all pods of the namespaces, with both the pods of the namespaces (one peer is "and", two
//    are "or"); ipBlock is for addresses, `except` takes ranges out of it;
//  * a port without protocol is TCP, without port every port of the protocol; a name is that of a
//    port of the target's containers with that protocol; endPort makes a range of numbers;
//  * the traffic between a pod and its node, and of a pod with itself, is always allowed.
#pragma once

#include <string>
#include <vector>

#include "libmesh/tenancy/reach/endpoint.h"

namespace mesh::tenancy {

enum class ReachAnswer : uint8_t { kNo, kUnknown, kYes };

enum class Side : uint8_t { kNetwork, kEgress, kIngress };

// One statement that led to the answer: a policy (or a node, or a NetNamespace), the rule of it, and
// what it does.
struct ReachReason {
  Side side{};
  ReachAnswer effect{};    // what it alone says
  kube::ObjectKey object;  // empty name: nothing in the input
  std::string field;       // "spec.ingress[0].from[1]"
  std::string message;
  bool operator==(const ReachReason&) const = default;
};

// A concrete port of a concrete protocol.
struct Port {
  int32_t number = 0;
  std::string protocol = "TCP";
  auto operator<=>(const Port&) const = default;
};

struct SideAnswer {
  ReachAnswer answer = ReachAnswer::kYes;
  bool isolated = false;                 // some policy selects the pod
  std::vector<ReachReason> because;      // with kYes: what admits; else: everything that does not
  std::vector<std::string> missing;      // with kUnknown
  std::vector<const Policy*> selecting;  // policies that select the pod for this direction
  std::vector<const Policy*> admitting;
};

// The egress side of `from`, and the ingress side of `to`.
SideAnswer egress(const Network& network, const Endpoint& from, const Endpoint& to,
                  const Port& port);
SideAnswer ingress(const Network& network, const Endpoint& from, const Endpoint& to,
                   const Port& port);

// Policies that select the pod for the direction.
std::vector<const Policy*> selecting(const Network& network, const Endpoint& pod, Side side);

// What the API server would refuse in a policy, and what is therefore not followed.
Diagnostics check_policy(const kube::Object& policy);

}  // namespace mesh::tenancy
