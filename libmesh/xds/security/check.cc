#include "libmesh/xds/security/check.h"

#include <map>
#include <set>
#include <string>

#include "libmesh/base/codes.h"
#include "libmesh/base/parse_bool.h"
#include "libmesh/index/jwks.h"
#include "libmesh/index/proxies/proxies.h"
#include "libmesh/traffic/check/finding.h"
#include "libmesh/traffic/check/winner.h"
#include "libmesh/traffic/check/words.h"
#include "libmesh/xds/security/conditions.h"
#include "libmesh/xds/security/ext_authz.h"

namespace mesh::xds {
namespace {

using traffic::finding;
using Action = security::AuthorizationPolicy_Action;

std::string at(std::string_view list, size_t place) {
  return std::string(list) + "[" + std::to_string(place) + "]";
}

// What Istio's webhook asks of the keys that have one (validateMapKey in pkg/config/security/security.go): some of what it
// takes generates nothing, and some of what would generate it refuses. "request.auth.claims" alone is told with the rules.
bool has_name_in_brackets(const Condition& condition, std::string_view key) {
  const bool named = condition.attribute == Attribute::kHeader ||
                     condition.attribute == Attribute::kFilterMetadata ||
                     (condition.attribute == Attribute::kClaim && !condition.key.empty());
  if (!named) return true;
  const size_t open = key.find('[');
  return key.ends_with(']') && open != key.npos && open > 0 && open + 2 < key.size();
}

// The findings of one policy.
class PolicyCheck {
 public:
  PolicyCheck(const index::AuthorizationPolicy& policy, Diagnostics& out)
      : policy_(policy), out_(out) {}

  void check_rules() {
    for (size_t i = 0; i < policy_->rules.size(); ++i) {
      rule_ = at("spec.rules", i);
      check_rule(policy_->rules[i]);
    }
  }

  void check_dry_run() {
    const auto annotation = policy_.object->annotations.find("istio.io/dry-run");
    if (annotation == policy_.object->annotations.end() || parse_bool(annotation->second)) return;
    refuse("metadata.annotations",
           "istio.io/dry-run is \"" + annotation->second +
               "\", which is no boolean: the policy is enforced",
           "write \"true\" or \"false\"");
  }

  void check_authorizer(const index::Mesh& mesh) {
    if (policy_->action != Action::CUSTOM) return;
    if (!policy_->provider || policy_->provider->name.empty()) {
      refuse("spec.action", "CUSTOM names no provider: what the rules match is denied",
             "name an extension provider of the mesh in spec.provider.name");
      return;
    }
    const Authorizer found = find_authorizer(mesh, policy_->provider->name);
    if (found.problem.empty()) return;
    const std::string where =
        found.field.empty()
            ? ""
            : "extension provider \"" + policy_->provider->name + "\": " + found.field + " ";
    add("spec.provider.name", where + found.problem + ": what the rules match is denied",
        "mend the extension provider in the mesh configuration, or name another one");
  }

 private:
  void add(std::string field, std::string message, std::string mend) {
    tell(Severity::kWarning, std::move(field), std::move(message), std::move(mend));
  }
  // What Istio's webhook refuses.
  void refuse(std::string field, std::string message, std::string mend) {
    tell(Severity::kError, std::move(field), std::move(message), std::move(mend));
  }
  void tell(Severity severity, std::string field, std::string message, std::string mend) {
    out_.push_back(finding(severity, Code::kAuthorizationInvalid, *policy_.object, std::move(field),
                           std::move(message), std::move(mend)));
  }

  // What is left out makes an ALLOW policy allow less, any other one match more.
  std::string consequence() const {
    return policy_->action == Action::ALLOW ? "the rule is left out" : "the condition is left out";
  }

  void check_rule(const security::Rule& rule) {
    for (size_t i = 0; i < rule.to.size(); ++i) {
      if (rule.to[i].operation) {
        check_values(rule_ + "." + at("to", i) + ".operation.", *rule.to[i].operation);
      }
    }
    for (size_t i = 0; i < rule.from.size(); ++i) {
      if (rule.from[i].source) {
        check_values(rule_ + "." + at("from", i) + ".source.", *rule.from[i].source);
      }
    }
    for (size_t i = 0; i < rule.when.size(); ++i) check_when(at("when", i), rule.when[i]);
  }

  void check_when(const std::string& place, const security::Condition& when) {
    const auto condition = when_condition(when);
    if (!condition) {
      refuse(
          rule_ + "." + place + ".key",
          "\"" + when.key + "\" is no attribute: the rule is left out",
          "write one like request.headers[x-token], source.ip, destination.port, connection.sni");
      return;
    }
    const bool taken = has_name_in_brackets(*condition, when.key);
    if (!taken || !is_good_key(*condition)) {
      tell(taken ? Severity::kWarning : Severity::kError, rule_ + "." + place + ".key",
           "\"" + when.key + "\" has no name in brackets" +
               (is_good_key(*condition) ? "" : ": " + consequence()),
           "write it like request.headers[x-token]");
      return;
    }
    check_list(*condition, condition->values, rule_ + "." + place + ".values");
    check_list(*condition, condition->not_values, rule_ + "." + place + ".notValues");
  }

  template <typename Entry>
  void check_values(const std::string& prefix, const Entry& entry) {
    for_each_condition(entry, [&](const Condition& condition) {
      const FieldNames names = names_of(condition.attribute);
      check_list(condition, condition.values, prefix + names.values);
      check_list(condition, condition.not_values, prefix + names.not_values);
    });
  }

