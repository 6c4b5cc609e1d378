#include "libmesh/tenancy/release/judge.h"

#include <set>
#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/smcp/path.h"

namespace mesh::tenancy {
namespace {

using document::Value;
using kube::Kind;

Judgement refused(std::string reason, std::string step, std::string cause) {
  return {std::nullopt, {std::move(reason), std::move(step), std::move(cause), true}};
}

bool is_v1(const kube::Object& smcp) { return smcp.api_version.ends_with("/v1"); }

// The rules of what the object comes to with its profiles.
smcp::Messages applied_faults(const Value& document, const smcp::Effective& effective,
                              smcp::Version version, const smcp::Neighbours& neighbours) {
  Value applied{document::Map{}};
  applied.set("apiVersion", Value("maistra.io/v2"));
  if (const Value* metadata = document.find("metadata")) applied.set("metadata", *metadata);
  applied.set("spec", effective.spec);
  return smcp::validate_full(applied, version, neighbours);
}

// Where the cause is to be mended: it names a field, a version or a profile.
std::string field_of(const kube::Object& smcp, std::string_view cause) {
  if (cause.starts_with("spec.")) {
    return std::string(cause.substr(0, cause.find_first_of(": ")));
  }
  const Value* spec = smcp.document.find("spec");
  if (spec == nullptr) return "spec";
  const std::string_view version = spec->string_at("version");
  if (!version.empty() && !smcp::parse_version(version)) return "spec.version";
  const Value* profiles = spec->find("profiles");
  const document::List* list = profiles == nullptr ? nullptr : profiles->if_list();
  for (size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const std::string* name = (*list)[i].if_string();
    if (name != nullptr && cause.starts_with("profile \"" + *name + "\"")) {
      return "spec.profiles[" + std::to_string(i) + "]";
    }
  }
  return "spec";
}

Diagnostic diagnostic_of(const kube::Object& smcp, const Refusal& refusal) {
  Diagnostic out;
  out.severity = Severity::kError;
  out.code = Code::kControlPlaneInvalid;
  out.object = kube::to_string(smcp.key);
  out.field = field_of(smcp, refusal.cause);
  out.message = refusal.cause;
  out.mend = "mend the field that it names; until then the operator keeps the last good state";
  out.file = smcp.file;
  const Value* spec = smcp.document.find("spec");
  const document::Position place = spec == nullptr ? smcp.document.position : spec->position;
  out.line = place.line;
  out.column = place.column;
  return out;
}

}  // namespace

smcp::Neighbours neighbours_of(const index::Snapshot& snapshot, const index::Tenant& tenant) {
  smcp::Neighbours out;
  for (const auto& [key, other] : snapshot.objects(Kind::kServiceMeshControlPlane)) {
    if (key != tenant.control_plane->key) out.control_planes.push_back(&other->document);
  }
  // Only rules of v1 objects ask for them.
  if (is_v1(*tenant.control_plane)) {
    out.mesh_namespaces.insert(tenant.namespaces.begin(), tenant.namespaces.end());
  }
  return out;
}

Judgement judge(const index::Snapshot& snapshot, const index::Tenant& tenant,
                const ReleaseOptions& options) {
  const kube::Object& object = *tenant.control_plane;
  const std::string_view errored =
      smcp::text_at(object.document, "spec.techPreview.errored.message");
  if (!errored.empty()) {
    Judgement skipped =
        refused("ValidationError", "Reconciliation skipped due to presence of a conversion error",
                "conversion error: " + std::string(errored));
    skipped.refusal.tried = false;
    return skipped;
  }
  const auto version = smcp::parse_version(tenant.version.empty() ? "v2.5" : tenant.version);
  if (!version) return refused("ValidationError", "Spec is invalid", version.error().message);
  const smcp::Neighbours neighbours = neighbours_of(snapshot, tenant);
  // A v1 object of v2.0 and later is how that API shows one that is stored as v2.
  const bool as_values = is_v1(object) && !smcp::facts(*version).istiod;
  if (as_values || !is_v1(object)) {
    const smcp::Messages written = smcp::validate(object.document, *version, neighbours);
    if (!written.empty()) return refused("ValidationError", "Spec is invalid", smcp::join(written));
  }
  auto rendering = render_releases(snapshot, tenant, options);
  if (!rendering) {
    const bool values = rendering.error().code == smcp::kBadValues;
    return refused(values ? "ValidationError" : "ReconcileError",
                   values ? "Spec is invalid" : "Error rendering helm charts",
                   rendering.error().message);
  }
  if (!as_values) {
    const smcp::Messages applied =
        applied_faults(object.document, rendering->effective, *version, neighbours);
    if (!applied.empty()) return refused("ValidationError", "Spec is invalid", smcp::join(applied));
  }
  return {*std::move(rendering), {}};
}

Diagnostics check_control_planes(const index::Snapshot& snapshot) {
  Diagnostics out;
  std::set<std::string> told;  // what cannot be converted was found while reading
  for (const Diagnostic& each : snapshot.diagnostics()) {
    if (each.code == Code::kConversion) told.insert(each.object);
  }
  for (const index::Tenant& tenant : snapshot.tenants().list) {
    if (tenant.implicit || told.contains(to_string(tenant.control_plane->key))) continue;
    const Judgement found = judge(snapshot, tenant, {});
    if (!found.rendering) out.push_back(diagnostic_of(*tenant.control_plane, found.refusal));
  }
  return out;
}

}  // namespace mesh::tenancy
