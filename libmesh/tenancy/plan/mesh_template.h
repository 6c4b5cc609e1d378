// MeshTemplate: all that is planned for one mesh but for the namespaces that are in it.
//
// The objects of the mesh's own namespace, and the copies that each member gets with their bodies
// made once: a thousand members share one tree per copy.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libmesh/index/snapshot.h"
#include "libmesh/tenancy/beyond/options.h"
#include "libmesh/tenancy/plan/facts.h"
#include "libmesh/tenancy/plan/network.h"
#include "libmesh/tenancy/plan/planned.h"
#include "libmesh/tenancy/release/judge.h"

namespace mesh::tenancy {

using Body = std::shared_ptr<const document::Value>;

// A source object of the mesh's namespace as each member gets it.
struct Copy {
  kube::Kind kind{};
  std::string name;
  std::string api_version;
  Body body;
  BecausePtr because;
  bool expose_route = false;  // depends on the member's options
};

struct MeshTemplate {
  MeshFacts facts;
  MeshOptions options;
  NetworkChoice network;
  std::vector<PlannedObject> objects;  // of the mesh itself
  std::vector<Copy> copies;
  Copy expose;  // the expose-route policy as Maistra has it, for members with options of their own
  std::vector<std::pair<Exposure, Body>> exposures;  // what such members get
  std::string cni_network;  // name of the NetworkAttachmentDefinition; empty: none
  Body cni_body;
  Body label_body;  // of a member's Namespace
  BecausePtr label_because;
  BecausePtr cni_because;
  // The charts, which know every member: made again when the members change.
  std::vector<PlannedObject> releases;
  std::vector<std::string> released_for;
  Refusal refusal;     // nothing is planned for this mesh: why
  bool dying = false;  // the control plane is being deleted

  std::vector<kube::ObjectPtr> made_from;  // as long as these stay, so does the template
};

std::unique_ptr<MeshTemplate> make_template(const index::Snapshot& snapshot,
                                            const index::Tenant& tenant,
                                            const PlanOptions& options);
// All that a template is made from.
std::vector<kube::ObjectPtr> inputs_of(const index::Snapshot& snapshot, const index::Tenant& tenant,
                                       const PlanOptions& options);

// The expose-route policy for members with this exposure; null with `Never`.
Body exposure_body(MeshTemplate& mesh, const Exposure& exposure);

// Makes the mesh's releases for the members that it has now, if they are not yet.
void update_releases(const index::Snapshot& snapshot, const index::Tenant& tenant,
                     const PlanOptions& options, MeshTemplate& mesh);

// The body of a copy of `source` for the mesh's members.
Body copy_body(const document::Value& source, const std::string& mesh_ns);

}  // namespace mesh::tenancy