  struct FieldNames {
    const char* values;
    const char* not_values;
  };
  // Only of attributes whose values are checked.
  static FieldNames names_of(Attribute attribute) {
    if (attribute == Attribute::kPort) return {"ports", "notPorts"};
    if (attribute == Attribute::kRemoteIp) return {"remoteIpBlocks", "notRemoteIpBlocks"};
    return {"ipBlocks", "notIpBlocks"};
  }

  void check_list(const Condition& condition, std::span<const std::string> values,
                  const std::string& field) {
    for (size_t i = 0; i < values.size(); ++i) {
      if (is_good_value(condition.attribute, values[i])) continue;
      if (condition.attribute != Attribute::kPort && traffic::is_address(values[i])) continue;
      const bool port = condition.attribute == Attribute::kPort;
      refuse(
          at(field, i),
          "\"" + values[i] + "\" is no " + (port ? "port" : "address or range of addresses") +
              ": " +
              (policy_->action == Action::ALLOW ? "the rule is left out" : "the value is left out"),
          port ? "write a number from 0 to 65535" : "write it like 10.0.0.1 or 10.0.0.0/8");
    }
  }

  const index::AuthorizationPolicy& policy_;
  Diagnostics& out_;
  std::string rule_;  // "spec.rules[0]"
};

bool selects_workloads(const security::PeerAuthentication& policy) {
  return policy.selector && !policy.selector->match_labels.empty();
}

// Of those that are for a whole namespace the oldest counts; ports without a selector are told with the rules of the kind
// (traffic/check/rules_security.cc).
void check_peer_authentications(const index::Mesh& mesh, Diagnostics& out) {
  std::map<std::string, const index::PeerAuthentication*> first;
  for (const index::PeerAuthentication& policy : mesh.peer_authentications) {
    if (selects_workloads(*policy.spec)) continue;
    const auto [winner, fresh] = first.try_emplace(policy.ns(), &policy);
    if (fresh) continue;
    const kube::Object& won = *winner->second->object;
    const bool root = policy.ns() == mesh.root_namespace;
    out.push_back(finding(Severity::kWarning, Code::kPolicyShadowed, *policy.object, "spec",
                          to_string(won.key) + " is for " +
                              (root ? "the whole mesh" : "all of the namespace") + " too, " +
                              traffic::why_first(won, *policy.object) + ": this one is ignored",
                          "keep one, or give this one a selector"));
  }
}

std::string_view provider_of(const index::AuthorizationPolicy& policy) {
  return policy->provider ? std::string_view(policy->provider->name) : std::string_view();
}

// Keys that nobody has fetched yet: until they are there, no token of their issuer is valid.
void check_texts(const index::Snapshot& snapshot, const index::Mesh& mesh, Diagnostics& out) {
  if (mesh.request_authentications.empty()) return;
  std::map<std::string, const index::RequestAuthentication*> policies;
  for (const index::RequestAuthentication& policy : mesh.request_authentications) {
    policies.emplace(to_string(policy.object->key), &policy);
  }
  for (const index::WantedText& wanted : index::wanted_texts(snapshot)) {
    if (wanted.known) continue;
    for (const std::string& object : wanted.objects) {
      const auto policy = policies.find(object);
      if (policy == policies.end()) continue;
      out.push_back(finding(Severity::kInfo, Code::kTextMissing, *policy->second->object,
                            "spec.jwtRules",
                            "needs the text behind " + wanted.url +
                                ", which was not given: its tokens are refused until it is",
                            "fetch it, and give it with --text " + wanted.url + "=FILE"));
    }
  }
}

// Policies of one proxy may name one authorizer only.
void check_several_authorizers(const index::SnapshotPtr& snapshot, const traffic::Traffic& traffic,
                               Diagnostics& out) {
  std::set<std::string_view> names;
  for (const index::AuthorizationPolicy& policy : traffic.mesh().authorization_policies) {
    if (policy->action == Action::CUSTOM) names.insert(provider_of(policy));
  }
  if (names.size() < 2) return;
  std::set<const traffic::Authorization*> seen;
  for (model::Proxy& proxy : index::proxies(*snapshot)) {
    if (proxy.tenant != traffic.mesh().tenant) continue;
    const traffic::AuthorizationPtr chosen = traffic.view(std::move(proxy)).authorization;
    if (chosen == nullptr || !seen.insert(chosen.get()).second) continue;
    const auto& custom = chosen->custom;
    for (size_t i = 1; i < custom.size(); ++i) {
      if (provider_of(custom[i]) == provider_of(custom[0])) continue;
      out.push_back(finding(
          Severity::kWarning, Code::kAuthorizationInvalid, *custom[i].object, "spec.provider.name",
          "is for workloads of " + to_string(custom[0].object->key) +
              ", which names another authorizer: what the rules of both match is denied",
          "name one authorizer, or select other workloads"));
    }
  }
}

}  // namespace

void check_security(const index::SnapshotPtr& snapshot, const traffic::Traffic& traffic,
                    Diagnostics& out) {
  const index::Mesh& mesh = traffic.mesh();
  check_texts(*snapshot, mesh, out);
  for (const index::AuthorizationPolicy& policy : mesh.authorization_policies) {
    PolicyCheck check(policy, out);
    check.check_rules();
    check.check_dry_run();
    check.check_authorizer(mesh);
  }
  check_several_authorizers(snapshot, traffic, out);
  check_peer_authentications(mesh, out);
}

}  // namespace mesh::xds
