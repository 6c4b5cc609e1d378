// The injector's own part of the decision, label terms, and the words of both.
#include <algorithm>
#include <array>
#include <utility>

#include "libmesh/base/strings.h"
#include "libmesh/index/proxies/injection_rule.h"

namespace mesh::index {
namespace {

using Operator = LabelTerm::Operator;

const std::string kInject = "sidecar.istio.io/inject";

std::string label_field(std::string_view key) {
  return "metadata.labels[" + std::string(key) + "]";
}

// Ignored by the injector whatever they say (IgnoredNamespaces in pkg/kube/inject).
bool is_ignored(std::string_view ns) {
  return ns == "kube-system" || ns == "kube-public" || ns == "kube-node-lease" ||
         ns == "local-path-storage";
}

enum class Said : uint8_t { kYes, kNo, kUndecided, kNothing, kOddlyNo };

Said word_said(InjectorPolicy::Wording wording, const std::string* text) {
  if (text == nullptr || text->empty()) return Said::kUndecided;
  if (wording == InjectorPolicy::Wording::kIstio) {
    return *text == "true" ? Said::kYes : *text == "false" ? Said::kNo : Said::kNothing;
  }
  const std::string word = lower_ascii(*text);
  if (word == "y" || word == "yes" || word == "true" || word == "on") return Said::kYes;
  const bool usual = word == "n" || word == "no" || word == "false" || word == "off";
  return usual ? Said::kNo : Said::kOddlyNo;
}

class PolicyDecider {
 public:
  PolicyDecider(const InjectorPolicy& policy, const InjectionSubject& subject,
                std::vector<Because>* because)
      : policy_(policy), subject_(subject), because_(because) {}

  PolicyVerdict run() {
    if (subject_.host_network) {
      say("spec.hostNetwork", "true", "the pod is in its node's network");
      return {false, InjectionReason::kHostNetwork};
    }
    if (is_ignored(subject_.ns)) {
      say("metadata.namespace", subject_.ns, "injectors ignore this namespace");
      return {false, InjectionReason::kIgnoredNamespace};
    }
    PolicyVerdict out;
    if (by_word(out) || by_selectors(out)) return legal(out);
    out.injects = policy_.policy == "enabled";
    out.reason = InjectionReason::kPolicy;
    say_policy(out.injects ? "injects what says nothing" : "injects only what asks for it");
    return legal(out);
  }

 private:
  bool by_word(PolicyVerdict& out) {
    const std::string* label = policy_.wording == InjectorPolicy::Wording::kMaistraAnnotation
                                   ? nullptr
                                   : subject_.labels.get(kInject);
    const std::string* text = label != nullptr ? label : subject_.annotations.get(kInject);
    const Said said = word_said(policy_.wording, text);
    if (said == Said::kUndecided) return false;
    const std::string field =
        label != nullptr ? label_field(kInject) : "metadata.annotations[" + kInject + "]";
    if (said == Said::kNothing) {
      say(field, *text, "says neither \"true\" nor \"false\" and counts for nothing");
      out.said_nothing = true;
      return false;
    }
    out.injects = said == Said::kYes;
    out.said_nothing = said == Said::kOddlyNo;
    out.reason = label != nullptr ? InjectionReason::kPodLabel : InjectionReason::kPodAnnotation;
    say(field, *text,
        out.injects        ? "asks for a proxy"
        : out.said_nothing ? "is no word for yes and counts as no"
                           : "refuses a proxy");
    return true;
  }

  bool by_selectors(PolicyVerdict& out) {
    for (bool always : {false, true}) {
      const auto& selectors = always ? policy_.always : policy_.never;
      for (size_t i = 0; i < selectors.size(); ++i) {
        if (selectors[i].empty() || !selects(selectors[i])) continue;
        out.injects = always;
        out.reason = always ? InjectionReason::kAlwaysSelector : InjectionReason::kNeverSelector;
        if (because_ == nullptr) return true;
        const std::string name = always ? "alwaysInjectSelector" : "neverInjectSelector";
        const std::string* value = subject_.labels.get(selectors[i].front().key);
        say(label_field(selectors[i].front().key), value == nullptr ? "" : *value,
            name + "[" + std::to_string(i) + "]" + (always ? " asks for" : " refuses") +
                " a proxy");
        return true;
      }
    }
    return false;
  }

  bool selects(const LabelTerms& terms) const {
    return std::all_of(terms.begin(), terms.end(), [&](const LabelTerm& term) {
      return term.matches(subject_.labels.get(term.key));
    });
  }

  // Istio injects nothing at all under a policy that it does not know.
  PolicyVerdict legal(PolicyVerdict out) {
    if (policy_.policy == "enabled" || policy_.policy == "disabled") return out;
    say_policy("is neither enabled nor disabled: nothing is injected");
    return {false, InjectionReason::kIllegalPolicy, out.said_nothing};
  }

  void say(std::string field, std::string_view value, std::string text) {
    if (because_ == nullptr) return;
    because_->push_back(
        {std::string(subject_.object), std::move(field), std::string(value), std::move(text)});
  }
  void say_policy(std::string text) {
    if (because_ == nullptr) return;
    because_->push_back({policy_.object, policy_.field, policy_.policy, std::move(text)});
  }

  const InjectorPolicy& policy_;
  const InjectionSubject& subject_;
  std::vector<Because>* because_;
};

}  // namespace

PolicyVerdict decide_by_policy(const InjectorPolicy& policy, const InjectionSubject& subject,
                               std::vector<Because>* because) {
  return PolicyDecider(policy, subject, because).run();
}

// ---- words ----------------------------------------------------------------------------------

std::string_view answer_text(Answer answer) {
  constexpr std::array<std::string_view, 3> kTexts{"no", "yes", "unknown"};
  return kTexts[static_cast<size_t>(answer)];
}

std::string_view reason_text(InjectionReason reason) {
  constexpr std::array<std::string_view, 11> kTexts{
      "no-webhook",     "host-network",          "ignored-namespace",      "pod-label",
      "pod-annotation", "never-inject-selector", "always-inject-selector", "policy",
      "illegal-policy", "namespace-unknown",     "match-conditions"};
  return kTexts[static_cast<size_t>(reason)];
}

bool LabelTerm::matches(const std::string* value) const {
  const bool found =
      value != nullptr && std::find(values.begin(), values.end(), *value) != values.end();
  switch (operation) {
    case Operator::kIn:
      return found;
    case Operator::kNotIn:
      return !found;
    case Operator::kExists:
      return value != nullptr;
    case Operator::kDoesNotExist:
      return value == nullptr;
    case Operator::kNever:
      return false;
  }
  return false;
}

LabelTerm label_term(std::string_view key, std::string_view operation,
                     std::vector<std::string> values) {
  LabelTerm out{std::string(key), Operator::kNever, std::move(values)};
  // One that apimachinery refuses (NewRequirement) selects nothing.
  const bool listing = operation == "In" || operation == "NotIn";
  if (listing == out.values.empty()) return out;
  if (operation == "In") out.operation = Operator::kIn;
  if (operation == "NotIn") out.operation = Operator::kNotIn;
  if (operation == "Exists") out.operation = Operator::kExists;
  if (operation == "DoesNotExist") out.operation = Operator::kDoesNotExist;
  return out;
}

}  // namespace mesh::index
