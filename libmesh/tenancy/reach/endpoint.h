// Endpoint: one end of a connection as NetworkPolicies see it: a pod, OpenShift's router, or an
// address outside of all pods.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/result.h"
#include "libmesh/tenancy/reach/network.h"

namespace mesh::tenancy {

struct Endpoint {
  enum class Kind : uint8_t { kPod, kNode, kAddress };
  Kind kind = Kind::kPod;
  std::string text;                 // "shop/web-0", "east=shop/web-0", "10.0.0.7"
  std::string ns;                   // of a pod
  Labels labels;                    // of a pod
  std::optional<Labels> ns_labels;  // nothing: the Namespace is not in the input
  std::vector<std::string> ips;     // those that a packet may carry; empty when not known
  std::string node;                 // the name of the node it is (on), or empty
  bool host_network = false;        // a pod with the node's addresses
  bool terminated = false;          // a pod that has run to its end: it has no network any more
  bool assumed = false;             // a router that is not in the input
  kube::ObjectPtr object;           // the pod, or null
  const k8s::Pod* pod() const { return object == nullptr ? nullptr : &object->as<k8s::Pod>(); }

  // Kubernetes leaves pods with the node's network to the plug-in; nearly all treat their traffic
  // as the node's (docs/reach.md).
  bool is_node_traffic() const { return kind == Kind::kNode || host_network; }
  bool is_pod_traffic() const { return kind == Kind::kPod && !host_network; }
};

// A port of the target: TCP unless said otherwise.
struct PortQuestion {
  std::optional<int32_t> number;
  std::string name;  // instead of a number
  std::string protocol = "TCP";
};

// A target as it was asked for.
struct Target {
  std::string endpoint;  // "NS/POD", "router", an address
  std::optional<PortQuestion> port;
};

// "NS/POD", "NS/POD:PORT", "NS/POD:PORT/UDP"; the same with "router" and addresses, of which
// version 6 stand in brackets before a port ("[2001:db8::1]:443"). kInvalidArgument.
Result<Target> parse_target(std::string_view text);

// The endpoints in the network's cluster that the text means, which may say a cluster ("east=shop/web-0"; reach() has
// chosen the network by it): one, or all pods of the router. kNotFound when there is no
// such pod, kInvalidArgument when the text is none of the three.
Result<std::vector<Endpoint>> resolve(const Network& network, std::string_view text);

struct NamedPort {
  std::string name;
  std::string protocol;
  int32_t number = 0;
};
// The ports that the pod's containers declare, those of sidecars among the init containers too.
std::vector<NamedPort> declared_ports(const Endpoint& endpoint);

}  // namespace mesh::tenancy
