// Which AuthorizationPolicies and RequestAuthentications a proxy has; those with the same share one
// answer.
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/model/proxy.h"
#include "libmesh/traffic/attachment.h"
#include "libmesh/traffic/security/authorization.h"

namespace mesh::traffic {

class SecurityIndex {
 public:
  explicit SecurityIndex(const index::Mesh& mesh);

  // Null when none applies, which costs nothing in a mesh that has none.
  AuthorizationPtr authorization(const model::Proxy& proxy) const;
  RequestAuthnPtr request_authn(const model::Proxy& proxy) const;

 private:
  using Places = std::vector<uint32_t>;

  std::string root_;
  PolicyIndex<index::AuthorizationPolicy> authorizations_;
  PolicyIndex<index::RequestAuthentication> authentications_;
  mutable std::mutex mutex_;  // guards all below
  mutable std::map<Places, AuthorizationPtr> made_authorizations_;
  mutable std::map<Places, RequestAuthnPtr> made_authentications_;
};

}  // namespace mesh::traffic
