#include "libmesh/xds/security/rbac.h"

#include <vector>

#include "libmesh/schema/gen/envoy/hcm.h"
#include "libmesh/schema/gen/envoy/http_rbac.h"
#include "libmesh/schema/gen/envoy/listener.h"
#include "libmesh/schema/gen/envoy/network_rbac.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/rbac.h"
#include "libmesh/xds/common.h"
#include "libmesh/xds/security/rbac_rule.h"

namespace mesh::xds {
namespace {

using Action = security::AuthorizationPolicy_Action;
using Policies = traffic::Authorization::Policies;

envoy::rbac::RBAC_Action envoy_action(Action action) {
  switch (action) {
    case Action::ALLOW:
      return envoy::rbac::RBAC_Action::ALLOW;
    case Action::AUDIT:
      return envoy::rbac::RBAC_Action::LOG;
    case Action::DENY:
    case Action::CUSTOM:
      break;
  }
  return envoy::rbac::RBAC_Action::DENY;
}

// Says in metadata and statistics which rules would have decided. A filter without dry runs says
// that of ALLOW (shadowRuleStatPrefix reads the action of no message).
std::string_view shadow_prefix(Action action, bool any) {
  if (!any) return "istio_dry_run_allow_";
  switch (action) {
    case Action::ALLOW:
      return "istio_dry_run_allow_";
    case Action::DENY:
      return "istio_dry_run_deny_";
    case Action::AUDIT:
    case Action::CUSTOM:
      break;
  }
  return {};
}

// A policy without rules matches nothing: ALLOW then allows nothing.
std::string_view match_nothing() {
  static const std::string bytes = [] {
    std::string out;
    envoy::rbac::Policy policy(out);
    policy.permissions([](auto& permission) {
      permission.not_rule([](auto& everything) { everything.any(true); });
    });
    policy.principals(
        [](auto& principal) { principal.not_id([](auto& everybody) { everybody.any(true); }); });
    return out;
  }();
  return bytes;
}

void set_name(const index::AuthorizationPolicy& policy, size_t rule, const RbacOptions& options,
              std::string& out) {
  out.clear();
  append_texts(out, options.prefix, "ns[", policy.ns(), "]-policy[", policy.name(), "]-rule[",
               Digits(static_cast<uint32_t>(rule)).text(), "]", options.suffix);
}

// Rules go one by one: the name first, then the policy in place.
size_t put_policy(const index::AuthorizationPolicy& policy, const RbacOptions& options,
                  envoy::rbac::RBAC& out, std::string& bytes, std::string& name, LastRule& last) {
  const RuleContext context{options.trust_domains, options.tcp, options.action == Action::ALLOW,
                            policy.ns()};
  if (policy->rules.empty()) {
    set_name(policy, 0, options, name);
    out.policies(name, envoy::Raw{match_nothing()});
    return 1;
  }
  size_t count = 0;
  for (size_t i = 0; i < policy->rules.size(); ++i) {
    const size_t start = bytes.size();
    bool written = false;
    set_name(policy, i, options, name);
    out.policies(name, [&](envoy::rbac::Policy) {
      written = append_rule(context, policy->rules[i], last, bytes);
    });
    if (written) {
      ++count;
      last.end = bytes.size();
    } else {
      bytes.resize(start);
    }
  }
  return count;
}

struct Http {
  static constexpr bool kTcp = false;
  template <typename F>
  static void append(std::string& out, F&& fill) {
    envoy::hcm::HttpConnectionManager(out).http_filters([&](auto& filter) {
      filter.name(kHttpRbac);
      filter.template typed_config<envoy::http_rbac::RBAC>(fill);
    });
  }
};

struct Tcp {
  static constexpr bool kTcp = true;
  template <typename F>
  static void append(std::string& out, F&& fill) {
    envoy::listener::FilterChain(out).filters([&](auto& filter) {
      filter.name(kTcpRbac);
      filter.template typed_config<envoy::network_rbac::RBAC>([&](auto& rbac) {
        rbac.stat_prefix("tcp.");
        fill(rbac);
      });
    });
  }
};

template <typename Kind>
void append_filter(const Policies& policies, const TrustDomains& trust_domains, std::string& out) {
  if (policies.empty()) return;
  std::vector<RbacPolicy> list;
  list.reserve(policies.size());
  for (const index::AuthorizationPolicy& policy : policies) list.emplace_back(policy);
  RbacOptions options{trust_domains, policies.front()->action, Kind::kTcp};
  Kind::append(out, [&](auto& filter) {
    const auto append = [&](auto put) {
      const size_t start = out.size();
      bool some = false;
      put([&](envoy::rbac::RBAC) { some = append_rules(list, options, out).has_value(); });
      if (!some) out.resize(start);
      return some;
    };
    append([&](auto fill) { filter.rules(fill); });
    options.dry_run = true;
    const bool any = append([&](auto fill) { filter.shadow_rules(fill); });
    filter.shadow_rules_stat_prefix(shadow_prefix(options.action, any));
  });
}

template <typename Kind>
void append_all(const traffic::Authorization& policies, const TrustDomains& trust_domains,
                std::string& out) {
  append_filter<Kind>(policies.audit, trust_domains, out);
  append_filter<Kind>(policies.deny, trust_domains, out);
  append_filter<Kind>(policies.allow, trust_domains, out);
}

}  // namespace

RbacPolicy::RbacPolicy(const index::AuthorizationPolicy& of)
    : policy(&of), dry_run(!of.object->annotations.empty() && traffic::is_dry_run(*of.object)) {}

std::optional<size_t> append_rules(std::span<const RbacPolicy> policies, const RbacOptions& options,
                                   std::string& out) {
  bool begun = false;
  size_t count = 0;
  thread_local std::string name;  // keeps its memory
  LastRule last;
  envoy::rbac::RBAC rbac(out);
  const auto begin = [&] {
    if (!begun) rbac.action(envoy_action(options.action));
    begun = true;
  };
  if (options.always) begin();
  for (const RbacPolicy& each : policies) {
    if (each.dry_run != options.dry_run) continue;
    begin();
    count += put_policy(*each.policy, options, rbac, out, name, last);
  }
  return begun ? std::optional(count) : std::nullopt;
}

void append_http_rbac(const traffic::Authorization& policies, const TrustDomains& trust_domains,
                      std::string& out) {
  append_all<Http>(policies, trust_domains, out);
}

void append_tcp_rbac(const traffic::Authorization& policies, const TrustDomains& trust_domains,
                     std::string& out) {
  append_all<Tcp>(policies, trust_domains, out);
}

}  // namespace mesh::xds
