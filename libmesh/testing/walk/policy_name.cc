#include "libmesh/testing/walk/policy_name.h"

#include <charconv>

namespace mesh::testing {

// From the end, since a provider's name may be anything.
PolicyRule policy_rule(std::string_view name) {
  constexpr std::string_view kNamespace = "ns[";
  constexpr std::string_view kPolicy = "]-policy[";
  constexpr std::string_view kRule = "]-rule[";
  const size_t rule = name.rfind(kRule);
  if (rule == name.npos) return {};
  const std::string_view head = name.substr(0, rule);
  const size_t policy = head.rfind(kPolicy);
  if (policy == head.npos) return {};
  const size_t start = head.substr(0, policy).rfind(kNamespace);
  if (start == head.npos || (start > 0 && head[start - 1] != '-')) return {};
  const std::string_view digits = name.substr(rule + kRule.size());
  PolicyRule out;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), out.rule);
  if (read.ec != std::errc() || out.rule < 0) return {};
  const size_t ns = start + kNamespace.size();
  out.policy.append(head.substr(ns, policy - ns)).append("/");
  out.policy.append(head.substr(policy + kPolicy.size()));
  return out;
}

}  // namespace mesh::testing
