// What stands for our own kinds in a cluster: gateways in any namespace of a mesh, and the switch for
// mutual TLS.
//
// ServiceMeshGateway (docs/gateways.md; users asked for it as MAISTRA-1874) is a Deployment with a
// proxy, its ServiceAccount, Role and RoleBinding, a Service, a NetworkPolicy and Routes, all in the
// gateway's own namespace. `mutualTLS` of MeshOptions and MemberOptions (docs/options.md) is a
// PeerAuthentication and, unless both ways are taken, a DestinationRule. Objects of ours that nothing
// wants any more are planned as absent; objects of somebody else's with the same name are left alone.
#pragma once

#include <string>
#include <vector>

#include "libmesh/index/snapshot.h"
#include "libmesh/tenancy/beyond/options.h"
#include "libmesh/tenancy/plan/plan.h"

namespace mesh::tenancy {

// Labels of everything that is made here.
inline constexpr const char* kMadeForLabel =
    "mesh.libmesh.dev/made-for";                                    // "ServiceMeshGateway.web"
inline constexpr const char* kMeshLabel = "mesh.libmesh.dev/mesh";  // the mesh's namespace

// Of all meshes, or of one namespace alone (whose cost does not depend on the cluster's size).
std::vector<PlannedObject> beyond_objects(const index::Snapshot& snapshot,
                                          const PlanOptions& options, const std::string* ns);

// The parts of it.
std::vector<PlannedObject> gateway_objects(const index::Snapshot& snapshot,
                                           const index::Tenant& tenant,
                                           const kube::ObjectPtr& gateway, bool network_policies);
std::vector<PlannedObject> mutual_tls_objects(const index::Snapshot& snapshot,
                                              const index::Tenant& tenant, const std::string& ns);

// What is wrong with the gateways of a snapshot beyond their types; nothing is made for one with an
// error. Sorted.
Diagnostics check_gateways(const index::Snapshot& snapshot);
Diagnostics check_gateway(const index::Snapshot& snapshot, const kube::ObjectPtr& gateway);

// A port of a gateway's Service, defaults filled in.
struct GatewayPort {
  std::string name;
  int32_t port = 0;
  int32_t target = 0;
  bool operator==(const GatewayPort&) const = default;
};
std::vector<GatewayPort> gateway_ports(const own::ServiceMeshGatewaySpec& spec);
// The name of a Route: one per host.
std::string route_name(const std::string& gateway, const own::GatewayRoute& route);
// The Service's port that a Route leads to.
std::string route_port(const own::GatewayRoute& route);

}  // namespace mesh::tenancy
