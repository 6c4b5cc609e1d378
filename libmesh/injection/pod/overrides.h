// What the user wrote of a container that injection brings (reapplyOverwrittenContainers and
// adjustInitContainerUser in pkg/kube/inject/webhook.go).
//
// A container of the pod with the name of an injected one, istio-proxy above all, is the user's
// changes to it: they are merged over the result once more, except an image `auto`. They are kept in
// the annotation proxy.istio.io/overrides, so that the pod can be injected again.
#pragma once

#include <string>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"
#include "libmesh/injection/proxy_config.h"

namespace mesh::injection {

struct Overrides {
  document::List containers;
  document::List init_containers;
};
// Of the annotation; nothing when there is none. An error when it cannot be read.
Result<Overrides> read_overrides(const document::Value& pod);

// `original`: before injection; `template_pod`: the names of what the templates bring.
Result<void> reapply_overrides(document::Value& pod, const document::Value& original,
                               const document::Value& template_pod);

// istio-validation and `-u` of istio-init follow a runAsUser that the user gave the proxy.
void adjust_init_user(document::Value& pod, const document::Value& original,
                      const ProxyConfig& config);

}  // namespace mesh::injection
