// Caller: who is at the other end, as the frontend has verified it: of a client certificate, a token, or
// because nobody else can connect. What a node says of itself is not asked.
//
// Without one, nobody is given a secret: no certificate, no credential, no pull secret (istiod:
// VerifiedIdentity in pilot/pkg/xds/sds.go and ecds.go).
#pragma once

#include <optional>

#include "libmesh/base/result.h"
#include "libmesh/identity/spiffe.h"
#include "libmesh/index/mesh.h"
#include "libmesh/model/proxy.h"

namespace mesh::xds {

struct Caller {
  identity::SpiffeId id;
  // Whether its account may list the Secrets of its namespace; istiod asks the API server for a
  // SubjectAccessReview. Unset: nobody asked; gateways may, sidecars may not, by their pods.
  std::optional<bool> reads_secrets;
  bool believed =
      false;  // it was not verified: the node's word counts, also for what kind of proxy it is
};

// What a frontend says of a caller. Without an identity and without belief there is none.
struct CallerOptions {
  std::optional<identity::SpiffeId> id;
  bool believe_node = false;  // it is who its node says: only where nobody else can connect
  std::optional<bool> reads_secrets;
};

// kInvalidArgument when the identity is not the one of that proxy: another namespace, another account than its
// node names, or a trust domain that its mesh does not know (checkConnectionIdentity, pilot/pkg/xds/ads.go).
Result<std::optional<Caller>> caller_of(const index::Mesh& mesh, const model::Proxy& proxy,
                                        const CallerOptions& options);

}  // namespace mesh::xds
