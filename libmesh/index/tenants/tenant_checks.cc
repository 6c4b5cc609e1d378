#include "libmesh/index/tenants/tenant_checks.h"

#include <set>
#include <tuple>
#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/index/selector.h"
#include "libmesh/index/tenants/membership.h"
#include "libmesh/schema/kubernetes.h"

namespace mesh::index {
namespace {

using kube::ObjectPtr;

const document::Value* at_spec(const ObjectPtr& object, std::string_view key) {
  const document::Value* spec = object->document.find("spec");
  return spec == nullptr ? nullptr : spec->find(key);
}

document::Position position_of(const document::Value* value) {
  return value == nullptr ? document::Position() : value->position;
}

document::Position element_position(const document::Value* list, size_t i) {
  const document::List* elements = list == nullptr ? nullptr : list->if_list();
  return elements == nullptr || i >= elements->size() ? document::Position()
                                                      : (*elements)[i].position;
}

void check_names(const ObjectPtr& roll, Diagnostics& out) {
  const auto& spec = roll->as<maistra::MemberRollSpec>();
  const document::Value* members = at_spec(roll, "members");
  auto problem = [&](Severity severity, size_t i, std::string message, std::string mend) {
    out.push_back(tenancy_diagnostic(
        severity, Code::kMemberRollInvalid, roll, "spec.members[" + std::to_string(i) + "]",
        element_position(members, i), std::move(message), std::move(mend)));
  };
  std::set<std::string> seen;
  for (size_t i = 0; i < spec.members.size(); ++i) {
    const std::string& ns = spec.members[i];
    if (ns == "*") {
      if (is_wildcard(spec)) continue;
      problem(Severity::kError, i, "\"*\" stands beside other entries and counts for nothing",
              "write members: [\"*\"] alone");
    } else if (ns == roll->key.ns) {
      problem(Severity::kWarning, i, "the mesh's own namespace is no member", "leave it out");
    } else if (!seen.insert(ns).second) {
      problem(Severity::kError, i, "namespace \"" + ns + "\" is listed twice", "list it once");
    }
  }
}

void check_selectors(const ObjectPtr& roll, Diagnostics& out) {
  const auto& spec = roll->as<maistra::MemberRollSpec>();
  const document::Value* selectors = at_spec(roll, "memberSelectors");
  if (!spec.members.empty() && !spec.member_selectors.empty()) {
    out.push_back(tenancy_diagnostic(
        Severity::kError, Code::kMemberRollInvalid, roll, "spec.memberSelectors",
        position_of(selectors), "members and memberSelectors are both set", "set one of them"));
  }
  for (size_t i = 0; i < spec.member_selectors.size(); ++i) {
    for (const auto& requirement : spec.member_selectors[i].match_expressions) {
      if (is_selector_operator(requirement.operator_)) continue;
      out.push_back(tenancy_diagnostic(
          Severity::kError, Code::kWrongEnum, roll,
          "spec.memberSelectors[" + std::to_string(i) + "].matchExpressions",
          element_position(selectors, i),
          "\"" + requirement.operator_ + "\" is no operator; the selector selects nothing",
          "use In, NotIn, Exists or DoesNotExist"));
    }
  }
}

}  // namespace

bool older(const ObjectPtr& a, const ObjectPtr& b) {
  return std::tie(a->creation_time, a->key.ns, a->key.name) <
         std::tie(b->creation_time, b->key.ns, b->key.name);
}

Diagnostic tenancy_diagnostic(Severity severity, Code code, const ObjectPtr& object,
                              std::string field, document::Position position, std::string message,
                              std::string mend) {
  return {
      severity,        code,         to_string(object->key), std::move(field), std::move(message),
      std::move(mend), object->file, position.line,          position.column};
}

Diagnostics second_control_planes(const std::vector<ObjectPtr>& planes) {
  Diagnostics out;
  for (size_t i = 1; i < planes.size(); ++i) {
    const std::string& ns = planes[i]->key.ns;
    out.push_back(tenancy_diagnostic(Severity::kError, Code::kSecondControlPlane, planes[i],
                                     "metadata.namespace", {},
                                     "namespace \"" + ns + "\" already has the control plane \"" +
                                         planes[0]->key.name + "\"; this one does nothing",
                                     "give every control plane a namespace of its own"));
  }
  return out;
}

Diagnostic wrong_name(const ObjectPtr& object) {
  std::string kind(object->key.kind == kube::Kind::kServiceMeshMember ? "ServiceMeshMember"
                                                                      : "ServiceMeshMemberRoll");
  return tenancy_diagnostic(
      Severity::kError, Code::kReservedName, object, "metadata.name", object->document.position,
      "a " + kind + " must be named \"default\"; this one does nothing", "name it \"default\"");
}

Diagnostics check_roll(const ObjectPtr& roll, bool has_control_plane) {
  if (!has_control_plane) {
    return {tenancy_diagnostic(
        Severity::kWarning, Code::kNoControlPlane, roll, "metadata.namespace",
        roll->document.position,
        "there is no ServiceMeshControlPlane in namespace \"" + roll->key.ns + "\"",
        "write the roll in the namespace of the control plane")};
  }
  Diagnostics out;
  check_names(roll, out);
  check_selectors(roll, out);
  return out;
}

Diagnostics check_member(const ObjectPtr& member, bool found) {
  const auto& spec = member->as<maistra::MemberSpec>();
  const document::Position position = position_of(at_spec(member, "controlPlaneRef"));
  if (!spec.control_plane_ref) {
    return {tenancy_diagnostic(
        Severity::kError, Code::kMissingField, member, "spec.controlPlaneRef", position,
        "the member names no control plane", "write its namespace and name")};
  }
  if (found) return {};
  return {tenancy_diagnostic(
      Severity::kError, Code::kNoControlPlane, member, "spec.controlPlaneRef", position,
      "there is no ServiceMeshControlPlane " + spec.control_plane_ref->namespace_ + "/" +
          spec.control_plane_ref->name,
      "name the namespace and the name of a control plane that there is")};
}

}  // namespace mesh::index
