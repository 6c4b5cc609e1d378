// The parts of uninject_pod (uninject.h): containers and volumes, probes, labels and annotations.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libmesh/document/value.h"
#include "libmesh/injection/doors/uninject.h"
#include "libmesh/injection/pod/status.h"

namespace mesh::injection {

// What the pod tells, read before anything is taken out.
struct Traces {
  InjectionStatus status;
  document::List containers;  // of proxy.istio.io/overrides: the user's own
  document::List init_containers;
  document::Value probers;     // ISTIO_KUBE_APP_PROBERS, or null
  document::Value prometheus;  // ISTIO_PROMETHEUS_ANNOTATIONS, or null
  std::string network;         // ISTIO_META_NETWORK
  bool validates = false;      // redirected by the CNI plug-in
  bool grpc = false;           // one of the forms without a proxy in the way
};

void restore_probes(document::Value& pod, const Traces& traces, std::vector<Unknown>& unknown);
void restore_containers(document::Value& pod, const Traces& traces, std::vector<Unknown>& unknown);
void restore_metadata(document::Value& pod, const Traces& traces, std::vector<Unknown>& unknown);

}  // namespace mesh::injection
