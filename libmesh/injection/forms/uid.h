// The user and group that the proxy runs as.
//
// Istio: 1337; on OpenShift the last of the namespace's UID range and of its first supplemental
// group range (GetProxyIDs; openshift.go). Maistra: one above the application's (maistra.md C.4 is
// told in docs/injection.md).
#pragma once

#include <cstdint>

#include "libmesh/document/value.h"
#include "libmesh/injection/settings.h"

namespace mesh::injection {

struct ProxyIds {
  int64_t uid = 1337;
  int64_t gid = 1337;
};

// For TemplateInput. `ns` may be null: the namespace is not known.
ProxyIds proxy_ids(const Settings& settings, const document::Value& pod, const NamespaceFacts* ns);

}  // namespace mesh::injection
