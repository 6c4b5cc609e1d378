#include "libmesh/tenancy/plan/mesh_template.h"

#include <algorithm>
#include <utility>

#include "libmesh/smcp/versions.h"
#include "libmesh/tenancy/plan/body.h"
#include "libmesh/tenancy/plan/names.h"
#include "libmesh/tenancy/plan/rendered.h"

namespace mesh::tenancy {
namespace {

using document::Map;
using document::Member;
using document::Value;
using kube::Kind;

constexpr const char* kNetworkDefinition = "network-attachment-definitions.k8s.cni.cncf.io";

bool is_source_kind(Kind kind) {
  return kind == Kind::kRoleBinding || kind == Kind::kNetworkPolicy;
}

// Roles are not copied, so a binding to one would point nowhere; what is internal stays; and a
// cluster-wide istiod has its rights everywhere already.
bool is_copied(Kind kind, const std::string& name, const Value& body, bool cluster_wide) {
  if (kind == Kind::kRoleBinding) {
    const Value* ref = body.find("roleRef");
    if (ref == nullptr || ref->string_at("kind") == "Role") return false;
    return !cluster_wide || !name.starts_with("istiod-");
  }
  const Value* metadata = body.find("metadata");
  const Value* annotations = metadata == nullptr ? nullptr : metadata->find("annotations");
  return annotations == nullptr || annotations->find(names::kInternal) == nullptr;
}

const std::string* label(const kube::Object& object, const std::string& key) {
  auto at = object.labels.find(key);
  return at == object.labels.end() ? nullptr : &at->second;
}

bool has_label(const kube::Object& object, const std::string& key, std::string_view value) {
  const std::string* text = label(object, key);
  return text != nullptr && *text == value;
}

// Left by an older generation of this control plane: it will be pruned, and is no source.
bool is_outdated(const kube::Object& object, const MeshFacts& facts) {
  const std::string* version = label(object, names::kAppVersion);
  return has_label(object, names::kAppManagedBy, names::kManager) &&
         has_label(object, names::kOwnerName, facts.name) && version != nullptr &&
         *version != facts.generation;
}

Value without(const Value& map, std::initializer_list<std::string_view> keys) {
  Map out;
  if (const Map* members = map.if_map()) {
    for (const Member& member : *members) {
      if (std::find(keys.begin(), keys.end(), member.key) == keys.end()) out.push_back(member);
    }
  }
  return Value(std::move(out));
}

class Maker {
 public:
  Maker(const index::Snapshot& snapshot, const index::Tenant& tenant, const PlanOptions& options,
        MeshTemplate& out)
      : snapshot_(snapshot), tenant_(tenant), plan_(options), out_(out) {}

  void make() {
    out_.made_from = inputs_of(snapshot_, tenant_, plan_);
    out_.dying = is_deleting(*tenant_.control_plane);
    Judgement judged = judge(snapshot_, tenant_, release_options(plan_));
    if (!judged.rendering) {
      out_.refusal = std::move(judged.refusal);
      return;
    }
    out_.facts = facts_of(tenant_, plan_, *judged.rendering);
    out_.options = mesh_options(snapshot_, tenant_);
    out_.network = choose_member_network(snapshot_);
    add_own_namespace();
    add_finalizer();
    plan_mesh_users(snapshot_, out_.facts, out_.objects);
    ObjectRendering rendering(out_.facts);
    render_access(rendering);
    render_policies(rendering, out_.options);
    std::vector<PlannedObject> rendered = rendering.take();
    add_copies(rendered);
    std::move(rendered.begin(), rendered.end(), std::back_inserter(out_.objects));
    add_expose();
    add_member_parts();
  }

 private:
  const MeshFacts& facts() const { return out_.facts; }

  void add_own_namespace() {
    bool ignore = !smcp::at_least(facts().version, smcp::Version::kV2_4);
    Value body = body::map({{"metadata", body::map({{"labels", Value(Map())}})}});
    Value& labels = *body.find("metadata")->find("labels");
    labels.set(names::kMemberOf, Value(facts().ns));
    labels.set(names::kIgnoreNamespace, ignore ? Value("ignore") : Value());
    out_.objects.push_back(planned(
        Kind::kNamespace, "", facts().ns, std::move(body),
        {because(facts().control_plane->key, "", "the mesh's own namespace is part of the mesh")},
        facts().tenant, Ownership::kFields));
  }

