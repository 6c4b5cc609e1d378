#include "libmesh/traffic/security/authorization.h"

#include <algorithm>

#include "libmesh/base/parse_bool.h"

namespace mesh::traffic {

bool is_dry_run(const kube::Object& policy) {
  const auto annotation = policy.annotations.find("istio.io/dry-run");
  // What is no boolean counts as false, that is: the policy is enforced.
  return annotation != policy.annotations.end() && parse_bool(annotation->second).value_or(false);
}

AuthorizationPtr gather_authorization(const std::vector<index::AuthorizationPolicy>& chosen) {
  using Action = security::AuthorizationPolicy_Action;
  if (chosen.empty()) return nullptr;
  auto out = std::make_shared<Authorization>();
  for (const index::AuthorizationPolicy& policy : chosen) {
    switch (policy->action) {
      case Action::ALLOW:
        out->allow.push_back(policy);
        break;
      case Action::DENY:
        out->deny.push_back(policy);
        break;
      case Action::AUDIT:
        out->audit.push_back(policy);
        break;
      case Action::CUSTOM:
        out->custom.push_back(policy);
        break;
    }
  }
  return out;
}

RequestAuthnPtr gather_request_authn(const std::vector<index::RequestAuthentication>& chosen) {
  auto out = std::make_shared<RequestAuthn>();
  for (const index::RequestAuthentication& policy : chosen) {
    for (const security::JWTRule& rule : policy->jwt_rules) out->rules.push_back({policy, &rule});
  }
  if (out->rules.empty()) return nullptr;
  std::stable_sort(
      out->rules.begin(), out->rules.end(),
      [](const TokenRule& a, const TokenRule& b) { return a.rule->issuer < b.rule->issuer; });
  return out;
}

}  // namespace mesh::traffic
