// Networks: the annotation k8s.v1.cni.cncf.io/networks, by which a pod asks Multus for further
// networks; the mesh's CNI plug-in is one of them where Multus calls the plug-ins.
//
// The annotation has two forms (Network Plumbing Working Group, Multi-Network Specification 4.1.2):
// a comma list of `[namespace/]name[@interface]`, and a JSON list of objects with `name`,
// `namespace`, `interface` and more. What is valid is what Multus reads (parsePodNetworkAnnotation
// of its k8sclient.go); two entries are the same network when name and namespace are, an unstated
// namespace being the pod's, whatever interface they ask for.
//
// Appending never touches a byte of the user's: `, NAME` goes behind a text, an object before the
// last bracket of a list. What Multus could not read is left alone, with a warning for whoever
// creates the pod. Source of the outcome: appendMultusNetwork of maistra/istio and istio/istio
// (pkg/kube/inject/template.go); each deliberate difference is a row of docs/cni.md.
//
// Property: every network of the user's is in the result, in order; appending twice is once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/base/result.h"
#include "libmesh/document/value.h"

namespace mesh::injection {

inline constexpr std::string_view kNetworksAnnotation = "k8s.v1.cni.cncf.io/networks";

enum class NetworksForm : uint8_t { kNone, kText, kJson };

struct Network {
  std::string ns;  // empty: the pod's
  std::string name;
  std::string interface;    // empty: Multus chooses
  document::Value element;  // of the JSON form: the whole object, `ips`, `mac`, … among it
};

struct Networks {
  NetworksForm form = NetworksForm::kNone;
  std::vector<Network> list;
};

// Reads the annotation whole. An error says what Multus would not read: "element 2 has no name".
Result<Networks> parse_networks(std::string_view annotation);
// Writes them in their form; for a text what was read is written with ", " between.
std::string print_networks(const Networks& networks);
// "namespace/name@interface", the parts that are there.
std::string network_text(const Network& network);
bool same_network(const Network& a, const Network& b, std::string_view pod_namespace);

enum class NetworkOutcome : uint8_t {
  kAdded,
  kPresent,      // was there already; nothing changed
  kLeftAlone,    // cannot be read; nothing changed
  kOverwritten,  // what was there is gone
};
std::string_view outcome_text(NetworkOutcome outcome);  // "added", "present", "left-alone", …

struct NetworkChange {
  NetworkOutcome outcome = NetworkOutcome::kAdded;
  std::string text;               // the annotation afterwards
  std::string warning;            // for whoever creates the pod; empty when all is well
  std::vector<std::string> lost;  // of kOverwritten: the networks that the pod no longer gets
};

// `network` is `[namespace/]name`, as in "v2-5-istio-cni" and "default/istio-cni"; empty adds
// nothing. `pod_namespace` may be empty when it is not known: then a stated namespace never equals
// an unstated one.
NetworkChange append_network(std::string_view annotation, std::string_view network,
                             std::string_view pod_namespace = {});
// What Maistra v1.x did (injectedAnnotations of the operator): the mesh's network alone.
NetworkChange overwrite_network(std::string_view annotation, std::string_view network,
                                std::string_view pod_namespace = {});

// The change as a diagnostic of the object (kNetworksUnreadable, kNetworksLost), if it is one.
std::optional<Diagnostic> diagnostic_of(const NetworkChange& change, std::string_view object);

}  // namespace mesh::injection