  // Until everything that was made for the control plane is undone, it must not go (leaving.cc).
  void add_finalizer() {
    const Value* metadata = facts().control_plane->document.find("metadata");
    const Value* there = metadata == nullptr ? nullptr : metadata->find("finalizers");
    document::List list;
    if (there != nullptr && there->if_list() != nullptr) list = *there->if_list();
    Value ours(names::kFinalizer);
    if (std::find(list.begin(), list.end(), ours) == list.end()) list.push_back(std::move(ours));
    PlannedObject object = planned(
        Kind::kServiceMeshControlPlane, facts().ns, facts().name,
        body::map({{"metadata", body::map({{"finalizers", Value(std::move(list))}})}}),
        {because(facts().control_plane->key, "", "what is made for it is undone before it goes")},
        facts().tenant, Ownership::kFields);
    object.api_version = facts().control_plane->api_version;
    object.phase = Phase::kRecords;
    out_.objects.push_back(std::move(object));
  }

  void add_copies(const std::vector<PlannedObject>& rendered) {
    for (const PlannedObject& source : rendered) {
      if (is_source_kind(source.key.kind) && source.key.ns == facts().ns) {
        add_copy(source.key, source.api_version, *source.body);
      }
    }
    for (Kind kind : {Kind::kRoleBinding, Kind::kNetworkPolicy}) {
      for (const auto& [key, object] : snapshot_.objects(kind).in_namespace(facts().ns)) {
        if (!has_label(*object, names::kOwner, facts().ns) || is_outdated(*object, facts()))
          continue;
        bool ours = std::any_of(rendered.begin(), rendered.end(),
                                [&key = key](const PlannedObject& o) { return o.key == key; });
        if (ours || is_deleting(*object)) continue;
        if (kind == Kind::kNetworkPolicy && !facts().manage_network_policy) continue;
        add_copy(key, object->api_version,
                 without(object->document, {"apiVersion", "kind", "status"}));
      }
    }
  }

  void add_copy(const kube::ObjectKey& source, const std::string& api_version, const Value& body) {
    if (!is_copied(source.kind, source.name, body, facts().cluster_wide)) return;
    if (source.kind == Kind::kNetworkPolicy && out_.network.strategy != MemberNetwork::kPolicies) {
      return;
    }
    Copy copy;
    copy.kind = source.kind;
    copy.name = source.name;
    copy.api_version = api_version;
    copy.body = copy_body(body, facts().ns);
    copy.because = because(source, "", "every member gets a copy of it");
    copy.expose_route =
        source.kind == Kind::kNetworkPolicy && source.name == "istio-expose-route-" + facts().name;
    out_.copies.push_back(std::move(copy));
  }

  void add_expose() {
    if (out_.network.strategy != MemberNetwork::kPolicies) return;
    ObjectRendering rendering(out_.facts);
    render_policies(rendering, MeshOptions());
    for (PlannedObject& policy : rendering.take()) {
      if (!policy.key.name.starts_with("istio-expose-route")) continue;
      out_.expose = {policy.key.kind,        policy.key.name,
                     policy.api_version,     copy_body(*policy.body, facts().ns),
                     policy.because.front(), true};
    }
  }

  void add_member_parts() {
    const std::string& ns = facts().ns;
    Value labels = body::map({{names::kMemberOf, body::text(ns)}});
    Value body = body::map({{"metadata", body::map({{"labels", std::move(labels)}})}});
    out_.label_body = std::make_shared<const Value>(body);
    bool attach = plan_.cni &&
                  has_kind(snapshot_, Kind::kNetworkAttachmentDefinition, kNetworkDefinition, true);
    if (!attach) return;
    out_.cni_network = smcp::cni_network_name(facts().version);
    body.set("spec", Value(Map()));
    out_.cni_body = std::make_shared<const Value>(std::move(body));
    out_.cni_because = because(facts().control_plane->key, "spec.version",
                               "pods get the network of this version's CNI plug-in");
  }

