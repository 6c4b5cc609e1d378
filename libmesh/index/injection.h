// Whether a pod is to have a sidecar, in the short form that finding proxies needs: yes or no.
//
// Namespace and pod labels as Istio's webhooks select them (docs/proxies.md); for a member of a
// ServiceMeshControlPlane Maistra's opt-in. The whole decision with its reasons is injection/.
#pragma once

#include "libmesh/base/labels.h"
#include "libmesh/index/tenants.h"

namespace mesh::index {

struct InjectionSubject {
  const Labels& labels;
  const Labels& annotations;
  bool host_network = false;
};

bool is_to_be_injected(const Tenant& tenant, const std::string& ns, const Labels& namespace_labels,
                       const InjectionSubject& pod);

}  // namespace mesh::index
