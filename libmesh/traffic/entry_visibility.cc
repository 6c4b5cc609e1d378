#include "libmesh/traffic/entry_visibility.h"

#include <algorithm>

#include "libmesh/index/mesh_settings.h"
#include "libmesh/index/selector.h"

namespace mesh::traffic {
namespace {

using Setting = meshconfig::ServiceEntryVisibility_Visibility;

bool selects(const meshconfig::LabelSelector& selector, const Labels& labels) {
  if (!labels_match(selector.matchLabels, labels)) return false;
  return std::all_of(selector.matchExpressions.begin(), selector.matchExpressions.end(),
                     [&](const auto& requirement) {
                       const std::string* first = requirement.values.data();
                       return index::requirement_matches(requirement.key, requirement.operator_,
                                                         first, first + requirement.values.size(),
                                                         labels);
                     });
}

// The first policy of which all rules match, else the default. A rule without a matcher matches
// nothing.
Setting setting_of(const meshconfig::ServiceEntryVisibility& settings, const Labels& labels) {
  for (const auto& policy : settings.policies) {
    bool all = std::all_of(
        policy.matching_rules.begin(), policy.matching_rules.end(), [&](const auto& rule) {
          return rule.namespace_selector && selects(*rule.namespace_selector, labels);
        });
    if (all) return policy.visibility;
  }
  return settings.default_visibility;
}

}  // namespace

bool EntryVisibility::narrows(const index::Mesh& mesh) {
  return index::goes_by_namespace_labels(mesh.config);
}

EntryVisibility::EntryVisibility(const index::Mesh& mesh) {
  if (!narrows(mesh)) return;
  for (const std::string& ns : mesh.namespaces) by_namespace_.emplace(ns, most_of(mesh, ns));
}

EntryVisibility::Most EntryVisibility::most_of(const index::Mesh& mesh,
                                               const std::string& ns) const {
  static const Labels kNone;
  auto labels = mesh.namespace_labels.find(ns);
  const bool known = labels != mesh.namespace_labels.end();
  switch (setting_of(*mesh.config->service_entry_visibility, known ? labels->second : kNone)) {
    case Setting::NONE:
      return Most::kNone;
    case Setting::NAMESPACE:
      return Most::kNamespace;
    case Setting::VISIBILITY_UNSPECIFIED:
    case Setting::PUBLIC:
      break;
  }
  return Most::kPublic;
}

Visibility EntryVisibility::narrowed(const model::Service& service, Visibility said) const {
  if (by_namespace_.empty() || service.registry == model::Registry::kKubernetes) return said;
  auto most = by_namespace_.find(service.ns);
  if (most == by_namespace_.end() || most->second == Most::kPublic) return said;
  Visibility out;
  if (most->second == Most::kNamespace && said.sees(service.ns)) {
    out.namespaces = {service.ns};
  } else {
    out.none = true;
  }
  return out;
}

}  // namespace mesh::traffic
