#include "libmesh/tenancy/reach/holes.h"

#include <algorithm>

#include "libmesh/schema/maistra.h"
#include "libmesh/tenancy/beyond/options.h"

namespace mesh::tenancy {
namespace {

using kube::Kind;

constexpr const char* kMemberOf = "maistra.io/member-of";
constexpr const char* kOwner = "maistra.io/owner";
constexpr const char* kMesh = "mesh.libmesh.dev/mesh";

bool has_label(const Labels& labels, const char* name, const std::string& value) {
  auto found = labels.find(name);
  return found != labels.end() && found->second == value;
}

bool is_mesh_policy(const Policy& policy, const index::Tenant& tenant) {
  return policy.planned || has_label(policy.object->labels, kMemberOf, tenant.ns) ||
         has_label(policy.object->labels, kOwner, tenant.ns) ||
         has_label(policy.object->labels, kMesh, tenant.ns);
}

kube::ObjectKey key_of(const Endpoint& end) {
  return end.object == nullptr ? kube::ObjectKey{} : end.object->key;
}

void host_network(const Endpoint& end, std::vector<Hole>& out) {
  if (!end.host_network) return;
  out.push_back({HoleKind::kHostNetwork, key_of(end), "spec.hostNetwork",
                 end.text + " uses the node's network: policies neither protect nor know it"});
}

// Of the plug-in as a whole, and of its exceptions.
void of_strategy(const Network& network, const Endpoint& from, const Endpoint& to,
                 std::vector<Hole>& out) {
  const Strategy& strategy = network.strategy();
  if (strategy.kind == NetworkStrategy::kSubnet) {
    out.push_back({HoleKind::kNoIsolation, strategy.object->key, strategy.field,
                   "the plug-in isolates no namespaces, and NetworkPolicies mean nothing"});
  }
  if (strategy.kind != NetworkStrategy::kMultitenant) return;
  for (const Endpoint* end : {&from, &to}) {
    if (!end->is_pod_traffic()) continue;
    std::optional<NetId> id = network.net_id(end->ns);
    if (!id || id->id != 0) continue;
    out.push_back(
        {HoleKind::kGlobalNetwork, id->object->key, "netid",
         "namespace \"" + end->ns + "\" is global: everybody reaches it, and it everybody"});
  }
}

void node_traffic(const Endpoint& from, const Endpoint& to, std::vector<Hole>& out) {
  bool same = !from.node.empty() && from.node == to.node;
  if (!same || from.is_node_traffic() == to.is_node_traffic()) return;
  out.push_back({HoleKind::kNodeTraffic,
                 {Kind::kNode, "", to.node},
                 "",
                 "a pod and its node always reach each other, whatever policies say"});
}

void policies_off(const Network& network, const index::Tenant& tenant, const std::string& ns,
                  std::vector<Hole>& out) {
  if (tenant.implicit) return;
  const auto& spec = tenant.control_plane->as<maistra::ControlPlaneSpec>();
  if (spec.security && spec.security->manage_network_policy == false) {
    out.push_back({HoleKind::kPoliciesOff, tenant.control_plane->key,
                   "spec.security.manageNetworkPolicy",
                   "the mesh makes no NetworkPolicies in any of its namespaces"});
  }
  if (ns == tenant.ns) return;
  MemberOptions options =
      member_options(network.snapshot(), mesh_options(network.snapshot(), tenant), ns);
  if (options.manage_network_policy) return;
  out.push_back({HoleKind::kPoliciesOff, options.object->key, "spec.manageNetworkPolicy",
                 "the mesh makes no NetworkPolicies in namespace \"" + ns + "\""});
}

// Holes that a connection came through: policies of the target's namespace that are not the mesh's,
// or none at all.
void of_ingress(const Network& network, const Endpoint& from, const Endpoint& to,
                const Decision& decision, const index::Tenant& tenant, std::vector<Hole>& out) {
  auto open = std::find_if(decision.ports.begin(), decision.ports.end(),
                           [](const PortAnswer& port) { return port.answer == ReachAnswer::kYes; });
  if (open == decision.ports.end() || !to.is_pod_traffic()) return;
  SideAnswer side = ingress(network, from, to, open->port);
  if (side.selecting.empty()) {
    if (from.object != nullptr && from.object == to.object) return;
    if (selecting(network, to, Side::kIngress).empty()) {
      out.push_back({HoleKind::kNotIsolated,
                     {Kind::kNamespace, "", to.ns},
                     "",
                     "no NetworkPolicy selects " + to.text + ", so everybody reaches it"});
    }
    return;
  }
  bool by_mesh = std::any_of(side.admitting.begin(), side.admitting.end(),
                             [&](const Policy* p) { return is_mesh_policy(*p, tenant); });
  if (by_mesh) return;
  for (const Policy* policy : side.admitting) {
    out.push_back({HoleKind::kForeignPolicy, policy->object->key, "",
                   "is not the mesh's, and admits what no policy of the mesh does"});
  }
}

void foreign_label(const Network& network, const Endpoint& from, const Endpoint& to,
                   std::vector<Hole>& out) {
  if (!from.ns_labels || from.ns.empty()) return;
  auto label = from.ns_labels->find(kMemberOf);
  if (label == from.ns_labels->end()) return;
  const index::Tenant* tenant = network.snapshot().tenants().of_namespace(from.ns);
  const index::Tenant* target = network.snapshot().tenants().of_namespace(to.ns);
  if (target == nullptr || target->implicit || target->ns != label->second) return;
  if (tenant == target) return;
  out.push_back({HoleKind::kForeignLabel,
                 {Kind::kNamespace, "", from.ns},
                 "metadata.labels[maistra.io/member-of]",
                 "names a mesh that the namespace is not a member of; its policies believe it"});
}

}  // namespace

std::vector<Hole> holes(const Network& network, const Endpoint& from, const Endpoint& to,
                        const Decision& decision) {
  std::vector<Hole> out;
  const bool refused = decision.answer == ReachAnswer::kNo;
  if (!refused) {
    host_network(from, out);
    host_network(to, out);
    of_strategy(network, from, to, out);
    node_traffic(from, to, out);
    foreign_label(network, from, to, out);
  }
  const index::Tenant* tenant =
      to.ns.empty() ? nullptr : network.snapshot().tenants().of_namespace(to.ns);
  bool policies = network.strategy().kind == NetworkStrategy::kNetworkPolicy;
  if (tenant == nullptr || tenant->implicit || !policies) return out;
  policies_off(network, *tenant, to.ns, out);
  if (!refused) of_ingress(network, from, to, decision, *tenant, out);
  return out;
}

std::string_view hole_name(HoleKind kind) {
  switch (kind) {
    case HoleKind::kHostNetwork:
      return "host-network";
    case HoleKind::kNodeTraffic:
      return "node-traffic";
    case HoleKind::kNoIsolation:
      return "no-isolation";
    case HoleKind::kGlobalNetwork:
      return "global-network";
    case HoleKind::kPoliciesOff:
      return "policies-off";
    case HoleKind::kNotIsolated:
      return "not-isolated";
    case HoleKind::kForeignPolicy:
      return "foreign-policy";
    case HoleKind::kForeignLabel:
      return "foreign-label";
  }
  return "";
}

}  // namespace mesh::tenancy
