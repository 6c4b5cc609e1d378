// Credentials: the certificates that Gateways and DestinationRules name by `credentialName`, read
// from the tenant's own Secrets and ConfigMaps and sent over SDS.
//
// Who may have what follows istiod (pilot/pkg/xds/sds.go, filterAuthorizedResources): a Secret only
// in the proxy's own namespace; its private key only for a gateway, because istiod gives it to
// accounts that may list Secrets, which gateways may and sidecars may not; the authorities in it for
// any proxy there, they are public; those of a ConfigMap for every proxy of the tenant.
#pragma once

#include <string_view>

#include "libmesh/index/snapshot.h"
#include "libmesh/model/proxy.h"
#include "libmesh/xds/resource.h"

namespace mesh::xds {

// The secret of an SDS name ("kubernetes://NAME", "kubernetes://NAMESPACE/NAME", with "-cacert" for
// the authorities only; "configmap://NAMESPACE/NAME"). Null when the name is none of these, there is
// no such object or it lacks the keys (`tls.crt` and `tls.key`, or `cert` and `key`; `ca.crt` or
// `cacert`), or the proxy may not have it.
ResourcePtr credential_secret(const index::Snapshot& snapshot, const model::Proxy& proxy,
                              std::string_view name);

}  // namespace mesh::xds
