// The pod as templates see it: without what an earlier injection put in (stripPod and
// reinsertOverrides in pkg/kube/inject), so that injecting twice is injecting once.
#pragma once

#include <optional>
#include <string>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"

namespace mesh::injection {

// Nothing where the pod is seen as it is: one that was never injected and has no overrides. An error
// when the annotation of overrides cannot be read.
Result<std::optional<document::Value>> strip_pod(const document::Value& pod,
                                                 const std::string& agent_port);

// OpenShift gives every container the same runAsUser, where the proxy's has to differ: one that
// equals the application's is no override of the user's (webhook.go, inject). Nothing where that
// is not so.
std::optional<document::Value> reset_matching_user(const document::Value& pod);

}  // namespace mesh::injection
