// The proxy that a page is about.
#pragma once

#include <string>

#include "frontends/server/hub.h"

namespace mesh::server {

// That of a connected client, as its node says it, or of a pod that is not connected. Null when there is none; `why` says it.
Handle<mesh_proxy> page_proxy(const Hub& hub, const mesh_snapshot* snapshot,
                              const std::string& proxy_id, std::string& why);

}  // namespace mesh::server
