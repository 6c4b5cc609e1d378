// Accounts of a control plane and what they may do. In multi-tenant mode an account gets its rights
// namespace by namespace, from RoleBindings that are copied into members, and nothing is bound for
// the whole cluster: no istio-multi, no istio-reader, no ClusterRoleBinding at all. So rules for
// things that belong to no namespace (nodes, definitions, token reviews) are left out there: a
// RoleBinding could not give them.
#include <optional>

#include "libmesh/tenancy/plan/body.h"
#include "libmesh/tenancy/plan/names.h"
#include "libmesh/tenancy/plan/rendered.h"

namespace mesh::tenancy {
namespace {

using body::list;
using body::map;
using body::text;
using body::texts;
using document::List;
using document::Value;
using kube::Kind;
using Texts = std::initializer_list<std::string_view>;

constexpr std::string_view kRbacGroup = "rbac.authorization.k8s.io";
const Texts kRead = {"get", "list", "watch"};
const Texts kWrite = {"get", "list", "watch", "create", "update", "patch", "delete"};

Value rule(Texts groups, Texts resources, Texts verbs) {
  return map(
      {{"apiGroups", texts(groups)}, {"resources", texts(resources)}, {"verbs", texts(verbs)}});
}

Value role_ref(std::string_view kind, const std::string& name) {
  return map({{"apiGroup", text(kRbacGroup)}, {"kind", text(kind)}, {"name", text(name)}});
}

Value account(const std::string& name, const std::string& ns) {
  return map({{"kind", text("ServiceAccount")}, {"name", text(name)}, {"namespace", text(ns)}});
}

// What istiod reads and writes in each namespace of its mesh.
List istiod_rules() {
  return {
      rule(
          {"networking.istio.io", "security.istio.io", "telemetry.istio.io", "extensions.istio.io"},
          {"*"}, kRead),
      rule({"networking.istio.io"}, {"workloadentries", "workloadentries/status"}, kWrite),
      rule({""}, {"pods", "services", "endpoints", "secrets", "namespaces"}, kRead),
      rule({"discovery.k8s.io"}, {"endpointslices"}, kRead),
      rule({""}, {"configmaps"}, {"get", "list", "watch", "create", "update"}),
      rule({""}, {"pods/finalizers"}, {"update"}),
      rule({"networking.k8s.io"}, {"ingresses"}, kRead),
      rule({"networking.k8s.io"}, {"ingresses/status"}, {"get", "update", "patch"}),
      rule({"gateway.networking.k8s.io"}, {"*"}, {"get", "list", "watch", "update", "patch"}),
      rule({"multicluster.x-k8s.io"}, {"serviceexports", "serviceimports"}, kRead),
      rule({"maistra.io"}, {"servicemeshmemberrolls"}, kRead),
      rule({"route.openshift.io"}, {"routes", "routes/custom-host"},
           {"get", "list", "watch", "create", "update", "delete"}),
  };
}

// What belongs to no namespace, for a control plane of the whole cluster.
List istiod_cluster_rules() {
  return {
      rule({""}, {"nodes"}, kRead),
      rule({"apiextensions.k8s.io"}, {"customresourcedefinitions"}, kRead),
      rule({"networking.k8s.io"}, {"ingressclasses"}, kRead),
      rule({"authentication.k8s.io"}, {"tokenreviews"}, {"create"}),
      rule({"authorization.k8s.io"}, {"subjectaccessreviews"}, {"create"}),
  };
}

List gateway_controller_rules() {
  return {rule({"apps"}, {"deployments"}, kWrite),
          rule({""}, {"services", "serviceaccounts"}, kWrite)};
}

// Only in the mesh's own namespace.
List internal_rules() {
  return {
      rule({""}, {"secrets"}, {"get", "list", "watch", "create", "update", "delete"}),
      rule({""}, {"configmaps"}, {"delete"}),
      rule({"networking.istio.io"}, {"gateways"}, {"create"}),  // dry runs: is the webhook there?
      rule({"coordination.k8s.io"}, {"leases"}, {"get", "create", "update", "patch"}),
      rule({"federation.maistra.io"},
           {"servicemeshpeers", "servicemeshpeers/status", "exportedservicesets",
            "exportedservicesets/status", "importedservicesets", "importedservicesets/status"},
           {"get", "list", "watch", "update", "patch"}),
  };
}

List prometheus_rules() {
  return {rule({"maistra.io"}, {"servicemeshmemberrolls"}, kRead),
          rule({""}, {"services", "endpoints", "pods"}, kRead),
          rule({""}, {"configmaps"}, {"get"})};
}

class Access {
 public:
  explicit Access(ObjectRendering& out) : out_(out), facts_(out.facts()) {}

