#include "libmesh/tenancy/admission/claims.h"

#include <algorithm>

#include "libmesh/index/selector.h"
#include "libmesh/index/tenants/exclusions.h"
#include "libmesh/index/tenants/membership.h"
#include "libmesh/kube/object.h"

namespace mesh::tenancy {
namespace {

using index::Tenant;
using kube::Kind;
using kube::ObjectPtr;

bool has_control_plane(const index::Snapshot& snapshot, const std::string& ns) {
  const auto range = snapshot.objects(Kind::kServiceMeshControlPlane).in_namespace(ns);
  return range.begin() != range.end();
}

// "control plane shop-mesh/basic"
std::string plane_text(const std::string& ns, const std::string& name) {
  return "control plane " + ns + "/" + name;
}

// How to speak of the mesh of a roll: by its control plane, when there is one.
std::string holder_of_roll(const index::Snapshot& snapshot, const kube::ObjectKey& roll) {
  const Tenant* tenant = snapshot.tenants().of_namespace(roll.ns);
  if (tenant != nullptr && !tenant->implicit && tenant->ns == roll.ns) {
    return plane_text(tenant->ns, tenant->name);
  }
  return "ServiceMeshMemberRoll " + roll.ns + "/" + roll.name;
}

void add_rolls(const index::Snapshot& snapshot, const std::string& mesh_ns, OtherClaims& out) {
  for (const auto& [key, roll] : snapshot.objects(Kind::kServiceMeshMemberRoll)) {
    if (key.ns == mesh_ns && key.name == "default") continue;
    if (roll->typed == nullptr) continue;
    const auto& members = roll->as<maistra::MemberRollSpec>().members;
    if (members.empty()) continue;
    const std::string holder = holder_of_roll(snapshot, key);
    for (const std::string& ns : members) {
      out.listed.emplace(ns, holder);
      if (ns != "*") out.effective.emplace(ns, holder);
    }
  }
}

void add_members(const index::Snapshot& snapshot, const std::string& mesh_ns, OtherClaims& out) {
  for (const auto& [key, member] : snapshot.objects(Kind::kServiceMeshMember)) {
    if (key.name != "default" || member->typed == nullptr) continue;
    const auto& ref = member->as<maistra::MemberSpec>().control_plane_ref;
    if (!ref || ref->namespace_ == mesh_ns) continue;
    out.effective[key.ns] = plane_text(ref->namespace_, ref->name);
  }
}

}  // namespace

bool is_never_member(const index::Snapshot& snapshot, const std::string& mesh_ns,
                     const std::string& ns) {
  if (index::is_reserved_namespace(ns)) return true;
  const auto& patterns = index::excluded_namespaces(snapshot.objects(Kind::kMeshOptions), mesh_ns);
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return index::matches_exclusion(pattern, ns);
  });
}

RollClaims claims_of(const index::Snapshot& snapshot, const std::string& roll_ns,
                     const maistra::MemberRollSpec& spec) {
  RollClaims out;
  out.listed = spec.members;
  out.all = spec.members.size() == 1 && spec.members.front() == "*";
  out.selectors = !spec.member_selectors.empty();
  if (!out.dynamic()) return out;
  for (const auto& [key, object] : snapshot.objects(Kind::kNamespace)) {
    const std::string& ns = key.name;
    if (ns == roll_ns || has_control_plane(snapshot, ns)) continue;
    if (is_never_member(snapshot, roll_ns, ns)) continue;
    bool matches = out.all;
    for (const auto& selector : spec.member_selectors) {
      matches = matches || index::selector_matches(selector, object->labels);
    }
    if (matches) out.selected.insert(ns);
  }
  return out;
}

OtherClaims claims_of_others(const index::Snapshot& snapshot, const std::string& mesh_ns) {
  OtherClaims out;
  // Who has a namespace now says more than who lists it.
  for (const Tenant& tenant : snapshot.tenants().list) {
    if (tenant.implicit || tenant.ns == mesh_ns) continue;
    for (const index::Member& member : tenant.members) {
      if (member.state != index::MemberState::kConfigured) continue;
      out.effective.emplace(member.ns, plane_text(tenant.ns, tenant.name));
    }
  }
  add_members(snapshot, mesh_ns, out);
  add_rolls(snapshot, mesh_ns, out);
  return out;
}

}  // namespace mesh::tenancy
