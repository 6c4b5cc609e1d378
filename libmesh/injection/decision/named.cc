#include "libmesh/injection/decision/named.h"

#include "libmesh/index/proxies/named_pod.h"
#include "libmesh/injection/decision/matrix.h"
#include "libmesh/kube/kinds.h"

namespace mesh::injection {

Result<NamedDecision> decide_named(const Injector& injector, std::string_view ns,
                                   std::string_view name) {
  const index::Snapshot& snapshot = injector.snapshot();
  const std::string where = std::string(ns) + "/" + std::string(name);
  const index::PodName asked = index::pod_name_of(ns, name);
  if (!asked.cluster.empty() && asked.cluster != snapshot.options().cluster_id) {
    return Error{ErrorCode::kInvalidArgument, "pods of cluster \"" + asked.cluster +
                                                  "\" are injected by the webhooks of that "
                                                  "cluster: ask a store whose own cluster it is"};
  }
  const auto pod = snapshot.find({kube::Kind::kPod, asked.ns, asked.name});
  if (pod != nullptr) {
    return NamedDecision{"Pod", pod->document,
                         injector.decide(pod->document, asked.ns, "Pod " + where)};
  }
  for (const MatrixRow& row : matrix(snapshot, asked.ns).rows) {
    if (row.name != name) continue;
    const auto kind = kube::kind_by_name(row.kind);
    const auto workload = kind ? snapshot.find({*kind, asked.ns, asked.name}) : nullptr;
    return NamedDecision{row.kind, workload == nullptr ? document::Value() : workload->document,
                         row.decision};
  }
  return Error{ErrorCode::kNotFound, "there is no pod or workload \"" + where + "\""};
}

}  // namespace mesh::injection
