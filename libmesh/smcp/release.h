// Releases: the charts that a control plane is made of, in their order, with their values.
//
// What the operator renders, as data: the effective values (profiles.h), the values that it forces
// over them, and per chart an entry {chart, namespace, release name, values, group}. Groups are
// applied one after the other, each when the one before is ready. Every gateway is a release of its
// own, of the ingress or the egress chart, with a tree in which it is the only gateway. Everything
// that depends on the cluster is a parameter. Upstream: pkg/controller/versions
// (strategy_v*.go Render, rendering_strategy_v1_x.go).
// Deliberately different: additional gateways that only a profile has are rendered, too, and the
// user ids of a gateway depend on the gateway's namespace, not on that of the mesh.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/smcp/profiles.h"

namespace mesh::smcp {

// A Jaeger or Kiali resource of the wanted name that is there.
struct FoundResource {
  bool owned = false;    // by this control plane
  std::string strategy;  // of a Jaeger
};

struct ClusterFacts {
  bool cni = true;                              // the CNI plug-in is installed
  std::string operator_namespace;               // for the charts of v1.1
  std::vector<std::string> members;             // status.configuredMembers of the member roll
  std::set<std::string, std::less<>> user_ids;  // namespaces that OpenShift assigns user ids in
  std::optional<FoundResource> jaeger;
  std::optional<FoundResource> kiali;
  document::Value chart_defaults;  // the charts' global.yaml, below all other values; may be null
};

// A pod of a namespace with this annotation gets its user id from OpenShift.
inline constexpr std::string_view kUserIdRange = "openshift.io/sa.scc.uid-range";

struct Release {
  // Unique in the mesh: "<control plane>-<chart>", "…-gateway-<gateway>"; at most 53 characters.
  std::string name;
  std::string chart;       // "istio-discovery"
  std::string path;        // of the chart among the version's: "istio-control/istio-discovery"
  std::string name_space;  // what it is released to
  std::string gateway;     // of the gateway charts: its name
  size_t group = 0;
  document::Value values;
};

struct Rendering {
  Effective effective;  // with the forced values: appliedValues and appliedSpec
  std::vector<Release> releases;
};

// Names of the charts of a version, in groups, whether enabled or not.
std::vector<std::vector<std::string_view>> chart_order(Version version);
// The name of the Jaeger and of the Kiali resource that the values ask for, whether enabled or not.
std::string jaeger_name(const document::Value& istio);
std::string kiali_name(const document::Value& istio);

// The code of an error that says: the values break a rule of the charts.
inline constexpr ErrorCode kBadValues = ErrorCode::kUnsupported;

// Errors: those of apply_profiles, kBadValues, and a value that a forced one cannot be put into. `smcp` must
// have a name and a namespace (else "basic" and "istio-system" stand for them).
Result<Rendering> render(const document::Value& smcp, const ProfileSource& source,
                         const ClusterFacts& cluster);
// The same for one whose profiles were applied already.
Result<Rendering> render_effective(const document::Value& smcp, Effective effective,
                                   const ClusterFacts& cluster);

}  // namespace mesh::smcp
