// CUSTOM policies: a filter pair for the external authorizer that they name
// (pilot/pkg/security/authz/builder/extauthz.go).
//
// An RBAC filter evaluates the rules without enforcing them and leaves the name of the rule that matches in the
// metadata of the request; the ext_authz filter asks the authorizer when a name of its policies is there.
// A policy whose authorizer cannot be used denies what its rules match, and so do all when policies
// of one proxy name several authorizers.
#pragma once

#include <string>
#include <string_view>

#include "libmesh/index/mesh.h"
#include "libmesh/traffic/security/authorization.h"
#include "libmesh/xds/security/trust_domains.h"

namespace mesh::xds {

// An extension provider of the MeshConfig as an authorizer.
struct Authorizer {
  const meshconfig::MeshConfig_ExtensionProvider* provider = nullptr;
  std::string host;
  std::string cluster;
  std::string problem;  // why it cannot be used; empty when it can
  std::string field;    // of the provider, that the problem is about
};
Authorizer find_authorizer(const index::Mesh& mesh, std::string_view name);

void append_http_custom(const index::Mesh& mesh, const traffic::Authorization& policies,
                        const TrustDomains& trust_domains, std::string& out);
void append_tcp_custom(const index::Mesh& mesh, const traffic::Authorization& policies,
                       const TrustDomains& trust_domains, std::string& out);

}  // namespace mesh::xds