  void render() {
    render_istiod();
    if (facts_.prometheus) render_prometheus();
    if (facts_.grafana) add_account("grafana", "grafana", {{"app", "grafana"}}, "", nullptr);
    for (const GatewayFacts& gateway : facts_.gateways) render_gateway(gateway);
  }

 private:
  using Details = ObjectRendering::Details;

  bool old_names() const { return !smcp::at_least(facts_.version, smcp::Version::kV2_2); }

  void add_account(const std::string& name, std::string_view component, Labels labels,
                   const std::string& ns, BecausePtr because) {
    if (because == nullptr) because = out_.because_of("", "the component runs as this account");
    out_.add(Kind::kServiceAccount, name, Value(),
             {component, std::move(labels), false, std::move(because), ns}, Ownership::kFields);
  }

  // A ClusterRole and who has it: everywhere in a cluster-wide mesh, else namespace by namespace.
  void cluster_role(const std::string& name, List rules, const std::string& account_name,
                    const Details& details, bool everywhere) {
    out_.add(Kind::kClusterRole, name, map({{"rules", Value(std::move(rules))}}), details);
    out_.add(everywhere ? Kind::kClusterRoleBinding : Kind::kRoleBinding, name,
             map({{"roleRef", role_ref("ClusterRole", name)},
                  {"subjects", list({account(account_name, facts_.ns)})}}),
             details);
  }

  void role(const std::string& name, List rules, const std::string& account_name,
            const Details& details) {
    const std::string& ns = details.ns.empty() ? facts_.ns : details.ns;
    out_.add(Kind::kRole, name, map({{"rules", Value(std::move(rules))}}), details);
    out_.add(
        Kind::kRoleBinding, name,
        map({{"roleRef", role_ref("Role", name)}, {"subjects", list({account(account_name, ns)})}}),
        details);
  }

  void render_istiod() {
    const std::string& rev = facts_.name;
    const std::string unique = rev + "-" + facts_.ns;
    const std::string user = (old_names() ? "istiod-service-account-" : "istiod-") + rev;
    Details details{"istio-discovery", {{"app", "istiod"}}, false, nullptr};
    details.because = out_.because_of("", "the control plane runs as this account");
    add_account(user, details.component, details.labels, "", details.because);
    details.because = out_.because_of("", "the control plane works in every namespace of its mesh");
    List rules = istiod_rules();
    if (facts_.cluster_wide) {
      for (Value& more : istiod_cluster_rules()) rules.push_back(std::move(more));
    }
    cluster_role((old_names() ? "istiod-" : "istiod-clusterrole-") + unique, std::move(rules), user,
                 details, facts_.cluster_wide);
    if (!old_names()) {
      cluster_role("istiod-gateway-controller-" + unique, gateway_controller_rules(), user, details,
                   facts_.cluster_wide);
    }
    details.internal = true;
    details.because = out_.because_of("", "the control plane keeps its own state here");
    role("istiod-internal-" + rev, internal_rules(), user, details);
  }

  void render_prometheus() {
    Details details{"prometheus", {{"app", "prometheus"}}, false, nullptr};
    details.because = out_.because_of("spec.addons.prometheus.enabled",
                                      "Prometheus scrapes every namespace of the mesh");
    add_account("prometheus", details.component, details.labels, "", details.because);
    cluster_role("prometheus-" + facts_.ns, prometheus_rules(), "prometheus", details, false);
  }

