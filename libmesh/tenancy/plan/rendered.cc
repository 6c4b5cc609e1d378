#include "libmesh/tenancy/plan/rendered.h"

#include "libmesh/tenancy/plan/body.h"
#include "libmesh/tenancy/plan/names.h"

namespace mesh::tenancy {

using document::List;
using document::Map;
using document::Value;

Value owner_references(const MeshFacts& facts) {
  const std::string& uid = facts.control_plane->uid;
  if (uid.empty()) return Value();
  return body::list({body::map({{"apiVersion", body::text("maistra.io/v2")},
                                {"kind", body::text("ServiceMeshControlPlane")},
                                {"name", body::text(facts.name)},
                                {"uid", body::text(uid)},
                                {"controller", Value(true)},
                                {"blockOwnerDeletion", Value(true)}})});
}

BecausePtr ObjectRendering::because_of(std::string field, std::string reason) const {
  return because(facts_.control_plane->key, std::move(field), std::move(reason));
}

// Maistra's labels for what it renders (pkg/controller/common/helm/manifestprocessing.go,
// addMetadata) and those of the charts. Owners must live in the namespace of what they own.
Value ObjectRendering::metadata(const Details& details, bool namespaced) const {
  std::string component(details.component);
  Labels labels = {{names::kMaistraVersion, facts_.chart_version},
                   {"release", "istio"},
                   {names::kAppName, component},
                   {names::kAppComponent, component},
                   {names::kAppInstance, facts_.ns},
                   {names::kAppVersion, facts_.generation},
                   {names::kAppPartOf, "istio"},
                   {names::kAppManagedBy, names::kManager},
                   {names::kOwner, facts_.ns},
                   {names::kOwnerName, facts_.name}};
  labels.insert(details.labels.begin(), details.labels.end());
  Labels annotations = {{names::kMeshGeneration, facts_.generation}};
  if (details.internal) annotations[names::kInternal] = "true";
  Value out =
      body::map({{"labels", body::labels(labels)}, {"annotations", body::labels(annotations)}});
  Value owners = owner_references(facts_);
  bool same = details.ns.empty() || details.ns == facts_.ns;
  if (namespaced && same && !owners.is_null()) out.set("ownerReferences", std::move(owners));
  return out;
}

Value rendered_metadata(const MeshFacts& facts, std::string_view component) {
  return ObjectRendering(facts).metadata({component, {}, false, nullptr}, true);
}

void ObjectRendering::add(kube::Kind kind, const std::string& name, Value content,
                          const Details& details, Ownership ownership) {
  bool namespaced = !kube::is_cluster_scoped(kind);
  Value body = body::map({{"metadata", metadata(details, namespaced)}});
  if (Map* members = content.if_map()) {
    for (document::Member& member : *members) body.set(member.key, std::move(member.value));
  }
  std::string ns = !namespaced ? "" : details.ns.empty() ? facts_.ns : details.ns;
  objects_.push_back(planned(kind, std::move(ns), name, std::move(body), {details.because},
                             facts_.tenant, ownership));
}

}  // namespace mesh::tenancy
