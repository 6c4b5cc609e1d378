#include "libmesh/index/proxies/injection_rule.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "libmesh/schema/maistra.h"

namespace mesh::index {
namespace {

using Operator = LabelTerm::Operator;

const std::string kNamespaceName = "kubernetes.io/metadata.name";

std::string label_field(std::string_view key) {
  return "metadata.labels[" + std::string(key) + "]";
}

std::string listed(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) {
    out += (out.empty() ? "\"" : " or \"") + value + "\"";
  }
  return out;
}

// What a term says of a value: "is not set, must be \"enabled\"".
std::string term_text(const LabelTerm& term, const std::string* value) {
  std::string is = value == nullptr ? "is not set" : "is \"" + *value + "\"";
  if (term.matches(value)) return is;
  switch (term.operation) {
    case Operator::kIn:
      return is + ", must be " + listed(term.values);
    case Operator::kNotIn:
      return is + ", must not be " + listed(term.values);
    case Operator::kExists:
      return is + ", must be set";
    case Operator::kDoesNotExist:
      return is + ", must not be set";
    case Operator::kNever:
      return "is asked for in a way that Kubernetes does not take";
  }
  return is;
}

// ---- Maistra's control planes ---------------------------------------------------------------

bool is_before(const std::string& version, std::string_view other) {
  return !version.empty() && version < other;  // v1.1 … v2.6
}

LabelTerms terms_of(const k8s::LabelSelector& selector) {
  LabelTerms out;
  for (const auto& [key, value] : selector.match_labels) {
    out.push_back({key, Operator::kIn, {value}});
  }
  for (const auto& requirement : selector.match_expressions) {
    out.push_back(label_term(requirement.key, requirement.operator_, requirement.values));
  }
  return out;
}

InjectorPolicy policy_of(const Tenant& tenant) {
  InjectorPolicy out;
  out.wording = tenant.version == "v1.1" ? InjectorPolicy::Wording::kMaistraAnnotation
                                         : InjectorPolicy::Wording::kMaistra;
  const auto& spec = tenant.control_plane->as<maistra::ControlPlaneSpec>();
  const auto* injection = spec.proxy && spec.proxy->injection ? &*spec.proxy->injection : nullptr;
  out.policy =
      injection != nullptr && injection->auto_inject.value_or(false) ? "enabled" : "disabled";
  if (injection == nullptr) return out;
  for (const auto& selector : injection->never_inject_selector) {
    out.never.push_back(terms_of(selector));
  }
  for (const auto& selector : injection->always_inject_selector) {
    out.always.push_back(terms_of(selector));
  }
  return out;
}

// The webhook of Maistra's charts, without maistra.io/member-of, which the operator answers for.
const InjectionWebhook& maistra_webhook() {
  static const InjectionWebhook webhook = [] {
    InjectionWebhook out;
    out.name = "sidecar-injector.istio.io";
    out.namespaces = {{"maistra.io/ignore-namespace", Operator::kDoesNotExist, {}},
                      {"istio-injection", Operator::kNotIn, {"disabled"}},
                      {"istio-env", Operator::kDoesNotExist, {}}};
    out.objects = {{"app", Operator::kNotIn, {"istiod"}}};
    return out;
  }();
  return webhook;
}

bool is_member(const Tenant& tenant, std::string_view ns) {
  if (ns == tenant.ns) return true;
  const Member* member = tenant.members.get(std::string(ns));
  return member != nullptr && member->state == MemberState::kConfigured;
}

// ---- webhooks -------------------------------------------------------------------------------

// How well a failed term explains that nobody is asked; the best one is told last.
struct Obstacle {
  int weight = -1;
  Because because;
};

struct Match {
  Answer answer = Answer::kYes;
  bool presumed = true;
  const LabelTerm* term = nullptr;  // that decides
  const std::string* value = nullptr;
  bool of_pod = false;
};

class Decider {
 public:
  Decider(const InjectionPlace& place, const InjectionSubject& subject,
          std::vector<Because>* because)
      : place_(place), subject_(subject), because_(because) {}

  InjectionVerdict run() {
    if (!place_.rules.any_revision || is_implicit()) {
      for (const InjectionWebhook& webhook : place_.rules.webhooks) ask(webhook);
    }
    ask_maistra();
    return conclude();
  }

 private:
  bool is_implicit() const {
    return place_.tenants.list.empty() || place_.tenants.list.front().implicit;
  }
  bool is_wanted(const std::string& ns, const std::string& revision) const {
    return place_.only == nullptr ||
           (place_.only->ns == ns && (revision.empty() || place_.only->revision == revision));
  }
  // The control plane that a webhook speaks for, if it is a tenant's.
  const Tenant* tenant_of(const std::string& ns) const {
    if (is_implicit()) return nullptr;
    const Tenant* owner = ns.empty() ? nullptr : place_.tenants.of_namespace(ns);
    return owner != nullptr && owner->ns == ns ? owner : nullptr;
  }

