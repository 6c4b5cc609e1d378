// Pods as they are asked for: "shop/web-0", and "east=shop/web-0" of the cluster east, as `-f east=DIR` gives its objects.
//
// Without a cluster the pod of the config cluster is meant; where that has none of the name, that of the only remote cluster
// which has one. Where nothing runs, a workload has one pod that was made up (docs/synthesis.md), and whoever has written the
// workload knows no other name than the workload's: that names its pod, too.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "libmesh/base/result.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/model/proxy.h"

namespace mesh::index {

struct PodName {
  std::string cluster;  // empty: none is said
  std::string ns;
  std::string name;
};
// "[CLUSTER=]NS/NAME" taken apart; nothing for what is no such name.
std::optional<PodName> pod_name_of(std::string_view text);
// The same of two texts; the namespace may have the cluster in front: "east=shop".
PodName pod_name_of(std::string_view ns, std::string_view name);
// "east=shop/web-0".
std::string to_string(const PodName& name);

// The cluster, as Store::apply takes it, whose pod is meant: `has` tells whether a cluster has one of the name. Where no
// cluster is said and none has it, the config cluster. kNotFound: there is no such cluster; kInvalidArgument: several remote
// clusters have it, and the message names them.
Result<std::string> cluster_meant(const Snapshot& snapshot, const PodName& name,
                                  const std::function<bool(std::string_view cluster)>& has);

// The pod of the name, else the one that was made up for the workload of the name; null when that cluster has neither.
struct NamedPod {
  std::string cluster;
  kube::ObjectPtr pod;
};
Result<NamedPod> named_pod(const Snapshot& snapshot, const PodName& name);
// The same of one cluster alone.
kube::ObjectPtr pod_in(const Snapshot& snapshot, std::string_view cluster, const PodName& name);
// Its proxy; as proxy_of_pod.
Result<model::Proxy> proxy_of_pod(const Snapshot& snapshot, const PodName& name);

// The name of the pod that is made up for a workload.
std::string made_up_pod(std::string_view workload);

// How a proxy's pod is asked for: "east=shop/web-0".
std::string pod_text(const model::Proxy& proxy);

}  // namespace mesh::index
