// The proxy that a page is about.
#pragma once

#include <string>

#include "frontends/server/hub.h"

namespace mesh::server {

// Of a pod, connected or not, or of a connected client that no pod stands behind. What a connected one says of itself counts:
// its flavour, and without a pod all of its node. Null when there is none; `why` says it.
Handle<mesh_proxy> page_proxy(const Hub& hub, const mesh_snapshot* snapshot,
                              const std::string& proxy_id, std::string& why);

}  // namespace mesh::server