  void ask(const InjectionWebhook& webhook);
  void ask_maistra();
  void called(InjectorCall call, const InjectorPolicy& policy);
  Match match_namespace(const LabelTerms& terms);
  Match match_pod(const LabelTerms& terms) const;
  void tell_not_called(const InjectionWebhook& webhook, const Match& match, bool namespace_matched);
  void tell_called(const InjectionWebhook& webhook, const Match& match, Answer answer);
  void say(Because because) {
    if (because_ != nullptr) because_->push_back(std::move(because));
  }
  std::string namespace_object() const { return "Namespace " + std::string(subject_.ns); }
  void tell_policies(const InjectorCall& decided);
  void tell_unknown();
  void tell_nobody();
  InjectionVerdict conclude();

  const InjectionPlace& place_;
  const InjectionSubject& subject_;
  std::vector<Because>* because_;
  std::string ns_;  // of the subject, once it is asked for
  InjectionVerdict verdict_;
  std::vector<std::vector<Because>> reasons_;  // of verdict_.calls
  Obstacle obstacle_;
  // Of verdict_.calls: the last one that injects for sure, and the last one that may.
  std::optional<size_t> sure_, perhaps_;
  bool presumed_ = false;
};

const LabelTerm* selecting_term(const LabelTerms& terms) {
  for (const LabelTerm& term : terms) {
    if (term.operation == Operator::kIn || term.operation == Operator::kExists) return &term;
  }
  return nullptr;
}

Match Decider::match_namespace(const LabelTerms& terms) {
  Match out;
  for (const LabelTerm& term : terms) {
    const std::string* value = nullptr;
    if (term.key == kNamespaceName) {
      if (ns_.empty()) ns_ = subject_.ns;
      value = &ns_;
    } else if (place_.labels != nullptr) {
      auto found = place_.labels->find(term.key);
      if (found != place_.labels->end()) value = &found->second;
    } else if (!place_.whole) {
      out.presumed = out.presumed && term.matches(nullptr);
      if (out.answer == Answer::kYes) out.term = &term;
      out.answer = Answer::kUnknown;
      continue;
    }
    if (!term.matches(value)) return {Answer::kNo, false, &term, value, false};
  }
  if (out.answer == Answer::kYes) {
    out.term = selecting_term(terms);
    if (out.term != nullptr && place_.labels != nullptr) {
      auto found = place_.labels->find(out.term->key);
      if (found != place_.labels->end()) out.value = &found->second;
    }
  }
  return out;
}

Match Decider::match_pod(const LabelTerms& terms) const {
  for (const LabelTerm& term : terms) {
    const std::string* value = subject_.labels.get(term.key);
    if (!term.matches(value)) return {Answer::kNo, false, &term, value, true};
  }
  const LabelTerm* term = selecting_term(terms);
  return {Answer::kYes, true, term, term == nullptr ? nullptr : subject_.labels.get(term->key),
          true};
}

std::string webhook_text(const InjectionWebhook& webhook) {
  std::string out = "webhook " + webhook.name;
  return webhook.configuration.empty() ? out : out + " of " + webhook.configuration;
}

void Decider::tell_not_called(const InjectionWebhook& webhook, const Match& match,
                              bool namespace_matched) {
  if (because_ == nullptr) return;
  const std::string object = match.of_pod ? std::string(subject_.object) : namespace_object();
  const std::string fact = term_text(*match.term, match.value);
  Because because{object, label_field(match.term->key), match.value == nullptr ? "" : *match.value,
                  webhook_text(webhook) + " is not called: " + fact};
  // What is said explains more than what is not said, a refusal more than a mismatch.
  int weight = match.value == nullptr ? (match.term->key == "istio-injection" ? 1 : 0)
               : match.term->operation == Operator::kDoesNotExist ? 2
               : match.of_pod                                     ? 4
                                                                  : 3;
  if (match.of_pod && !namespace_matched) weight = 0;
  if (weight > obstacle_.weight) {
    obstacle_ = {weight, because};
    obstacle_.because.text = "no control plane is asked to inject: " + fact;
  }
  because_->push_back(std::move(because));
}

void Decider::tell_called(const InjectionWebhook& webhook, const Match& match, Answer answer) {
  if (because_ == nullptr) return;
  const std::string object = match.of_pod ? std::string(subject_.object) : namespace_object();
  std::string text = webhook_text(webhook);
  if (answer == Answer::kUnknown) {
    text += match.answer == Answer::kUnknown
                ? " may be called: the Namespace is not in the input"
                : " may be called: its matchConditions are CEL, which is not run";
  } else {
    text += " is called" +
            (match.term == nullptr ? std::string() : ": " + term_text(*match.term, match.value));
  }
  text += "; without an answer the pod is " +
          std::string(webhook.failure_policy == "Ignore" ? "made as it is (failurePolicy Ignore)"
                                                         : "refused (failurePolicy Fail)");
  say({object, match.term == nullptr ? "metadata.labels" : label_field(match.term->key),
       match.value == nullptr ? "" : *match.value, std::move(text)});
}

void Decider::ask(const InjectionWebhook& webhook) {
  const InjectorPlane& plane = place_.rules.planes[webhook.plane];
  if (!is_wanted(plane.ns, plane.revision)) return;
  const Tenant* tenant = tenant_of(plane.ns);
  // What Maistra installs for its control planes is known better than what Istio's chart would.
  if (tenant != nullptr && !webhook.stated) return;
  if (!webhook.creates_pods) {
    say({"MutatingWebhookConfiguration " + webhook.configuration, "webhooks.rules", "",
         webhook_text(webhook) + " is not called: its rules are not for the creation of pods"});
    return;
  }
  const Match by_namespace = match_namespace(webhook.namespaces);
  if (by_namespace.answer == Answer::kNo) return tell_not_called(webhook, by_namespace, false);
  const Match by_pod = match_pod(webhook.objects);
  if (by_pod.answer == Answer::kNo) return tell_not_called(webhook, by_pod, true);
  const Match& match = by_namespace.term != nullptr ? by_namespace : by_pod;
  InjectorCall call;
  call.webhook = &webhook;
  call.ns = plane.ns;
  call.revision = plane.revision;
  if (tenant != nullptr) call.tenant = tenant->id;
  if (call.revision.empty()) {  // whichever the label names
    const LabelTerm* in_namespace = selecting_term(webhook.namespaces);
    const Match& names = in_namespace != nullptr ? by_namespace : by_pod;
    call.revision = names.value == nullptr ? "default" : *names.value;
    if (place_.only != nullptr && place_.only->revision != call.revision) return;
  }
  const bool unknown = by_namespace.answer == Answer::kUnknown || webhook.conditions;
  call.called = unknown ? Answer::kUnknown : Answer::kYes;
  call.presumed = by_namespace.presumed;
  call.without_namespace = by_namespace.answer == Answer::kUnknown;
  tell_called(webhook, match, call.called);
  if (because_ != nullptr) call.by = because_->back();
  called(std::move(call), tenant != nullptr ? policy_of(*tenant) : plane.policy);
}

void Decider::ask_maistra() {
  const Tenant* tenant = place_.tenant;
  if (tenant == nullptr || tenant->implicit || tenant->control_plane == nullptr) return;
  if (!is_wanted(tenant->ns, tenant->name)) return;
  const auto& planes = place_.rules.planes;
  const bool stated = std::any_of(
      place_.rules.webhooks.begin(), place_.rules.webhooks.end(),
      [&](const InjectionWebhook& w) { return w.stated && planes[w.plane].ns == tenant->ns; });
  if (stated) return;
  const InjectionWebhook& webhook = maistra_webhook();
  const std::string who = "ServiceMeshControlPlane " + tenant->id.value;
  auto refuse = [&](std::string field, std::string value, std::string text) {
    if (because_ == nullptr) return;
    Because because{namespace_object(), std::move(field), std::move(value), std::move(text)};
    if (obstacle_.weight < 3) obstacle_ = {3, because};
    because_->push_back(std::move(because));
  };
  if (!is_member(*tenant, subject_.ns)) {
    return refuse("metadata.labels[maistra.io/member-of]", "",
                  "the namespace is no member of " + who + ", whose webhook looks at members only");
  }
  if (subject_.ns == tenant->ns && is_before(tenant->version, "v2.4")) {
    return refuse("metadata.labels[maistra.io/ignore-namespace]", "ignore",
                  "the operator keeps the namespace of " + who + " out of injection before v2.4");
  }
  Match match = match_namespace(webhook.namespaces);
  if (match.answer == Answer::kNo) return tell_not_called(webhook, match, false);
  const Match by_pod = match_pod(webhook.objects);
  if (by_pod.answer == Answer::kNo) return tell_not_called(webhook, by_pod, true);
  InjectorCall call;
  call.webhook = &webhook;
  call.tenant = tenant->id;
  call.ns = tenant->ns;
  call.revision = tenant->name;
  call.called = match.answer;
  call.presumed = match.presumed;
  call.without_namespace = match.answer == Answer::kUnknown;
  if (because_ != nullptr && match.answer == Answer::kYes) {
    say({namespace_object(), "metadata.labels[maistra.io/member-of]", tenant->ns,
         "webhook " + webhook.name + " of " + who +
             " is called: the namespace is a member; without an answer the pod is refused "
             "(failurePolicy Fail)"});
  } else {
    tell_called(webhook, match, match.answer);
  }
  InjectorPolicy policy = policy_of(*tenant);
  if (because_ != nullptr) {
    call.by = because_->back();
    policy.object = who;
    policy.field = "spec.proxy.injection.autoInject";
  }
  called(std::move(call), policy);
}

void Decider::called(InjectorCall call, const InjectorPolicy& policy) {
  std::vector<Because> reasons;
  const PolicyVerdict said =
      decide_by_policy(policy, subject_, because_ == nullptr ? nullptr : &reasons);
  verdict_.said_nothing = verdict_.said_nothing || said.said_nothing;
  call.injects = said.injects;
  call.reason = said.reason;
  const size_t at = verdict_.calls.size();
  if (call.injects && call.called == Answer::kYes) sure_ = at;
  // What is presumed wins over what is only possible.
  if (call.injects && (call.presumed || !presumed_)) perhaps_ = at;
  presumed_ = presumed_ || (call.injects && call.presumed);
  verdict_.calls.push_back(std::move(call));
  if (because_ != nullptr) reasons_.push_back(std::move(reasons));
}

// What the control planes that are called say, each once, the one that decides last.
void Decider::tell_policies(const InjectorCall& decided) {
  std::vector<const InjectorCall*> told;
  auto same = [](const InjectorCall& a, const InjectorCall& b) {
    return a.ns == b.ns && a.revision == b.revision;
  };
  for (bool deciding : {false, true}) {
    for (size_t i = 0; i < verdict_.calls.size(); ++i) {
      const InjectorCall& call = verdict_.calls[i];
      const bool known = std::any_of(told.begin(), told.end(),
                                     [&](const InjectorCall* one) { return same(*one, call); });
      if (known || same(call, decided) != deciding) continue;
      told.push_back(&call);
      for (Because& because : reasons_[i]) say(std::move(because));
    }
  }
}

InjectionVerdict Decider::conclude() {
  InjectionVerdict& out = verdict_;
  out.presumed = presumed_;
  if (out.calls.empty()) {
    out.reason = InjectionReason::kNoWebhook;
    tell_nobody();
    return std::move(verdict_);
  }
  const size_t at = sure_ ? *sure_ : perhaps_ ? *perhaps_ : out.calls.size() - 1;
  if (because_ != nullptr) {
    tell_policies(out.calls[at]);
    out.decided = out.calls[at];
  } else {
    out.decided = std::move(out.calls[at]);
    out.calls.clear();
  }
  out.reason = out.decided.reason;
  if (sure_) {
    out.answer = Answer::kYes;
  } else if (perhaps_) {
    out.answer = Answer::kUnknown;
    out.reason = out.decided.without_namespace ? InjectionReason::kNoNamespace
                                               : InjectionReason::kConditions;
    tell_unknown();
  }
  return std::move(verdict_);
}

void Decider::tell_unknown() {
  if (because_ == nullptr) return;
  if (verdict_.decided.without_namespace) {
    return say({namespace_object(), "", "",
                std::string("the Namespace is not in the input; without labels the pod would ") +
                    (verdict_.presumed ? "get a proxy" : "get none")});
  }
  say({"MutatingWebhookConfiguration " + verdict_.decided.webhook->configuration,
       "webhooks.matchConditions", "",
       "are CEL, which is not run; if they hold the pod gets a proxy"});
}

void Decider::tell_nobody() {
  if (because_ == nullptr) return;
  if (obstacle_.weight >= 0) return say(std::move(obstacle_.because));
  const Tenant* asked = place_.only == nullptr ? nullptr : tenant_of(place_.only->ns);
  if (asked != nullptr) {
    return say({namespace_object(), "metadata.labels[maistra.io/member-of]", "",
                "the namespace is no member of ServiceMeshControlPlane " + asked->id.value});
  }
  say({namespace_object(), "", "", "no control plane is there that could inject"});
}

}  // namespace

InjectionVerdict decide_injection(const InjectionPlace& place, const InjectionSubject& subject,
                                  std::vector<Because>* because) {
  return Decider(place, subject, because).run();
}

}  // namespace mesh::index
