#include "libmesh/injection/doors/kube_inject.h"

#include "libmesh/index/proxies/injection_rule.h"

namespace mesh::injection {

Choice GivenSettings::choose(const document::Value& pod, std::string_view ns) const {
  Choice out = given_.choose(pod, ns);
  if (out.settings != nullptr) out.ns_facts = around_->namespace_facts(ns);
  return out;
}

// A manifest alone: neither its namespace nor any control plane is in the input.
bool KubeInject::nothing_is_known(const Decision& decision) const {
  if (decision.answer != Answer::kUnknown || decision.reason != InjectionReason::kNoNamespace) {
    return false;
  }
  for (const index::Tenant& tenant : around_->snapshot().tenants().list) {
    if (tenant.control_plane != nullptr) return false;
  }
  return around_->snapshot().injection_rules().any_revision;
}

Choice KubeInject::choose(const document::Value& pod, std::string_view ns) const {
  Choice out = around_->choose(pod, ns);
  if (out.settings != nullptr || !nothing_is_known(around_->decide(pod, ns, {}))) return out;
  auto defaults = around_->settings({}, {}, "default");
  if (!defaults) return out;
  return OneControlPlane(*std::move(defaults), OneControlPlane::As::kKubeInject).choose(pod, ns);
}

}  // namespace mesh::injection
