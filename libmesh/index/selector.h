// Kubernetes' label selectors (apimachinery, LabelSelectorAsSelector): all of matchLabels and all
// of matchExpressions; the empty selector selects everything.
//
// Maistra's operator has its own evaluation, in which a missing label equals the empty text; that
// is not followed (docs/tenancy.md).
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "libmesh/base/labels.h"

namespace mesh::index {

// "In", "NotIn", "Exists", "DoesNotExist".
bool is_selector_operator(std::string_view name);
bool requirement_matches(std::string_view key, std::string_view operation, const std::string* first,
                         const std::string* last, const Labels& labels);

// For k8s::LabelSelector and istiotype's; an unknown operator selects nothing.
template <typename Selector>
bool selector_matches(const Selector& selector, const Labels& labels) {
  if (!labels_match(selector.match_labels, labels)) return false;
  return std::all_of(selector.match_expressions.begin(), selector.match_expressions.end(),
                     [&](const auto& requirement) {
                       const std::string* first = requirement.values.data();
                       return requirement_matches(requirement.key, requirement.operator_, first,
                                                  first + requirement.values.size(), labels);
                     });
}

}  // namespace mesh::index
