// Credentials: the certificates that Gateways and DestinationRules name by `credentialName`, read
// from the tenant's own Secrets and ConfigMaps and sent over SDS.
//
// A proxy of a remote cluster is given those of its own cluster, then those of the config cluster: the first object that has
// the keys (AggregateController, pilot/pkg/credentials/kube/multicluster.go).
//
// Who may have what is decided by the caller's verified identity, as istiod does
// (pilot/pkg/xds/sds.go, filterAuthorizedResources):
//   kubernetes://[NAMESPACE/]NAME        only in the caller's namespace; the private key only if its account
//                                        may read Secrets; the authorities ("-cacert") are public there
//   kubernetes-gateway://NAMESPACE/NAME  if a Gateway of the caller's namespace that the proxy serves names it
//   configmap://NAMESPACE/NAME           authorities, for every proxy of the tenant
#pragma once

#include <string_view>

#include "libmesh/index/snapshot.h"
#include "libmesh/model/proxy.h"
#include "libmesh/traffic/gateway.h"
#include "libmesh/xds/resource.h"
#include "libmesh/xds/sds/caller.h"

namespace mesh::xds {

// Who asks.
struct CredentialQuery {
  const model::Proxy& proxy;
  const Caller& caller;
  const traffic::MergedGateway* gateway = nullptr;  // what the proxy serves, if it is a gateway
};

// The secret of an SDS name. Null when the name is none of these, there is no such object or it lacks
// the keys (`tls.crt` and `tls.key`, or `cert` and `key`; `ca.crt` or `cacert`), or the caller may not have it.
ResourcePtr credential_secret(const index::Snapshot& snapshot, const CredentialQuery& query,
                              std::string_view name);

}  // namespace mesh::xds
