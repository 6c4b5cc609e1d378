// What a ServiceMeshControlPlane is given that does not say it itself: its version, its profile,
// and, since v2.5, no Routes for Gateways (webhooks/mutation/controlplane.go).
#include "libmesh/smcp/versions.h"
#include "libmesh/tenancy/admission/control_plane.h"
#include "libmesh/tenancy/admission/hooks.h"

namespace mesh::tenancy {
namespace {

using smcp::at;

Value add(std::string_view path, Value value) {
  Value operation;
  operation.set("op", Value("add"));
  operation.set("path", Value(path));
  operation.set("value", std::move(value));
  return operation;
}

std::string_view default_version(const AdmissionRequest& request) {
  return smcp::version_text(request.version == "v1" ? smcp::kDefaultV1 : smcp::kDefaultV2);
}

// The version that the object gets, or empty when it keeps its own. It cannot be cleared.
std::string missing_version(const HookCall& call) {
  if (!smcp::text_at(call.object, "spec.version").empty()) return {};
  if (call.request.operation == Operation::kCreate) {
    return std::string(default_version(call.request));
  }
  return std::string(smcp::text_at(call.request.old_object, "spec.version"));
}

// Routes for Gateways are on their way out: who creates a control plane and does not ask for them
// gets none.
bool lacks_route_switch(const HookCall& call, const std::string& added_version) {
  if (call.request.operation != Operation::kCreate || call.request.version != "v2") return false;
  if (at(call.object, "spec.gateways.openshiftRoute.enabled") != nullptr) return false;
  const std::string_view own = smcp::text_at(call.object, "spec.version");
  const auto version = smcp::parse_version(own.empty() ? added_version : own);
  return version.ok() && smcp::at_least(*version, smcp::Version::kV2_5);
}

Value gateways_without_routes(const Value& object) {
  const Value* given = at(object, "spec.gateways");
  Value gateways = given == nullptr ? Value(Map{}) : *given;
  Value* route = gateways.find("openshiftRoute");
  if (route == nullptr || !route->is_map()) {
    route = &gateways.set("openshiftRoute", Value(Map{}));
  }
  route->set("enabled", Value(false));
  return gateways;
}

bool has_profiles(const HookCall& call) {
  const Value* profiles = at(call.object, "spec.profiles");
  if (profiles != nullptr && profiles->if_list() != nullptr && !profiles->if_list()->empty()) {
    return true;
  }
  return call.request.version == "v1" && !smcp::text_at(call.object, "spec.template").empty();
}

}  // namespace

Verdict mutate_control_plane(const HookCall& call) {
  if (!is_watched(call.options, call.request.ns)) return allowed();
  if (auto fault = control_plane_fault(call)) return errored(400, *fault);
  Verdict out;
  // A patch adds members of spec, so there must be one.
  const Value* spec = call.object.find("spec");
  if (spec == nullptr || spec->is_null()) out.patch.push_back(add("/spec", Value(Map{})));
  const std::string version = missing_version(call);
  if (!version.empty()) out.patch.push_back(add("/spec/version", Value(version)));
  if (lacks_route_switch(call, version)) {
    out.patch.push_back(add("/spec/gateways", gateways_without_routes(call.object)));
  }
  if (!has_profiles(call)) {
    out.patch.push_back(add("/spec/profiles", Value(List{Value("default")})));
  }
  return out;
}

}  // namespace mesh::tenancy
