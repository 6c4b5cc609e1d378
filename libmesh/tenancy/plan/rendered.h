// What Maistra's charts render around a control plane, as objects of their own: accounts, roles,
// bindings and NetworkPolicies. Charts stay charts for the rest (HelmRelease); these are planned one
// by one, because members get copies of them and because isolation hangs on them.
// Source of names and contents: resources/helm/v2.5; the rules are written anew.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libmesh/tenancy/beyond/options.h"
#include "libmesh/tenancy/plan/facts.h"
#include "libmesh/tenancy/plan/planned.h"

namespace mesh::tenancy {

// Collects the objects of one mesh, each with the labels that all of them have.
class ObjectRendering {
 public:
  explicit ObjectRendering(const MeshFacts& facts) : facts_(facts) {}

  const MeshFacts& facts() const { return facts_; }
  std::vector<PlannedObject> take() { return std::move(objects_); }

  struct Details {
    std::string_view component;  // chart: "istio-discovery", "prometheus", …
    Labels labels;               // beside the common ones
    bool internal = false;       // not to be copied into members
    BecausePtr because;
    std::string ns{};  // another namespace than the mesh's
  };
  // `content`: the object without metadata.
  void add(kube::Kind kind, const std::string& name, document::Value content,
           const Details& details, Ownership ownership = Ownership::kWhole);
  BecausePtr because_of(std::string field, std::string reason) const;
  document::Value metadata(const Details& details, bool namespaced) const;

 private:
  const MeshFacts& facts_;
  std::vector<PlannedObject> objects_;
};

// Labels, generation and owner of what is made for a control plane in its own namespace.
document::Value rendered_metadata(const MeshFacts& facts, std::string_view component);

// ownerReferences of what the control plane controls; null when its uid is not known.
document::Value owner_references(const MeshFacts& facts);

void render_access(ObjectRendering& out);  // accounts, roles and bindings
void render_policies(ObjectRendering& out, const MeshOptions& options);  // NetworkPolicies
// The policy that lets the router in; with `Never` there is none and the body is null.
document::Value expose_route_spec(const Exposure& exposure);

// Role mesh-user and RoleBinding mesh-users, by which a tenant lets others join.
void plan_mesh_users(const index::Snapshot& snapshot, const MeshFacts& facts,
                     std::vector<PlannedObject>& out);

}  // namespace mesh::tenancy
