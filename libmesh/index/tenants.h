// Tenants: which control planes there are and which namespace belongs to which.
//
// A directory without a control plane is one implicit mesh that owns every namespace. With control
// planes, a mesh owns its own namespace and the members of its roll (literal names, "*", label
// selectors; never the excluded ones); a namespace belongs to one mesh, the first to claim it.
// Source of the rules: Maistra's member roll controller; deliberate differences are in
// docs/tenancy.md.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/kube/object.h"
#include "libmesh/model/ids.h"

namespace mesh::index {

enum class MemberState : uint8_t {
  kConfigured,  // belongs to the mesh
  kPending,     // named, but the namespace is not there
  kRefused,     // named, but it belongs to another mesh or may not be a member
};

struct Member {
  std::string ns;
  MemberState state = MemberState::kConfigured;
  std::string reason;      // "" | "NamespaceMissing" | "BelongsToAnotherMesh" | "Excluded" | …
  std::string message;     // for people
  std::string via;         // what made it a member: "spec.members[2]", "spec.members *",
                           // "ServiceMeshMember ns/default"
  model::TenantId holder;  // of a refused one: the mesh that has it (for administrators only)
  bool operator==(const Member&) const = default;
};

struct Tenant {
  model::TenantId id;
  std::string ns;       // of the control plane: the mesh's root namespace
  std::string name;     // of the ServiceMeshControlPlane, or "" for the implicit mesh
  std::string version;  // "v2.6", or "" for the implicit mesh
  bool implicit = false;
  bool cluster_wide = false;
  kube::ObjectPtr control_plane;        // null for the implicit mesh
  std::vector<Member> members;          // by namespace
  std::vector<std::string> namespaces;  // all it owns, its own included, sorted
};

struct Tenants {
  std::vector<Tenant> list;                             // by id
  std::map<std::string, model::TenantId> by_namespace;  // owner of each owned namespace
  Diagnostics diagnostics;

  const Tenant* find(const model::TenantId& id) const;
  // The tenant that owns the namespace, or nullptr.
  const Tenant* of_namespace(const std::string& ns) const;
};

}  // namespace mesh::index
