// The order of containers after the merge (reorderPod in pkg/kube/inject/webhook.go).
#pragma once

#include <string_view>

#include "libmesh/document/value.h"

namespace mesh::injection {

// The proxy goes last, or first where the application is to wait for it; as a native sidecar the
// proxy goes before all init containers but the one that redirects or validates; else validation
// goes first and the redirection last.
void reorder_containers(document::Value& pod, bool proxy_first);

enum class Place : uint8_t { kFirst, kLast, kNone };
// Moves the last container of the name, and takes away any other of that name.
void move_container(document::List& containers, std::string_view name, Place place);

}  // namespace mesh::injection
