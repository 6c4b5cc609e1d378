// Whether a ServiceMeshMember may be created or changed so (webhooks/validation/member.go).
#include "libmesh/smcp/path.h"
#include "libmesh/tenancy/admission/hooks.h"

namespace mesh::tenancy {
namespace {

struct Reference {
  std::string ns;
  std::string name;
  bool operator==(const Reference&) const = default;
};

Result<Reference> reference_of(const Value& object) {
  const Value* ref = smcp::at(object, "spec.controlPlaneRef");
  if (ref == nullptr) return Reference{};
  Reference out;
  for (const auto& [key, text] : {std::pair{"namespace", &out.ns}, {"name", &out.name}}) {
    const Value* value = ref->find(key);
    if (value == nullptr || value->is_null()) continue;
    if (!value->is_string()) {
      return Error{ErrorCode::kInvalidArgument, "spec.controlPlaneRef." + std::string(key) +
                                                    ": must be a string, is a " +
                                                    std::string(type_name(value->type()))};
    }
    *text = *value->if_string();
  }
  return out;
}

// The control plane of another mesh that has the namespace, or nullptr.
const index::Tenant* other_holder(const HookCall& call, const std::string& ns,
                                  const Reference& ref) {
  const index::Tenant* holder = call.snapshot.tenants().of_namespace(ns);
  if (holder == nullptr || holder->implicit || holder->ns == ref.ns) return nullptr;
  // A cluster-wide mesh sees every namespace; only its members are its own.
  for (const index::Member& member : holder->members) {
    if (member.ns == ns && member.state == index::MemberState::kConfigured) return holder;
  }
  return nullptr;
}

// A new member of a namespace that another mesh's roll has already. In Maistra the two would fight,
// and the ServiceMeshMember would win.
std::optional<Verdict> check_not_taken(const HookCall& call, const Reference& ref) {
  if (call.request.operation != Operation::kCreate) return allowed();
  const std::string ns = namespace_of(call);
  const index::Tenant* holder = other_holder(call, ns, ref);
  if (holder == nullptr) return allowed();
  const auto administrator = call.access.may(update_pods(""));
  if (!administrator) return std::nullopt;
  std::string message = "namespace \"" + ns + "\" already belongs to another mesh";
  if (*administrator) message += ": control plane " + holder->ns + "/" + holder->name;
  return bad_request(std::move(message));
}

}  // namespace

std::optional<Verdict> validate_member(const HookCall& call) {
  const Result<Reference> ref = reference_of(call.object);
  if (!ref) return errored(400, ref.error().message);
  if (name_of(call) != "default") {
    return errored(400, "the ServiceMeshMember resource must be named \"default\"");
  }
  if (!call.options.operator_namespace.empty() &&
      namespace_of(call) == call.options.operator_namespace) {
    return bad_request("namespace where operator is installed cannot be added to any mesh");
  }
  if (call.request.operation == Operation::kUpdate) {
    const Result<Reference> old = reference_of(call.request.old_object);
    if (!old) return errored(400, "oldObject: " + old.error().message);
    if (!(*old == *ref)) return errored(400, "mutation of .spec.controlPlaneRef isn't allowed");
  }
  const auto may =
      call.access.may({"use", "maistra.io", "servicemeshcontrolplanes", ref->ns, ref->name});
  if (!may) return std::nullopt;
  if (!*may) {
    return errored(403, "user '" + call.request.user.name +
                            "' does not have permission to use ServiceMeshControlPlane " + ref->ns +
                            "/" + ref->name);
  }
  return check_not_taken(call, *ref);
}

}  // namespace mesh::tenancy
