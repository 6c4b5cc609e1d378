// Which namespaces a member roll claims, and which are claimed already.
//
// Maistra compares spec.members of all rolls. Here the effective members count: what other rolls
// list, what their selectors take in, and what ServiceMeshMembers name.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "libmesh/document/value.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/schema/maistra.h"

namespace mesh::tenancy {

struct RollClaims {
  std::vector<std::string> listed;  // spec.members as written
  bool all = false;                 // ["*"]
  std::set<std::string> selected;   // existing namespaces that "*" or a selector takes in
  bool dynamic() const { return all || selectors; }
  bool selectors = false;
};
// Kept out of the mesh whatever its roll says: of the cluster itself, or excluded by MeshOptions.
bool is_never_member(const index::Snapshot& snapshot, const std::string& mesh_ns,
                     const std::string& ns);

RollClaims claims_of(const index::Snapshot& snapshot, const std::string& roll_ns,
                     const maistra::MemberRollSpec& spec);

// Namespace → who has it ("control plane shop-mesh/basic", "ServiceMeshMember a/default", …) for
// all meshes but that of `mesh_ns`.
struct OtherClaims {
  std::map<std::string, std::string> listed;     // by spec.members of other rolls; "*" too
  std::map<std::string, std::string> effective;  // these and all others, without "*"
};
OtherClaims claims_of_others(const index::Snapshot& snapshot, const std::string& mesh_ns);

}  // namespace mesh::tenancy
