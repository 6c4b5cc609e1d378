// Synthesis: pods and endpoints for workloads of a directory in which nothing runs.
//
// A GitOps repository has Deployments and Services, but no pods and no EndpointSlices. For each
// workload without a pod one pod is made up, and one EndpointSlice for each Service that selects it
// and has no endpoints of its own. Both are marked, and everything made of them
// (docs/synthesis.md). The answer for a namespace depends on that namespace alone.
#pragma once

#include <string>
#include <vector>

#include "libmesh/index/objects.h"
#include "libmesh/index/proxies/injection_rule.h"
#include "libmesh/index/tenants/tenants.h"

namespace mesh::index {

// What is to be made up in one namespace, by key. The tenant that owns it and the injectors say
// whether pods are injected, and so whether they speak mTLS. Synthesized objects among `objects` do
// not count.
std::vector<kube::ObjectPtr> synthesize(const std::string& ns, const Objects& objects,
                                        const Tenants& tenants, const InjectionRules& injection);

// The address of a made-up pod: in 240.0.0.0/4, which no network routes, and not in Istio's
// 240.240.0.0/16. `attempt` counts up while another workload of the namespace has the address.
std::string synthesized_address(const kube::ObjectKey& workload, uint32_t attempt);

// Whether any change of objects of the kind can change synthesize().
bool matters_for_synthesis(kube::Kind kind);
// True when a change from one object to the other (either may be null) can change synthesize().
bool matters_for_synthesis(const kube::ObjectPtr& before, const kube::ObjectPtr& after);

}  // namespace mesh::index
