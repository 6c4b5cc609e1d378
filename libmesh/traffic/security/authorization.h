// The AuthorizationPolicies and RequestAuthentications in force for one proxy.
//
// Envoy asks the authorizers of CUSTOM policies first, then audits, denies and allows, so policies
// are kept by action; within one, those of the root namespace come first, then the proxy's own, each oldest
// first (pilot/pkg/model/authorization.go). Of RequestAuthentications the rules of all count
// together, sorted by issuer (newPolicyApplier, pilot/pkg/security/authn/policy_applier.go).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libmesh/index/mesh.h"

namespace mesh::traffic {

struct Authorization {
  using Policies = std::vector<index::AuthorizationPolicy>;
  Policies custom;
  Policies audit;
  Policies deny;
  Policies allow;
};
using AuthorizationPtr = std::shared_ptr<const Authorization>;

// One rule and the object that it is written in.
struct TokenRule {
  index::RequestAuthentication object;
  const security::JWTRule* rule = nullptr;  // owned by the object
};
struct RequestAuthn {
  std::vector<TokenRule> rules;  // by issuer
};
using RequestAuthnPtr = std::shared_ptr<const RequestAuthn>;

// True when the policy is only tried out: annotation istio.io/dry-run.
bool is_dry_run(const kube::Object& policy);

// Null when nothing is chosen, or nothing with a rule. `chosen` in the order of Istio's lists.
AuthorizationPtr gather_authorization(const std::vector<index::AuthorizationPolicy>& chosen);
RequestAuthnPtr gather_request_authn(const std::vector<index::RequestAuthentication>& chosen);

}  // namespace mesh::traffic
