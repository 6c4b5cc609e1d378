// Whether a pod is to have a proxy, in the short form that finding proxies needs: yes or no.
//
// The rule is injection_rule.h; its reasons are told by injection/decision, which gives the same
// answer. A namespace whose object is not in the input counts as one without labels, conditions of
// a webhook as holding.
#pragma once

#include "libmesh/base/labels.h"
#include "libmesh/index/proxies/injection_rule.h"
#include "libmesh/index/tenants/tenants.h"

namespace mesh::index {

// A pod, or a template of pods, of a namespace that the tenant owns: is it to have this tenant's
// proxy?
bool is_to_be_injected(const InjectionRules& rules, const Tenants& tenants, const Tenant& tenant,
                       const Labels& namespace_labels, const InjectionSubject& subject);

}  // namespace mesh::index
