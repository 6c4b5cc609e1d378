#include "libmesh/index/proxies/injection.h"

namespace mesh::index {

bool is_to_be_injected(const InjectionRules& rules, const Tenants& tenants, const Tenant& tenant,
                       const Labels& namespace_labels, const InjectionSubject& subject) {
  const InjectionPlace place{rules, tenants, &tenant, &namespace_labels};
  const InjectionVerdict verdict = decide_injection(place, subject, nullptr);
  return verdict.presumed && verdict.decided.tenant == tenant.id;
}

}  // namespace mesh::index
