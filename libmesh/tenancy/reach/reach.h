// Reach: does the network let a connection from here to there through, and what says so?
//
// The judge of isolation: it looks at the cluster's objects (or at what a plan would make of them)
// as the network plug-in does, and not at what a mesh meant by them. AuthorizationPolicies and
// mutual TLS come after the network and are not asked. docs/reach.md has the rules.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/tenancy/reach/policies.h"

namespace mesh::tenancy {

// Where isolation ends, whatever policies there are.
enum class HoleKind : uint8_t {
  kHostNetwork,    // an end uses the node's network
  kNodeTraffic,    // a pod and its node
  kNoIsolation,    // the network plug-in isolates nothing
  kGlobalNetwork,  // NetID 0 reaches and is reached by everybody
  kPoliciesOff,    // the mesh or the member has the mesh's policies switched off
  kNotIsolated,    // a namespace of a mesh in which no policy selects the target
  kForeignPolicy,  // a policy that is not the mesh's admits what the mesh's do not
  kForeignLabel,   // the source's namespace carries the label of a mesh that it is not in
};
std::string_view hole_name(HoleKind kind);         // "host-network", …, as in JSON
std::string_view answer_name(ReachAnswer answer);  // "no", "unknown", "yes"
std::string_view side_name(Side side);             // "network", "egress", "ingress"
std::string_view strategy_name(NetworkStrategy);   // "NetworkPolicy", "Subnet", "Multitenant", …

struct Hole {
  HoleKind kind{};
  kube::ObjectKey object;  // the one to look at; empty name: none in the input
  std::string field;
  std::string message;
  bool operator==(const Hole&) const = default;
};

// The answer for one port; number 0 stands for every port that is not named otherwise.
struct PortAnswer {
  Port port;
  ReachAnswer answer{};
  bool operator==(const PortAnswer&) const = default;
};

struct Decision {
  ReachAnswer answer{};
  std::string from;  // the ends that decide: a pod of the router for "router"
  std::string to;
  NetworkStrategy strategy{};
  bool planned = false;
  std::vector<ReachReason> because;
  std::vector<std::string> missing;  // with kUnknown: what the input would have to have
  std::vector<Hole> holes;
  std::vector<PortAnswer> ports;  // the asked one; without a port: those that anything speaks of
};

// `from`: "[CLUSTER=]NS/POD" (index/proxies/named_pod.h), "router" or an address; `to`: the same with an optional ":PORT" or
// ":PORT/PROTOCOL". Without a port the answer is yes when any port can be reached. Of several pods
// of the router the one that reaches most decides. Pods of a remote cluster are asked about with that cluster's objects, and so
// is what is at the other end; between two clusters it cannot be told. kInvalidArgument, kNotFound.
Result<Decision> reach(const Network& network, std::string_view from, std::string_view to);

// For callers with many questions: two resolved ends and a concrete port, without holes.
Decision decide(const Network& network, const Endpoint& from, const Endpoint& to, const Port& port);

}  // namespace mesh::tenancy
