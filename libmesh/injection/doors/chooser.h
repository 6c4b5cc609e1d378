// Chooser: whom a door asks which settings a pod is injected with, if any.
//
// The doors (an admission review, a manifest) know nothing of control planes. A server that has a
// snapshot asks the decision (injector.h); one that has the settings of one control plane only, as
// istiod has, asks the policy alone (OneControlPlane).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libmesh/document/value.h"
#include "libmesh/index/proxies/injection_rule.h"
#include "libmesh/injection/settings.h"

namespace mesh::injection {

struct Choice {
  SettingsPtr settings;                            // null: the pod stays as it is
  std::shared_ptr<const NamespaceFacts> ns_facts;  // null when the namespace is not known
  std::string because;                // of a pod that stays as it is, one line; may be empty
  std::vector<std::string> warnings;  // for whoever creates the pod
  std::string fault{};                // why a pod that is to be injected cannot be: it is refused
};

class Chooser {
 public:
  virtual ~Chooser() = default;
  // `pod` has `metadata` and `spec`. Thread-safe.
  virtual Choice choose(const document::Value& pod, std::string_view ns) const = 0;
};

// The injector of one control plane, called for every pod that the API server sends it: policy,
// labels and annotations decide (injectRequired), no selector of a webhook does.
class OneControlPlane final : public Chooser {
 public:
  enum class As : uint8_t {
    kWebhook,     // as istiod answers: the policy and selectors of the injector's configuration
    kKubeInject,  // as istioctl does: whatever does not refuse is injected
  };
  explicit OneControlPlane(SettingsPtr settings, As as = As::kWebhook,
                           std::shared_ptr<const NamespaceFacts> ns_facts = nullptr);
  Choice choose(const document::Value& pod, std::string_view ns) const override;

 private:
  const SettingsPtr settings_;
  const index::InjectorPolicy policy_;
  const std::shared_ptr<const NamespaceFacts> ns_facts_;
};

}  // namespace mesh::injection
