#include "libmesh/tenancy/members.h"

namespace mesh::tenancy {
namespace {

ControlPlaneReport report(const index::Tenant& tenant, Audience audience) {
  ControlPlaneReport out{tenant.id.value,
                         tenant.ns,
                         tenant.name,
                         tenant.version,
                         tenant.implicit,
                         tenant.cluster_wide,
                         {},
                         {},
                         {},
                         {tenant.namespaces.begin(), tenant.namespaces.end()}};
  for (const index::Member& member : tenant.members) {
    MemberReport entry{member.ns, member.via, member.reason, member.message, ""};
    if (audience == Audience::kAdministrator) entry.holder = member.holder.value;
    switch (member.state) {
      case index::MemberState::kConfigured:
        out.configured.push_back(std::move(entry));
        break;
      case index::MemberState::kPending:
        out.pending.push_back(std::move(entry));
        break;
      case index::MemberState::kRefused:
        out.refused.push_back(std::move(entry));
        break;
    }
  }
  return out;
}

}  // namespace

std::vector<ControlPlaneReport> members(const index::Snapshot& snapshot) {
  std::vector<ControlPlaneReport> out;
  for (const index::Tenant& tenant : snapshot.tenants().list) {
    out.push_back(report(tenant, Audience::kAdministrator));
  }
  return out;
}

Result<ControlPlaneReport> members_of(const index::Snapshot& snapshot,
                                      const model::TenantId& tenant, Audience audience) {
  const index::Tenant* found = snapshot.tenants().find(tenant);
  if (found == nullptr) {
    return Error{ErrorCode::kNotFound, "there is no control plane " + tenant.value};
  }
  return report(*found, audience);
}

}  // namespace mesh::tenancy
