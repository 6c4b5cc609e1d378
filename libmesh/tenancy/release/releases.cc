#include "libmesh/tenancy/release/releases.h"

#include <utility>

#include "libmesh/document/yaml.h"
#include "libmesh/smcp/path.h"

namespace mesh::tenancy {
namespace {

using document::List;
using document::Map;
using document::Member;
using document::Value;
using kube::Kind;
using smcp::at;
using smcp::put;
using smcp::text_at;

constexpr std::string_view kTemplates = "smcp-templates";

// A text that is no document is kept as it is: it is reported when somebody asks for the profile.
Value parse_profile(const std::string& text) {
  Diagnostics diagnostics;
  const auto documents = document::read_yaml(text, std::string(kTemplates), diagnostics);
  return documents.empty() ? Value(text) : documents.front().root;
}

bool is_controlled_by(const kube::Object& object, const kube::Object& owner) {
  const Value* references = at(object.document, "metadata.ownerReferences");
  if (references == nullptr || !references->is_list()) return false;
  for (const Value& reference : *references->if_list()) {
    const bool* controller = smcp::bool_at(reference, "controller");
    if (controller == nullptr || !*controller) continue;
    const std::string_view uid = text_at(reference, "uid");
    if (!owner.uid.empty() && !uid.empty()) return uid == owner.uid;
    return text_at(reference, "kind") == kube::kind_name(owner.key.kind) &&
           text_at(reference, "name") == owner.key.name;
  }
  return false;
}

std::optional<smcp::FoundResource> find_resource(const index::Snapshot& snapshot,
                                                 const index::Tenant& tenant, Kind kind,
                                                 const std::string& name) {
  const kube::ObjectPtr object = snapshot.find({kind, tenant.ns, name});
  if (object == nullptr) return std::nullopt;
  return smcp::FoundResource{is_controlled_by(*object, *tenant.control_plane),
                             std::string(text_at(object->document, "spec.strategy"))};
}

bool has_user_ids(const index::Snapshot& snapshot, const std::string& ns) {
  const kube::ObjectPtr object = snapshot.find({Kind::kNamespace, "", ns});
  if (object == nullptr) return false;
  auto range = object->annotations.find(std::string(smcp::kUserIdRange));
  return range != object->annotations.end() && !range->second.empty();
}

smcp::ClusterFacts cluster_facts(const index::Snapshot& snapshot, const index::Tenant& tenant,
                                 const ReleaseOptions& options, const Value& istio) {
  smcp::ClusterFacts out;
  out.cni = options.cni;
  out.operator_namespace = options.operator_namespace;
  out.chart_defaults = options.chart_defaults;
  for (const index::Member& member : tenant.members) {
    if (member.state == index::MemberState::kConfigured) out.members.push_back(member.ns);
  }
  if (has_user_ids(snapshot, tenant.ns)) out.user_ids.insert(tenant.ns);
  // What is no mapping makes no gateways; smcp/release.h treats it as none.
  if (const Value* gateways = at(istio, "gateways"); gateways != nullptr && gateways->is_map()) {
    for (const Member& gateway : *gateways->if_map()) {
      const std::string ns(text_at(gateway.value, "namespace"));
      if (!ns.empty() && has_user_ids(snapshot, ns)) out.user_ids.insert(ns);
    }
  }
  out.jaeger = find_resource(snapshot, tenant, Kind::kJaeger, smcp::jaeger_name(istio));
  out.kiali = find_resource(snapshot, tenant, Kind::kKiali, smcp::kiali_name(istio));
  return out;
}

Value release_body(const smcp::Release& release, const smcp::Rendering& rendering) {
  Value body{Map{}};
  put(body, "spec.chart", Value(release.chart));
  put(body, "spec.version", Value(smcp::version_text(rendering.effective.version)));
  put(body, "spec.path", Value(release.path));
  put(body, "spec.releaseName", Value(release.name));
  put(body, "spec.targetNamespace", Value(release.name_space));
  if (!release.gateway.empty()) put(body, "spec.gateway", Value(release.gateway));
  put(body, "spec.group", Value(static_cast<int64_t>(release.group)));
  put(body, "spec.values", release.values);
  return body;
}

std::string reason(const smcp::Release& release) {
  if (!release.gateway.empty()) return "wants the gateway " + release.gateway;
  return "wants the chart " + release.chart;
}

}  // namespace

smcp::ProfileSource profile_source(const index::Snapshot& snapshot, const ReleaseOptions& options) {
  smcp::ProfileSource source;
  source.default_profile = options.default_profile;
  source.images = options.images;
  const kube::ObjectPtr templates =
      snapshot.find({Kind::kConfigMap, options.operator_namespace, std::string(kTemplates)});
  if (templates == nullptr) return source;
  const Value* data = at(templates->document, "data");
  if (data == nullptr || !data->is_map()) return source;
  for (const Member& entry : *data->if_map()) {
    if (const std::string* text = entry.value.if_string()) {
      source.own.emplace(entry.key, parse_profile(*text));
    }
  }
  return source;
}

Result<smcp::Rendering> render_releases(const index::Snapshot& snapshot,
                                        const index::Tenant& tenant,
                                        const ReleaseOptions& options) {
  if (tenant.control_plane == nullptr) {
    return Error{ErrorCode::kInvalidArgument, "an implicit mesh has no values"};
  }
  const smcp::ProfileSource source = profile_source(snapshot, options);
  const Value& smcp = tenant.control_plane->document;
  // The values name the resources that are looked for.
  auto effective = smcp::apply_profiles(smcp, source);
  if (!effective) return effective.error();
  const smcp::ClusterFacts cluster =
      cluster_facts(snapshot, tenant, options, *effective->values.find("istio"));
  return smcp::render_effective(smcp, *std::move(effective), cluster);
}

std::vector<PlannedObject> planned_releases(const index::Snapshot& snapshot,
                                            const index::Tenant& tenant,
                                            const ReleaseOptions& options, std::string& problem) {
  std::vector<PlannedObject> out;
  auto rendering = render_releases(snapshot, tenant, options);
  if (!rendering) {
    problem = rendering.error().message;
    return out;
  }
  for (const smcp::Release& release : rendering->releases) {
    out.push_back(
        planned(Kind::kHelmRelease, tenant.ns, release.name, release_body(release, *rendering),
                {because(tenant.control_plane->key, "spec", reason(release))}, tenant.id));
  }
  return out;
}

}  // namespace mesh::tenancy
