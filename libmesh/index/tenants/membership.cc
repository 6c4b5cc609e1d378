#include "libmesh/index/tenants/membership.h"

#include <algorithm>

#include "libmesh/index/selector.h"
#include "libmesh/schema/kubernetes.h"

namespace mesh::index {

bool is_namespace_name(std::string_view text) {
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && alphanumeric(text.front()) && alphanumeric(text.back()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return c == '-' || alphanumeric(c); });
}

bool is_reserved_namespace(std::string_view ns) {
  return ns == "kube" || ns == "openshift" || ns.starts_with("kube-") ||
         ns.starts_with("openshift-") || ns.starts_with("ibm-");
}

bool is_wildcard(const maistra::MemberRollSpec& roll) {
  return roll.members.size() == 1 && roll.members.front() == "*";
}

bool matches_dynamically(const maistra::MemberRollSpec& roll) {
  return is_wildcard(roll) || !roll.member_selectors.empty();
}

bool is_included(const maistra::MemberRollSpec& roll, std::string_view ns, const Labels& labels) {
  if (is_wildcard(roll)) return true;
  if (std::find(roll.members.begin(), roll.members.end(), ns) != roll.members.end()) return true;
  return std::any_of(roll.member_selectors.begin(), roll.member_selectors.end(),
                     [&](const auto& selector) { return selector_matches(selector, labels); });
}

bool is_excluded(std::string_view roll_ns, std::string_view ns) {
  return ns == roll_ns || is_reserved_namespace(ns);
}

bool is_member(const maistra::MemberRollSpec& roll, std::string_view roll_ns, std::string_view ns,
               const Labels& labels) {
  return !is_excluded(roll_ns, ns) && is_included(roll, ns, labels);
}

}  // namespace mesh::index
