// The names that policies of AuthorizationPolicies have in an RBAC filter: "ns[shop]-policy[deny-all]-rule[0]", and of
// CUSTOM ones "istio-ext-authz-<provider>-ns[shop]-policy[ask]-rule[0]".
//
// As xds/security/rbac.cc makes them (Istio: pilot/pkg/security/authz/builder/builder.go, extauthz.go).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mesh::testing {

struct PolicyRule {
  std::string policy;  // "shop/deny-all"; empty: the name has another form
  int64_t rule = -1;   // which of its spec.rules
};
PolicyRule policy_rule(std::string_view name);

}  // namespace mesh::testing
