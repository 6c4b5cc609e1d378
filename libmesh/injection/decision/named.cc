#include "libmesh/injection/decision/named.h"

#include "libmesh/injection/decision/matrix.h"
#include "libmesh/kube/kinds.h"

namespace mesh::injection {

Result<NamedDecision> decide_named(const Injector& injector, std::string_view ns,
                                   std::string_view name) {
  const index::Snapshot& snapshot = injector.snapshot();
  const std::string where = std::string(ns) + "/" + std::string(name);
  const auto pod = snapshot.find({kube::Kind::kPod, std::string(ns), std::string(name)});
  if (pod != nullptr) {
    return NamedDecision{"Pod", pod->document, injector.decide(pod->document, ns, "Pod " + where)};
  }
  for (const MatrixRow& row : matrix(snapshot, ns).rows) {
    if (row.name != name) continue;
    const auto kind = kube::kind_by_name(row.kind);
    const auto workload =
        kind ? snapshot.find({*kind, std::string(ns), std::string(name)}) : nullptr;
    return NamedDecision{row.kind, workload == nullptr ? document::Value() : workload->document,
                         row.decision};
  }
  return Error{ErrorCode::kNotFound, "there is no pod or workload \"" + where + "\""};
}

}  // namespace mesh::injection
