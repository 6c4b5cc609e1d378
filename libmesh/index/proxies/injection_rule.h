// Whether a pod is to have a proxy: the one rule, which finding proxies asks for its answer
// (injection.h) and injection/decision for its reasons.
//
// Who is asked first is the API server: which webhooks of an injector does the creation of this pod
// call? They are the MutatingWebhookConfigurations of the input; without any, those that Istio's
// chart installs for each injector ConfigMap of the input (templates/mutatingwebhook.yaml), else for
// the default revision and every revision that a label names. For a ServiceMeshControlPlane without
// one in the input it is the webhook of Maistra's charts, and the labels that the operator puts on
// members. Each control plane that is called then decides for itself (injectRequired in
// pkg/kube/inject/inject.go): host network, ignored namespaces, the pod's label, its annotation,
// never and always selectors, policy. The last one that injects is the one whose proxy stays.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/labels.h"
#include "libmesh/index/tables/label_view.h"
#include "libmesh/index/tables/object_map.h"
#include "libmesh/index/tenants/tenants.h"
#include "libmesh/kube/object.h"
#include "libmesh/model/ids.h"

namespace mesh::index {

enum class Answer : uint8_t { kNo, kYes, kUnknown };
std::string_view answer_text(Answer answer);  // "no", "yes", "unknown"

enum class InjectionReason : uint8_t {
  kNoWebhook,         // no injector is called
  kHostNetwork,       // the pod is in its node's network
  kIgnoredNamespace,  // kube-system, …
  kPodLabel,          // label sidecar.istio.io/inject
  kPodAnnotation,     // annotation of that name
  kNeverSelector,     // neverInjectSelector
  kAlwaysSelector,    // alwaysInjectSelector
  kPolicy,            // policy of the injector
  kIllegalPolicy,     // which is neither enabled nor disabled
  kNoNamespace,       // the Namespace is not in the input
  kConditions,        // matchConditions of the webhook, which are CEL
};
std::string_view reason_text(InjectionReason reason);  // "no-webhook", "host-network", …

// One step of the reasons: a field, what stands in it, and what follows.
struct Because {
  std::string object;  // "Namespace shop"
  std::string field;   // "metadata.labels[istio-injection]"
  std::string value;   // "enabled"; empty when it is not there
  std::string text;    // "webhook namespace.sidecar-injector.istio.io is called: is enabled"
  bool operator==(const Because&) const = default;
};

// ---- what injectors there are ---------------------------------------------------------------

struct LabelTerm {
  enum class Operator : uint8_t { kIn, kNotIn, kExists, kDoesNotExist, kNever };
  std::string key;
  Operator operation = Operator::kNever;  // kNever: one that Kubernetes does not take
  std::vector<std::string> values;
  bool matches(const std::string* value) const;
};
LabelTerm label_term(std::string_view key, std::string_view operation,
                     std::vector<std::string> values);
// All of the terms; none selects everything.
using LabelTerms = std::vector<LabelTerm>;

// What an injector's own configuration decides by.
struct InjectorPolicy {
  enum class Wording : uint8_t {
    kIstio,              // "true", "false"; all else is undecided
    kMaistra,            // y, yes, true, on; empty is undecided; all else is no
    kMaistraAnnotation,  // the same, of the annotation alone (v1.1)
  };
  Wording wording = Wording::kIstio;
  std::string policy = "enabled";
  std::vector<LabelTerms> never;
  std::vector<LabelTerms> always;
  std::string object;  // that says so: "ConfigMap istio-system/istio-sidecar-injector", or empty
  std::string field = "policy";  // "data.config policy"
};

struct InjectorPlane {
  std::string ns;        // of the control plane; empty: not known
  std::string revision;  // "default"; empty: the one that the label names
  InjectorPolicy policy;
};

struct InjectionWebhook {
  std::string configuration;  // "istio-sidecar-injector"
  std::string name;           // "namespace.sidecar-injector.istio.io"
  std::string tag;            // of istio-revision-tag-…
  bool stated = false;        // it is in the input
  bool creates_pods = true;   // its rules have the creation of pods
  bool conditions = false;    // it has matchConditions
  std::string failure_policy = "Fail";
  std::string match_policy = "Equivalent";
  LabelTerms namespaces;
  LabelTerms objects;
  size_t plane = 0;  // in InjectionRules::planes
};

// Immutable. What does not come from ServiceMeshControlPlanes.
struct InjectionRules {
  std::vector<InjectorPlane> planes;
  std::vector<InjectionWebhook> webhooks;  // in the order in which they are called
  bool any_revision = false;               // nothing of the input says which there are
};
using InjectionRulesPtr = std::shared_ptr<const InjectionRules>;

InjectionRulesPtr make_injection_rules(const ObjectMap& webhook_configurations,
                                       const ObjectMap& config_maps);
// True when a change of one object can change them (either may be null).
bool matters_for_injection(const kube::ObjectPtr& before, const kube::ObjectPtr& after);

// ---- the rule -------------------------------------------------------------------------------

struct InjectionSubject {
  std::string_view ns;
  LabelView labels;
  LabelView annotations;
  bool host_network = false;
  std::string_view object;  // "Pod shop/cart-1", for the reasons; may be empty
};

struct PlaneName {
  std::string ns;
  std::string revision;
};

// Where the pod is.
struct InjectionPlace {
  const InjectionRules& rules;
  const Tenants& tenants;
  const Tenant* tenant = nullptr;   // that owns the namespace, or null
  const Labels* labels = nullptr;   // of the namespace; null: its object is not there
  bool whole = false;               // a missing object is one without labels
  const PlaneName* only = nullptr;  // null: every control plane is asked
};

// One control plane that is called, or that would be if what is not known held.
struct InjectorCall {
  const InjectionWebhook* webhook = nullptr;
  model::TenantId tenant;
  std::string ns;        // of the control plane
  std::string revision;  // "default"
  Answer called = Answer::kYes;
  bool presumed = true;  // of kUnknown: called if the namespace has no labels and CEL holds
  bool without_namespace = false;  // it is unknown for want of the Namespace
  bool injects = false;
  InjectionReason reason = InjectionReason::kPolicy;
  Because by;  // with `because`: what it is called for
};

struct InjectionVerdict {
  Answer answer = Answer::kNo;
  bool presumed = false;  // yes, or of kUnknown: yes if the namespace had no labels and CEL held
  InjectionReason reason = InjectionReason::kNoWebhook;
  InjectorCall decided;             // that decides; without webhook: none
  std::vector<InjectorCall> calls;  // with `because`: all
  bool said_nothing = false;        // the pod's label or annotation has a value that says nothing
};

// With `because` the reasons are appended to it; without, nothing is written.
InjectionVerdict decide_injection(const InjectionPlace& place, const InjectionSubject& subject,
                                  std::vector<Because>* because);

struct PolicyVerdict {
  bool injects = false;
  InjectionReason reason = InjectionReason::kPolicy;
  bool said_nothing = false;
};
// The injector's own part alone.
PolicyVerdict decide_by_policy(const InjectorPolicy& policy, const InjectionSubject& subject,
                               std::vector<Because>* because);

}  // namespace mesh::index
