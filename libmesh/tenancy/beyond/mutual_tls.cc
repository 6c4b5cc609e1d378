// The switch for mutual TLS: a PeerAuthentication says what the servers take, a DestinationRule what
// the clients send. Both ways (Permissive) is what clients find out for themselves, so there is no
// DestinationRule then.
#include "libmesh/schema/maistra.h"
#include "libmesh/tenancy/beyond/objects.h"
#include "libmesh/tenancy/plan/body.h"
#include "libmesh/tenancy/plan/names.h"

namespace mesh::tenancy {
namespace {

using body::map;
using body::text;
using document::Value;
using kube::Kind;
using own::MutualTls;

// The name that Maistra's charts give to the mesh-wide ones, so that there is only one of them: of
// several Istio takes the oldest.
constexpr const char* kName = "default";

const char* server_mode(MutualTls mode) {
  switch (mode) {
    case MutualTls::Permissive:
      return "PERMISSIVE";
    case MutualTls::Strict:
      return "STRICT";
    case MutualTls::Disabled:
      return "DISABLE";
  }
  return "";
}

std::string cluster_domain(const index::Tenant& tenant) {
  const auto& spec = tenant.control_plane->as<maistra::ControlPlaneSpec>();
  if (spec.proxy && spec.proxy->networking && spec.proxy->networking->cluster_domain) {
    return *spec.proxy->networking->cluster_domain;
  }
  return "cluster.local";
}

struct Switch {
  const index::Snapshot& snapshot;
  const index::Tenant& tenant;
  const std::string& ns;
  const BecausePtr& because;
  std::vector<PlannedObject> out;

  void add(Kind kind, Value spec) {
    Value body = map({{"spec", std::move(spec)}});
    kube::ObjectPtr there = snapshot.find({kind, ns, kName});
    // One that was there before is only switched; it is not ours to take away again.
    if (there == nullptr || there->labels.contains(kMadeForLabel)) {
      const char* made_for = ns == tenant.ns ? "MeshOptions.default" : "MemberOptions.default";
      body.set("metadata", map({{"labels", body::labels({{names::kAppManagedBy, "libmesh"},
                                                         {kMeshLabel, tenant.ns},
                                                         {kMadeForLabel, made_for}})}}));
    }
    out.push_back(
        planned(kind, ns, kName, std::move(body), {because}, tenant.id, Ownership::kFields));
  }

  void make(MutualTls mode) {
    add(Kind::kPeerAuthentication, map({{"mtls", map({{"mode", text(server_mode(mode))}})}}));
    if (mode == MutualTls::Permissive) return;
    std::string host = ns == tenant.ns ? "*.local" : "*." + ns + ".svc." + cluster_domain(tenant);
    const char* client = mode == MutualTls::Strict ? "ISTIO_MUTUAL" : "DISABLE";
    add(Kind::kDestinationRule,
        map({{"host", text(host)},
             {"trafficPolicy", map({{"tls", map({{"mode", text(client)}})}})}}));
  }
};

}  // namespace

std::vector<PlannedObject> mutual_tls_objects(const index::Snapshot& snapshot,
                                              const index::Tenant& tenant, const std::string& ns) {
  MeshOptions mesh = mesh_options(snapshot, tenant);
  std::optional<MutualTls> mode = mesh.mutual_tls;
  BecausePtr why = mesh.mutual_tls_because;
  if (ns != tenant.ns) {
    MemberOptions member = member_options(snapshot, mesh, ns);
    mode = member.mutual_tls;
    why = member.mutual_tls_because;
  }
  if (!mode) return {};
  Switch made{snapshot, tenant, ns, why, {}};
  made.make(*mode);
  return std::move(made.out);
}

}  // namespace mesh::tenancy
