// asked: a pod that asks for a proxy and whom no control plane hears.
#pragma once

#include "libmesh/index/proxies/injection_rule.h"
#include "libmesh/injection/decision/decide.h"

namespace mesh::injection {

// Adds kInjectionUnanswered to a decision of which no webhook is called although the pod's or the
// namespace's labels or annotations ask for a proxy.
void tell_unanswered(const index::InjectionPlace& place, const Subject& subject,
                     Decision& decision);

}  // namespace mesh::injection
