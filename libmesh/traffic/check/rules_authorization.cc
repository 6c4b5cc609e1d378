// What Istio refuses in AuthorizationPolicies. What makes no condition at all (keys, ports and addresses) is told in
// xds/security/check.cc, beside what becomes of it.
#include <algorithm>
#include <array>

#include "libmesh/traffic/check/rules_kinds.h"
#include "libmesh/traffic/check/targets.h"
#include "libmesh/traffic/check/words.h"

namespace mesh::traffic {
namespace {

using security::AuthorizationPolicy_Action;

using Texts = std::vector<std::string>;
struct Named {
  const Texts* texts;
  const char* name;
};

constexpr size_t kMostRules = 512;
constexpr size_t kMostAccounts = 16;
constexpr size_t kMostAccount = 320;

// "ACCOUNT" or "NAMESPACE/ACCOUNT" (CheckServiceAccount).
void check_accounts(const Texts& accounts, const std::string& path, Finder& finder) {
  if (accounts.size() > kMostAccounts) {
    finder.invalid(path, "names more than 16", "write several sources");
  }
  for (size_t i = 0; i < accounts.size(); ++i) {
    const std::string& text = accounts[i];
    const size_t slash = text.find('/');
    if (text.empty()) {
      finder.invalid(at(path, i), "is empty", "name the service account");
    } else if (text.find('*') != std::string::npos) {
      finder.invalid(at(path, i), quoted(text) + " has a \"*\": accounts are compared whole",
                     "name the account, or match principals");
    } else if (slash == 0 || slash + 1 == text.size() ||
               std::count(text.begin(), text.end(), '/') > 1 || text.size() > kMostAccount) {
      finder.invalid(at(path, i), quoted(text) + " is not ACCOUNT or NAMESPACE/ACCOUNT",
                     "write it like shop/cart, of at most 320 characters");
    }
  }
}

// At most one "*", at an end (CheckWildcardValues).
void check_domains(const Texts& domains, bool with_slash, const std::string& path, Finder& finder) {
  for (size_t i = 0; i < domains.size(); ++i) {
    const std::string& text = domains[i];
    const auto stars = std::count(text.begin(), text.end(), '*');
    if (text.empty()) {
      finder.invalid(at(path, i), "is empty", "write a text, or leave it out");
    } else if (stars > 1 || (stars == 1 && !text.starts_with('*') && !text.ends_with('*'))) {
      finder.invalid(at(path, i), quoted(text) + " has a \"*\" that stands at no end",
                     "write one \"*\" in front or at the end");
    } else if (!with_slash && text.find('/') != std::string::npos) {
      finder.invalid(at(path, i), quoted(text) + " is no trust domain: it has a \"/\"",
                     "write what stands before the first \"/\"");
    }
  }
}

// "{*}" and "{**}" as whole parts, and nothing after "{**}" but plain text (CheckValidPathTemplate).
void check_template(std::string_view path, const std::string& field, Finder& finder) {
  const std::string whole(path);
  const bool templated =
      path.find("{*}") != std::string_view::npos || path.find("{**}") != std::string_view::npos;
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  constexpr std::string_view kOthers = "-._~%!$&'()+,;:@=";
  bool any = false;  // "{**}" was there
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    begin = end + 1;
    if (part == "{*}" || part == "{**}") {
      if (any) {
        return finder.invalid(field, quoted(whole) + " has a template after {**}",
                              "write {**} last");
      }
      any = part == "{**}";
      continue;
    }
    if (part.find_first_of("{}") != std::string_view::npos) {
      return finder.invalid(field, quoted(whole) + " has { or } that are no template",
                            "write {*} or {**} as a whole part of the path");
    }
    const bool literal = !part.empty() && std::all_of(part.begin(), part.end(), [&](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             kOthers.find(c) != std::string_view::npos;
    });
    if (templated && !literal) {
      return finder.invalid(field, quoted(whole) + " has " + quoted(part) + " beside a template",
                            "write plain characters of paths; \"*\" does not go with templates");
    }
  }
}

void check_source(const security::Source& source, const std::string& path, Finder& finder) {
  const std::array<Named, 10> plain = {{{&source.principals, "principals"},
                                        {&source.not_principals, "notPrincipals"},
                                        {&source.namespaces, "namespaces"},
                                        {&source.not_namespaces, "notNamespaces"},
                                        {&source.request_principals, "requestPrincipals"},
                                        {&source.not_request_principals, "notRequestPrincipals"},
                                        {&source.ip_blocks, "ipBlocks"},
                                        {&source.not_ip_blocks, "notIpBlocks"},
                                        {&source.remote_ip_blocks, "remoteIpBlocks"},
                                        {&source.not_remote_ip_blocks, "notRemoteIpBlocks"}}};
  constexpr size_t kIdentities = 4;  // the first ones do not go with accounts
  constexpr size_t kNames = 6;       // addresses are told where they are no addresses
  const bool accounts = !source.service_accounts.empty() || !source.not_service_accounts.empty();
  const bool domains = !source.trust_domains.empty() || !source.not_trust_domains.empty();
  bool any = accounts || domains;
  for (size_t i = 0; i < plain.size(); ++i) {
    const std::string field = path + "." + plain[i].name;
    if (i < kNames) check_not_empty(*plain[i].texts, field, finder);
    if (plain[i].texts->empty()) continue;
    any = true;
    if (i < kIdentities && accounts) {
      finder.invalid(field, "stands beside service accounts",
                     "write two sources; namespaces and accounts are in principals, too");
    }
  }
  if (!any) finder.invalid(path, "is empty", "say who is meant, or leave `from` out for everyone");
  check_accounts(source.service_accounts, path + ".serviceAccounts", finder);
  check_accounts(source.not_service_accounts, path + ".notServiceAccounts", finder);
  check_domains(source.trust_domains, false, path + ".trustDomains", finder);
  check_domains(source.not_trust_domains, false, path + ".notTrustDomains", finder);
}

void check_operation(const security::Operation& operation, const std::string& path,
                     Finder& finder) {
  const std::array<Named, 8> all = {{{&operation.hosts, "hosts"},
                                     {&operation.not_hosts, "notHosts"},
                                     {&operation.methods, "methods"},
                                     {&operation.not_methods, "notMethods"},
                                     {&operation.paths, "paths"},
                                     {&operation.not_paths, "notPaths"},
                                     {&operation.ports, "ports"},
                                     {&operation.not_ports, "notPorts"}}};
  constexpr size_t kNames = 6;  // ports are told where they are no ports
  bool any = false;
  for (size_t i = 0; i < all.size(); ++i) {
    any = any || !all[i].texts->empty();
    if (i < kNames) check_not_empty(*all[i].texts, path + "." + all[i].name, finder);
  }
  if (!any) finder.invalid(path, "is empty", "say what is meant, or leave `to` out for everything");
  for (size_t i = 0; i < operation.paths.size(); ++i) {
    check_template(operation.paths[i], at(path + ".paths", i), finder);
  }
  for (size_t i = 0; i < operation.not_paths.size(); ++i) {
    check_template(operation.not_paths[i], at(path + ".notPaths", i), finder);
  }
}

void check_condition(const security::Condition& when, const std::string& path, Finder& finder) {
  if (when.key.empty()) return;  // no attribute: told with the keys
  if (when.key == "request.auth.claims") {
    finder.invalid(path + ".key", "names no claim", "write it like request.auth.claims[group]");
  }
  if (when.values.empty() && when.not_values.empty()) {
    finder.invalid(path, "has no values", "write values or notValues");
  }
  for (const auto& [texts, name] :
       {Named{&when.values, ".values"}, Named{&when.not_values, ".notValues"}}) {
    if (when.key == "source.serviceAccount") {
      check_accounts(*texts, path + name, finder);
    } else if (when.key == "source.trustDomain") {
      check_domains(*texts, true, path + name, finder);
    } else if (!when.key.ends_with(".ip") && when.key != "destination.port") {
      check_not_empty(*texts, path + name, finder);
    }
  }
}

// What an authorizer outside is not asked about.
void check_custom_source(const security::Source& source, const std::string& path, Finder& finder) {
  for (const auto& [texts, name] : {Named{&source.namespaces, "namespaces"},
                                    {&source.not_namespaces, "notNamespaces"},
                                    {&source.service_accounts, "serviceAccounts"},
                                    {&source.not_service_accounts, "notServiceAccounts"},
                                    {&source.trust_domains, "trustDomains"},
                                    {&source.not_trust_domains, "notTrustDomains"},
                                    {&source.principals, "principals"},
                                    {&source.not_principals, "notPrincipals"},
                                    {&source.request_principals, "requestPrincipals"},
                                    {&source.not_request_principals, "notRequestPrincipals"}}) {
    if (texts->empty()) continue;
    finder.invalid(path + "." + name, "does not go with action CUSTOM",
                   "match addresses, operations and headers, or write another policy");
  }
}

void check_custom(const security::Rule& rule, const std::string& path, Finder& finder) {
  for (size_t i = 0; i < rule.from.size(); ++i) {
    if (rule.from[i].source) {
      check_custom_source(*rule.from[i].source, at(path + ".from", i) + ".source", finder);
    }
  }
  for (size_t i = 0; i < rule.when.size(); ++i) {
    const std::string& key = rule.when[i].key;
    if (key == "source.namespace" || key == "source.serviceAccount" ||
        key == "source.trustDomain" || key == "source.principal" ||
        key.starts_with("request.auth.")) {
      finder.invalid(at(path + ".when", i) + ".key",
                     quoted(key) + " does not go with action CUSTOM",
                     "match addresses, operations and headers, or write another policy");
    }
  }
}

void check_policy_rule(const security::Rule& rule, const std::string& path, Finder& finder) {
  if (rule.from.size() > kMostRules) {
    finder.invalid(path + ".from", "has more than 512", "write several rules");
  }
  for (size_t i = 0; i < rule.from.size(); ++i) {
    const std::string here = at(path + ".from", i) + ".source";
    if (!rule.from[i].source) {
      finder.invalid(here, "is not set", "say who is meant, or leave `from` out for everyone");
    } else {
      check_source(*rule.from[i].source, here, finder);
    }
  }
  for (size_t i = 0; i < rule.to.size(); ++i) {
    const std::string here = at(path + ".to", i) + ".operation";
    if (!rule.to[i].operation) {
      finder.invalid(here, "is not set", "say what is meant, or leave `to` out for everything");
    } else {
      check_operation(*rule.to[i].operation, here, finder);
    }
  }
  for (size_t i = 0; i < rule.when.size(); ++i) {
    check_condition(rule.when[i], at(path + ".when", i), finder);
  }
}

}  // namespace

void check_authorization_policy(const security::AuthorizationPolicy& policy, Finder& finder) {
  check_policy_target(policy, finder);
  const bool custom = policy.action == AuthorizationPolicy_Action::CUSTOM;
  if (policy.rules.empty() && (custom || policy.action == AuthorizationPolicy_Action::DENY)) {
    finder.invalid(
        "spec.rules",
        custom ? "is empty, so nobody is ever asked" : "is empty, so the policy denies nothing",
        custom ? "write \"rules: [{}]\" to ask about every request"
               : "write \"rules: [{}]\" to deny everything");
  }
  if (policy.provider && !custom) {
    finder.invalid("spec.provider", "stands beside action " + std::string(enum_name(policy.action)),
                   "write action CUSTOM, or take the provider away");
  }
  if (policy.rules.size() > kMostRules) {
    finder.invalid("spec.rules", "has more than 512", "write several policies");
  }
  for (size_t i = 0; i < policy.rules.size(); ++i) {
    const std::string path = at("spec.rules", i);
    check_policy_rule(policy.rules[i], path, finder);
    if (custom) check_custom(policy.rules[i], path, finder);
  }
}

}  // namespace mesh::traffic
