// inject_pod: one pod and the settings of one control plane in, the injected pod out.
//
// The steps and their order are Istio's (injectPod in pkg/kube/inject/webhook.go): the annotations
// are validated, what an earlier injection put in is taken out for the templates to see (strip.h),
// each chosen template gives an overlay, which is merged as the API server merges a strategic patch
// (merge.h), what the user overrides of the injected containers is put over them again
// (overrides.h), and then comes what no template can say: cluster and network of the webhook's path
// and Maistra's proxyEnv (environment.h), Prometheus (prometheus.h), probes (probes.h), labels and
// annotations (metadata.h), the order of containers (order.h).
//
// Whether the pod is to be injected at all has been decided before (decision/).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"
#include "libmesh/injection/settings.h"
#include "libmesh/injection/template.h"

namespace mesh::injection {

// What is known of a pod besides its own text.
struct PodContext {
  Owner owner;                               // owner_of(pod), or the manifest's own object
  const NamespaceFacts* ns_facts = nullptr;  // for OpenShift's ranges; null when not known
  // Of the URL that the webhook was called by; null: that of the settings' options.
  const ProxyEnv* proxy_env = nullptr;
  // Of a manifest: the pod's annotation proxy.istio.io/config lies over the mesh's own defaults as
  // well, so that probes and metrics are asked for at its status port (IntoObject of inject.go).
  bool manifest = false;
};

struct Injected {
  document::Value pod;                // the whole pod; what the user wrote stands as it was written
  std::vector<std::string> warnings;  // for the response's `warnings` or standard error
};

// `pod` has `metadata` and `spec`; a namespace that is to be seen by templates is set in it. An
// error has the words that istiod refuses the pod with.
Result<Injected> inject_pod(const document::Value& pod, const PodContext& context,
                            const Settings& settings);

// Whether injection may look at, or change, the environment variables of any container of this pod
// that has them unread (`env: true`, document::PassOver).
bool minds_unread_env(const document::Value& pod, const Settings& settings);

// GetDeployMetaFromPod of pkg/kube/util.go: the workload behind a pod, as far as its own metadata
// tells: Deployment behind a ReplicaSet's hash, Rollout, DeploymentConfig, CronJob behind a Job.
Owner owner_of(const document::Value& pod, std::string_view ns);

}  // namespace mesh::injection
