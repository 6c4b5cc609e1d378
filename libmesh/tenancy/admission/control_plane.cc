// Whether a ServiceMeshControlPlane may be created or changed so
// (webhooks/validation/controlplane.go).
#include "libmesh/tenancy/admission/control_plane.h"

#include "libmesh/smcp/change.h"
#include "libmesh/smcp/shape.h"
#include "libmesh/smcp/strict.h"
#include "libmesh/smcp/validation.h"

namespace mesh::tenancy {
namespace {

using kube::Kind;
using smcp::Version;

const Value& spec_of(const Value& object) {
  static const Value kNone{Map{}};
  const Value* spec = object.find("spec");
  return spec == nullptr ? kNone : *spec;
}

std::optional<std::string> fault_of(const Value& object, std::string_view version) {
  const Value& spec = spec_of(object);
  const auto& shape = smcp::shape(version == "v1" ? "ControlPlaneSpecV1" : "ControlPlaneSpec");
  return smcp::type_fault(spec, shape, "spec");
}

// Another control plane than the request's own, in its namespace.
bool has_second(const HookCall& call) {
  size_t count = 0;
  bool own = false;
  const auto& planes = call.snapshot.objects(Kind::kServiceMeshControlPlane);
  for (const auto& [key, object] : planes.in_namespace(call.request.ns)) {
    ++count;
    own = own || key.name == call.request.name;
  }
  return count > 1 || (count == 1 && !own);
}

// The namespaces of the mesh: those that its roll says are configured, and those that it has by our
// own count.
std::set<std::string> mesh_namespaces(const HookCall& call) {
  std::set<std::string> out{call.request.ns};
  const kube::ObjectPtr roll =
      call.snapshot.find({Kind::kServiceMeshMemberRoll, call.request.ns, "default"});
  const Value* configured =
      roll == nullptr ? nullptr : smcp::at(roll->document, "status.configuredMembers");
  if (const List* list = configured == nullptr ? nullptr : configured->if_list()) {
    for (const Value& ns : *list) {
      if (const std::string* name = ns.if_string()) out.insert(*name);
    }
  }
  for (const index::Tenant& tenant : call.snapshot.tenants().list) {
    if (tenant.implicit || tenant.ns != call.request.ns) continue;
    for (const index::Member& member : tenant.members) {
      if (member.state == index::MemberState::kConfigured) out.insert(member.ns);
    }
  }
  return out;
}

smcp::Neighbours neighbours_of(const HookCall& call) {
  smcp::Neighbours out;
  const std::string name = name_of(call);
  for (const auto& [key, object] : call.snapshot.objects(Kind::kServiceMeshControlPlane)) {
    if (key.ns == call.request.ns && key.name == name) continue;
    out.control_planes.push_back(&object->document);
  }
  out.mesh_namespaces = mesh_namespaces(call);
  return out;
}

// v1.0 cannot be read any more, so the step into v1.1, which would ask for more, is never made.
smcp::MeshContent content_of(const HookCall& call, const std::set<std::string>& namespaces) {
  smcp::MeshContent out;
  for (const auto& [key, object] : call.snapshot.objects(Kind::kServiceMeshExtension)) {
    if (namespaces.contains(key.ns)) out.extensions.push_back({key.ns, key.name, ""});
  }
  return out;
}

struct Versions {
  Version now{};
  std::optional<Version> old;  // on update
};

// An object without spec.version is not read as of a default one here: the mutating hook has given
// it one.
Result<Versions> versions_of(const HookCall& call) {
  const Error unknown{
      ErrorCode::kInvalidArgument,
      "invalid Version specified; supported versions are: " + smcp::supported_versions_text()};
  Versions out;
  auto now = smcp::parse_version(smcp::text_at(call.object, "spec.version"));
  if (!now) return unknown;
  out.now = *now;
  if (call.request.operation != Operation::kUpdate) return out;
  if (auto fault = fault_of(call.request.old_object, call.request.version)) {
    return Error{ErrorCode::kInvalidArgument, "oldObject: " + *fault};
  }
  auto old = smcp::parse_version(smcp::text_at(call.request.old_object, "spec.version"));
  if (!old) return unknown;
  out.old = *old;
  return out;
}

// Whether the request makes a mesh serve the whole cluster that did not before.
bool takes_the_cluster(const HookCall& call, const Versions& versions) {
  const auto now = smcp::cluster_wide(spec_of(call.object), versions.now);
  if (!now.ok() || !*now) return false;
  if (!versions.old) return true;
  const auto before = smcp::cluster_wide(spec_of(call.request.old_object), *versions.old);
  return !before.ok() || !*before;
}

std::optional<Verdict> check_right_to_cluster(const HookCall& call, Version version) {
  // Who may create control planes everywhere may as well create one that sees everything.
  const bool preview = smcp::facts(version).mode == smcp::ModeField::kTechPreview;
  const auto may = call.access.may(
      preview ? Question{"*", "*", "*", "", ""}
              : Question{"create", "maistra.io", "servicemeshcontrolplanes", "", ""});
  if (!may) return std::nullopt;
  if (*may) return allowed();
  return refused(preview ? "a cluster-scoped SMCP may only be created by users with cluster-admin "
                           "permissions"
                         : "a cluster-scoped SMCP may only be created by users with cluster-scoped "
                           "\"create SMCP\" permissions");
}

std::string check_update(const HookCall& call, const Versions& versions,
                         const std::set<std::string>& namespaces) {
  std::string why =
      smcp::check_version_change(*versions.old, versions.now, content_of(call, namespaces));
  if (!why.empty()) return why;
  return smcp::check_mode_change(spec_of(call.request.old_object), spec_of(call.object),
                                 versions.now);
}

void add_warnings(const HookCall& call, Version version, Verdict& verdict) {
  const bool* routes = smcp::bool_at(call.object, "spec.gateways.openshiftRoute.enabled");
  if (routes != nullptr && *routes && smcp::at_least(version, Version::kV2_5)) {
    verdict.warnings.emplace_back(
        "spec.gateways.openshiftRoute is deprecated since v2.5: create Routes for gateways "
        "yourself");
  }
}

}  // namespace

std::optional<std::string> control_plane_fault(const HookCall& call) {
  if (call.request.version != "v1" && call.request.version != "v2") {
    return "unknown resource type: " + kind_text(call.request);
  }
  return fault_of(call.object, call.request.version);
}

std::optional<Verdict> validate_control_plane(const HookCall& call) {
  if (!is_watched(call.options, call.request.ns)) return allowed();
  if (!call.options.operator_namespace.empty() &&
      call.request.ns == call.options.operator_namespace) {
    return bad_request(
        "service mesh may not be installed in the same project/namespace as the operator");
  }
  if (has_second(call)) {
    return bad_request("only one service mesh may be installed per project/namespace");
  }
  if (auto fault = control_plane_fault(call)) return errored(400, *fault);
  const Result<Versions> versions = versions_of(call);
  if (!versions) return errored(400, versions.error().message);
  if (!smcp::supported(versions->now)) {
    return bad_request("Only '" + smcp::supported_versions_text() + "' versions are supported");
  }
  const smcp::Neighbours neighbours = neighbours_of(call);
  const smcp::Messages wrong = smcp::validate(call.object, versions->now, neighbours);
  if (!wrong.empty()) return bad_request(smcp::join(wrong));
  if (versions->old) {
    const std::string why = check_update(call, *versions, neighbours.mesh_namespaces);
    if (!why.empty()) return bad_request(why);
  }
  std::optional<Verdict> out = allowed();
  if (takes_the_cluster(call, *versions)) out = check_right_to_cluster(call, versions->now);
  if (out && out->allowed) add_warnings(call, versions->now, *out);
  return out;
}

}  // namespace mesh::tenancy
