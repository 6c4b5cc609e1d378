#include "libmesh/tenancy/beyond/objects.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "libmesh/tenancy/plan/network.h"

namespace mesh::tenancy {
namespace {

using kube::Kind;
using kube::ObjectPtr;

constexpr Kind kMadeKinds[] = {Kind::kServiceAccount,
                               Kind::kService,
                               Kind::kDeployment,
                               Kind::kDestinationRule,
                               Kind::kPeerAuthentication,
                               Kind::kNetworkPolicy,
                               Kind::kRole,
                               Kind::kRoleBinding,
                               Kind::kRoute};

class Builder {
 public:
  Builder(const index::Snapshot& snapshot, const PlanOptions& options)
      : snapshot_(snapshot), options_(options) {}

  // Namespaces that say something for themselves: there are few of them.
  void everything() {
    std::set<std::string> speaking;
    for (Kind kind : {Kind::kMeshOptions, Kind::kMemberOptions, Kind::kServiceMeshGateway}) {
      for (const auto& [key, object] : snapshot_.objects(kind)) speaking.insert(key.ns);
    }
    for (const std::string& ns : speaking) namespace_of(ns);
    for (Kind kind : kMadeKinds) leftovers(snapshot_.objects(kind));
  }
  void one(const std::string& ns) {
    namespace_of(ns);
    for (Kind kind : kMadeKinds) leftovers(snapshot_.objects(kind).in_namespace(ns));
  }
  std::vector<PlannedObject> take() { return std::move(out_); }

 private:
  void namespace_of(const std::string& ns) {
    const index::Tenant* tenant = snapshot_.tenants().of_namespace(ns);
    if (tenant == nullptr || tenant->implicit || is_deleting(*tenant->control_plane)) return;
    append(mutual_tls_objects(snapshot_, *tenant, ns));
    for (const auto& [key, gateway] :
         snapshot_.objects(Kind::kServiceMeshGateway).in_namespace(ns)) {
      add_gateway(*tenant, gateway);
    }
  }
  template <typename Range>
  void leftovers(const Range& objects) {
    for (const auto& [key, object] : objects) {
      if (object->labels.empty()) continue;
      auto label = object->labels.find(kMadeForLabel);
      if (label != object->labels.end() && !wanted_.contains(key))
        add_absent(object, label->second);
    }
  }
  void add_gateway(const index::Tenant& tenant, const ObjectPtr& gateway);
  void add_absent(const ObjectPtr& object, const std::string& made_for);
  bool policies(const index::Tenant& tenant, const std::string& ns);
  void append(std::vector<PlannedObject> objects) {
    for (PlannedObject& object : objects) {
      wanted_.insert(object.key);
      out_.push_back(std::move(object));
    }
  }

  const index::Snapshot& snapshot_;
  const PlanOptions& options_;
  std::map<model::TenantId, bool> policies_;  // of meshes with gateways
  std::set<kube::ObjectKey> wanted_;
  std::vector<PlannedObject> out_;
};

// Whether the mesh makes NetworkPolicies in the namespace.
bool Builder::policies(const index::Tenant& tenant, const std::string& ns) {
  auto [at, fresh] = policies_.try_emplace(tenant.id, false);
  if (fresh) {
    std::string problem;
    std::optional<MeshFacts> facts = read_facts(snapshot_, tenant, options_, problem);
    at->second = facts && facts->manage_network_policy &&
                 choose_member_network(snapshot_).strategy == MemberNetwork::kPolicies;
  }
  return at->second && member_options(snapshot_, ns).manage_network_policy;
}

void Builder::add_gateway(const index::Tenant& tenant, const ObjectPtr& gateway) {
  Diagnostics problems = check_gateway(snapshot_, gateway);
  bool broken = std::any_of(problems.begin(), problems.end(),
                            [](const Diagnostic& d) { return d.severity == Severity::kError; });
  if (is_deleting(*gateway)) return;
  // What stands while its description is broken goes on standing.
  if (broken) {
    for (const PlannedObject& object : gateway_objects(snapshot_, tenant, gateway, true)) {
      wanted_.insert(object.key);
    }
    return;
  }
  append(gateway_objects(snapshot_, tenant, gateway, policies(tenant, gateway->key.ns)));
}

void Builder::add_absent(const ObjectPtr& object, const std::string& made_for) {
  auto mesh = object->labels.find(kMeshLabel);
  model::TenantId owner;
  for (const index::Tenant& tenant : snapshot_.tenants().list) {
    if (mesh != object->labels.end() && !tenant.implicit && tenant.ns == mesh->second) {
      owner = tenant.id;
    }
  }
  if (owner.value.empty() && options_.partial) return;  // its mesh may be elsewhere
  size_t dot = made_for.find('.');
  std::optional<Kind> kind = Kind::kServiceMeshGateway;
  if (made_for.starts_with("MeshOptions.")) kind = Kind::kMeshOptions;
  if (made_for.starts_with("MemberOptions.")) kind = Kind::kMemberOptions;
  std::string name = dot == std::string::npos ? made_for : made_for.substr(dot + 1);
  out_.push_back(absent(object->key,
                        {because({*kind, object->key.ns, std::move(name)}, "",
                                 "does not want it any more, or is not there")},
                        std::move(owner)));
}

}  // namespace

std::vector<PlannedObject> beyond_objects(const index::Snapshot& snapshot,
                                          const PlanOptions& options, const std::string* ns) {
  Builder builder(snapshot, options);
  if (ns == nullptr) {
    builder.everything();
  } else {
    builder.one(*ns);
  }
  return builder.take();
}

}  // namespace mesh::tenancy
