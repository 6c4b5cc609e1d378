// Targets: what an object is for: workloads by their labels, or Services, ServiceEntries, Gateways and GatewayClasses by their
// names (targetRef, targetRefs). The rules are the same for all kinds (validateOneOfSelectorType, validateWorkloadSelector,
// validatePolicyTargetReference, ValidateAlphaWorkloadSelector in pkg/config/validation/validation.go, and the CRDs').
#pragma once

#include <map>
#include <string>
#include <vector>

#include "libmesh/schema/gen/istiotype/selector.h"
#include "libmesh/traffic/check/finder.h"

namespace mesh::traffic {

// Of spec.selector and the like: keys that are not empty, nothing with "*", values of at most 63 characters.
void check_selector_words(const std::map<std::string, std::string>& labels,
                          const std::string& field, Finder& finder);
// Of spec.targetRefs[i] and spec.targetRef.
void check_target(const istiotype::PolicyTargetReference& target, const std::string& field,
                  Finder& finder);
// That no two of the fields of the spec are there.
void check_one_target(std::initializer_list<std::string_view> fields, Finder& finder);

inline void check_target_list(const std::vector<istiotype::PolicyTargetReference>& targets,
                              Finder& finder) {
  constexpr size_t kMost = 16;
  for (size_t i = 0; i < targets.size(); ++i) {
    check_target(targets[i], at("spec.targetRefs", i), finder);
  }
  if (targets.size() > kMost) {
    finder.invalid("spec.targetRefs", "names more than 16", "write several objects");
  }
}

// Of the kinds that have all three: AuthorizationPolicy, RequestAuthentication, Telemetry, WasmPlugin.
template <typename Policy>
void check_policy_target(const Policy& policy, Finder& finder) {
  if (policy.selector) {
    check_selector_words(policy.selector->match_labels, "spec.selector.matchLabels", finder);
  }
  if (policy.targetRef) check_target(*policy.targetRef, "spec.targetRef", finder);
  check_target_list(policy.targetRefs, finder);
  check_one_target({"selector", "targetRef", "targetRefs"}, finder);
}

}  // namespace mesh::traffic