  void render_gateway(const GatewayFacts& gateway) {
    Details details{gateway.ingress ? "istio-ingress" : "istio-egress",
                    {{"istio.io/rev", facts_.name}},
                    true,
                    out_.because_of(gateway.field, "the gateway reads its certificates"),
                    gateway.ns};
    std::string user = gateway.name + "-service-account";
    add_account(user, details.component, gateway.labels, gateway.ns,
                out_.because_of(gateway.field, "the gateway runs as this account"));
    role(gateway.name + "-sds", {rule({""}, {"secrets"}, kRead)}, user, details);
  }

  ObjectRendering& out_;
  const MeshFacts& facts_;
};

// The control plane controls it, or would if its uid were known.
bool is_controlled(const kube::Object& object, const MeshFacts& facts) {
  const Value* metadata = object.document.find("metadata");
  const Value* owners = metadata == nullptr ? nullptr : metadata->find("ownerReferences");
  const List* list = owners == nullptr ? nullptr : owners->if_list();
  if (list == nullptr) return false;
  for (const Value& owner : *list) {
    const Value* controller = owner.find("controller");
    const bool* controls = controller == nullptr ? nullptr : controller->if_bool();
    if (controls == nullptr || !*controls || owner.string_at("kind") != "ServiceMeshControlPlane") {
      continue;
    }
    const std::string& uid = facts.control_plane->uid;
    return owner.string_at("name") == facts.name && (uid.empty() || owner.string_at("uid") == uid);
  }
  return false;
}

// The rules that are there and, if it is missing, ours.
Value with_rule(const kube::Object& role, Value ours) {
  const Value* rules = role.document.find("rules");
  const List* there = rules == nullptr ? nullptr : rules->if_list();
  if (there == nullptr) return list({std::move(ours)});
  for (const Value& rule : *there) {
    if (rule == ours) return *rules;
  }
  List out = *there;
  out.push_back(std::move(ours));
  return Value(std::move(out));
}

bool is_labelled(const kube::Object& object, const MeshFacts& facts) {
  auto has = [&](const std::string& key, const std::string& value) {
    auto at = object.labels.find(key);
    return at != object.labels.end() && at->second == value;
  };
  return has(names::kAppManagedBy, names::kManager) && has(names::kOwner, facts.ns) &&
         has(names::kOwnerName, facts.name);
}

// One that is there and was not made for the control plane is somebody's own and left alone
// (upstream: pkg/controller/servicemesh/controlplane/rbac.go).
void add_mesh_user(const index::Snapshot& snapshot, const MeshFacts& facts, Kind kind,
                   const char* name, Value content, BecausePtr why,
                   std::vector<PlannedObject>& out) {
  kube::ObjectPtr there = snapshot.find({kind, facts.ns, name});
  content.set("metadata", rendered_metadata(facts, "maistra-rbac"));
  bool ours = there == nullptr || is_controlled(*there, facts) || is_labelled(*there, facts);
  out.push_back(planned(kind, facts.ns, name, std::move(content), {std::move(why)}, facts.tenant,
                        ours ? Ownership::kFields : Ownership::kExistence));
}

}  // namespace

void render_access(ObjectRendering& out) { Access(out).render(); }

void plan_mesh_users(const index::Snapshot& snapshot, const MeshFacts& facts,
                     std::vector<PlannedObject>& out) {
  Value ours = rule({"maistra.io"}, {"servicemeshcontrolplanes"}, {"use"});
  kube::ObjectPtr role = snapshot.find({Kind::kRole, facts.ns, "mesh-user"});
  Value rules = role == nullptr ? list({ours}) : with_rule(*role, ours);
  add_mesh_user(snapshot, facts, Kind::kRole, "mesh-user", map({{"rules", std::move(rules)}}),
                because(facts.control_plane->key, "", "who has this role may join the mesh"), out);
  add_mesh_user(snapshot, facts, Kind::kRoleBinding, "mesh-users",
                map({{"roleRef", role_ref("Role", "mesh-user")}}),
                because(facts.control_plane->key, "", "its subjects may join the mesh"), out);
}

}  // namespace mesh::tenancy
