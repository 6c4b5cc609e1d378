// named: the decision about a pod, or a workload's template of pods, that a snapshot has.
#pragma once

#include <string>
#include <string_view>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"
#include "libmesh/injection/decision/decide.h"
#include "libmesh/injection/injector.h"

namespace mesh::injection {

struct NamedDecision {
  std::string kind;          // "Pod", "Deployment", …
  document::Value document;  // of the pod or workload, whole
  Decision decision;
};

// Pods come before workloads of the same name. kNotFound when there is neither; kInvalidArgument for a namespace of a remote
// cluster ("east=shop").
Result<NamedDecision> decide_named(const Injector& injector, std::string_view ns,
                                   std::string_view name);

}  // namespace mesh::injection
