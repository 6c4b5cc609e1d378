// One rule of an AuthorizationPolicy -> one policy of Envoy's RBAC filter: what it permits to do
// (`to`) and who it speaks of (`from`), with the conditions of `when` added to the one or the other.
//
// A permission is all of its attributes, an attribute one of its values. Over plain TCP there is no
// HTTP: a rule that needs more than a connection tells is left out of an ALLOW policy, which then allows
// less; of other policies only the attribute is left out, so they deny more. The same goes for values that
// cannot be read. As pilot/pkg/security/authz/model.
#pragma once

#include <string>
#include <string_view>

#include "libmesh/schema/gen/envoy/rbac.h"
#include "libmesh/schema/istio.h"
#include "libmesh/xds/security/trust_domains.h"

namespace mesh::xds {

struct RuleContext {
  const TrustDomains& trust_domains;
  bool tcp = false;
  bool allow = false;          // ALLOW: nothing may be left out of a rule
  std::string_view policy_ns;  // of service accounts without a namespace
};

// The last rule that was written, of any policy of a filter. Neighbours often speak of the same callers, or of the same
// operations: what was written of those is copied then.
struct LastRule {
  const security::Rule* rule = nullptr;  // null: none was
  std::string_view policy_ns;
  // Of its bytes in `out`, the principals behind the permissions; set by who closes its policy.
  size_t end = 0;
  size_t permissions = 0;
  size_t principals = 0;
};

// Appends a serialized envoy.config.rbac.v3.Policy, which then is the last one. False, with `out` as it was, when the rule is
// left out.
bool append_rule(const RuleContext& context, const security::Rule& rule, LastRule& last,
                 std::string& out);

// True when the rule asks for what only HTTP tells.
bool is_http_only(const security::Rule& rule);

}  // namespace mesh::xds
