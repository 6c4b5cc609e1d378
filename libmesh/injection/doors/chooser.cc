#include "libmesh/injection/doors/chooser.h"

#include "libmesh/injection/decision/decide.h"

namespace mesh::injection {
namespace {

using document::Value;

std::vector<index::LabelTerms> terms_of(const std::vector<LabelSelector>& selectors) {
  std::vector<index::LabelTerms> out;
  for (const LabelSelector& selector : selectors) {
    if (selector.empty()) continue;  // selects nothing here (injectRequired)
    index::LabelTerms terms;
    for (const auto& [key, value] : selector.match_labels) {
      terms.push_back(index::label_term(key, "In", {value}));
    }
    for (const LabelRequirement& requirement : selector.match_expressions) {
      terms.push_back(
          index::label_term(requirement.key, requirement.operation, requirement.values));
    }
    out.push_back(std::move(terms));
  }
  return out;
}

index::InjectorPolicy policy_of(const Settings& settings, OneControlPlane::As as) {
  index::InjectorPolicy out;
  using Wording = index::InjectorPolicy::Wording;
  if (settings.maistra != nullptr) {
    out.wording =
        settings.maistra->version == "v1.1" ? Wording::kMaistraAnnotation : Wording::kMaistra;
  }
  if (as == OneControlPlane::As::kKubeInject) return out;
  out.policy = settings.config.policy;
  out.never = terms_of(settings.config.never_inject);
  out.always = terms_of(settings.config.always_inject);
  return out;
}

}  // namespace

OneControlPlane::OneControlPlane(SettingsPtr settings, As as,
                                 std::shared_ptr<const NamespaceFacts> ns_facts)
    : settings_(std::move(settings)),
      policy_(policy_of(*settings_, as)),
      ns_facts_(std::move(ns_facts)) {}

Choice OneControlPlane::choose(const Value& pod, std::string_view ns) const {
  if (!index::decide_by_policy(policy_, subject_of(pod, ns, {}), nullptr).injects) return {};
  return {settings_, ns_facts_, {}, {}};
}

}  // namespace mesh::injection