  const index::Snapshot& snapshot_;
  const index::Tenant& tenant_;
  const PlanOptions& plan_;
  MeshTemplate& out_;
};

}  // namespace

// Without the labels by which the pruner finds what it may delete (removeLabelsUsedByPruner), without
// the generation (a copy would have to be rewritten for each), and without what kubectl remembers.
Body copy_body(const Value& source, const std::string& mesh_ns) {
  const Value* metadata = source.find("metadata");
  static const Value kNone{Map()};
  auto part = [&](const char* name) -> const Value& {
    const Value* value = metadata == nullptr ? nullptr : metadata->find(name);
    return value == nullptr ? kNone : *value;
  };
  Value labels = without(part("labels"), {names::kOwner, names::kOwnerName, names::kAppVersion});
  labels.set(names::kMemberOf, Value(mesh_ns));
  Value annotations = without(part("annotations"), {names::kMeshGeneration, names::kLastApplied});
  Value out = without(source, {"metadata"});
  Value kept = body::map({{"labels", std::move(labels)}});
  if (!annotations.if_map()->empty()) kept.set("annotations", std::move(annotations));
  out.set("metadata", std::move(kept));
  return std::make_shared<const Value>(std::move(out));
}

std::vector<kube::ObjectPtr> inputs_of(const index::Snapshot& snapshot, const index::Tenant& tenant,
                                       const PlanOptions& options) {
  std::vector<kube::ObjectPtr> out = {tenant.control_plane};
  auto object = [&](Kind kind, const std::string& ns, const char* name) {
    out.push_back(snapshot.find({kind, ns, name}));
  };
  object(Kind::kMeshOptions, tenant.ns, "default");
  object(Kind::kNamespace, "", tenant.ns.c_str());
  object(Kind::kConfigMap, options.operator_namespace, "smcp-templates");
  object(Kind::kNetwork, "", "cluster");
  object(Kind::kClusterNetwork, "", "default");
  object(Kind::kCustomResourceDefinition, "", kNetworkDefinition);
  object(Kind::kCustomResourceDefinition, "", "networks.config.openshift.io");
  static const auto kThere = std::make_shared<const kube::Object>();
  for (Kind kind :
       {Kind::kCustomResourceDefinition, Kind::kNetworkAttachmentDefinition, Kind::kNetwork}) {
    out.push_back(snapshot.objects(kind).empty() ? nullptr : kThere);
  }
  // One that serves the whole cluster keeps others from being rendered.
  for (const auto& [key, other] : snapshot.objects(Kind::kServiceMeshControlPlane)) {
    out.push_back(other);
  }
  for (Kind kind :
       {Kind::kRole, Kind::kRoleBinding, Kind::kNetworkPolicy, Kind::kJaeger, Kind::kKiali}) {
    for (const auto& [key, each] : snapshot.objects(kind).in_namespace(tenant.ns)) {
      out.push_back(each);
    }
  }
  return out;
}

Body exposure_body(MeshTemplate& mesh, const Exposure& exposure) {
  for (const auto& [known, body] : mesh.exposures) {
    if (known == exposure) return body;
  }
  Body made;
  Value spec = expose_route_spec(exposure);
  if (!spec.is_null() && mesh.expose.body != nullptr) {
    Value body = *mesh.expose.body;
    body.set("spec", std::move(spec));
    made = std::make_shared<const Value>(std::move(body));
  }
  mesh.exposures.emplace_back(exposure, made);
  return made;
}

void update_releases(const index::Snapshot& snapshot, const index::Tenant& tenant,
                     const PlanOptions& options, MeshTemplate& mesh) {
  std::vector<std::string> members;
  members.reserve(tenant.members.size());
  for (const index::Member& member : tenant.members) {
    if (member.state == index::MemberState::kConfigured) members.push_back(member.ns);
  }
  if (!mesh.releases.empty() && mesh.released_for == members) return;
  std::string problem;  // none: the mesh was judged before
  mesh.releases = planned_releases(snapshot, tenant, release_options(options), problem);
  for (PlannedObject& release : mesh.releases) {
    Value body = *release.body;
    body.set("metadata",
             rendered_metadata(mesh.facts, release.body->find("spec")->string_at("chart")));
    release.body = std::make_shared<const Value>(std::move(body));
  }
  mesh.released_for = std::move(members);
}

std::unique_ptr<MeshTemplate> make_template(const index::Snapshot& snapshot,
                                            const index::Tenant& tenant,
                                            const PlanOptions& options) {
  auto out = std::make_unique<MeshTemplate>();
  Maker(snapshot, tenant, options, *out).make();
  return out;
}

}  // namespace mesh::tenancy
