// AuthorizationPolicies of one kind of action -> Envoy's RBAC filters
// (pilot/pkg/security/authz/builder/builder.go).
//
// AUDIT, DENY and ALLOW each make one filter, in that order. Policies that are only tried out
// (dry run) are its shadow rules. What is appended are serialized fields: `http_filters` of an
// HttpConnectionManager, `filters` of a FilterChain.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "libmesh/traffic/security/authorization.h"
#include "libmesh/xds/security/trust_domains.h"

namespace mesh::xds {

inline constexpr std::string_view kHttpRbac = "envoy.filters.http.rbac";
inline constexpr std::string_view kTcpRbac = "envoy.filters.network.rbac";

void append_http_rbac(const traffic::Authorization& policies, const TrustDomains& trust_domains,
                      std::string& out);
void append_tcp_rbac(const traffic::Authorization& policies, const TrustDomains& trust_domains,
                     std::string& out);

// Appends a serialized envoy.config.rbac.v3.RBAC with those of the policies that are, or are not,
// dry runs, and gives the number of their rules that are in it. The name of each is `prefix`
// "ns[…]-policy[…]-rule[…]" `suffix`. Nothing, and nothing appended, when there are no such policies.
struct RbacOptions {
  const TrustDomains& trust_domains;
  security::AuthorizationPolicy_Action
      action{};  // CUSTOM counts as DENY: what cannot be told is asked
  bool tcp = false;
  bool dry_run = false;
  bool always = false;  // also when there is none: the message without policies
  std::string_view prefix = {};
  std::string_view suffix = {};
};
struct RbacPolicy {
  explicit RbacPolicy(const index::AuthorizationPolicy& of);
  const index::AuthorizationPolicy* policy;
  bool dry_run;
};
std::optional<size_t> append_rules(std::span<const RbacPolicy> policies, const RbacOptions& options,
                                   std::string& out);

}  // namespace mesh::xds
