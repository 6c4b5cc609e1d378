// Secrets over SDS: the workload's own certificate, its mesh's root, and what credentials.h adds.
#pragma once

#include <memory>
#include <string_view>

#include "libmesh/identity/authority.h"
#include "libmesh/index/mesh.h"
#include "libmesh/model/proxy.h"
#include "libmesh/xds/resource.h"
#include "libmesh/xds/session/session.h"

namespace mesh::xds {

// The names that Istio's agent answers to.
inline constexpr std::string_view kWorkloadCertificate = "default";
inline constexpr std::string_view kRootCertificate = "ROOTCA";

// `default`: chain and key; `ROOTCA`: the trusted root. Null for any other name.
ResourcePtr workload_secret(const identity::Issued& issued, std::string_view name);

// Answers a session: the certificate of the caller's own identity in the proxy's tenant, never anybody else's,
// from the authority (null: none); the credentials that it may have (credentials.h) from the snapshot. The
// authority and the generator must outlive the source.
SecretSource secrets_of(identity::Authority* authority, const Generator& generator);

}  // namespace mesh::xds
