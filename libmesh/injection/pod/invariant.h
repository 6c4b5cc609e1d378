// What no injection may do, whatever templates and annotations say; checked on every result.
//
// A container of the user's is never dropped, and nothing that he wrote of it is changed: members
// and elements may be added, probes may be turned to the agent (probes.h), an image `auto` may be
// filled in. Containers that the mesh brings (istio-proxy, istio-init, istio-validation, and what the
// status annotation of an earlier injection names) are the mesh's to change, not to drop.
//
// A privilege of the result is one that the pod's own spec has in that very place, or that a template
// of the settings names; an annotation (proxy.istio.io/overrides) cannot add one.
#pragma once

#include <string>
#include <vector>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"

namespace mesh::injection {

struct Privilege {
  std::string container;  // or volume; empty: the pod
  std::string what;       // "capability NET_ADMIN", "hostNetwork", "privileged"
  auto operator<=>(const Privilege&) const = default;
};

// Appends those of a pod or of an overlay.
void add_privileges(const document::Value& pod, std::vector<Privilege>& out);

// `named`: the privileges of the templates' overlays. An error says what would have been changed.
Result<void> check_injection(const document::Value& before, const document::Value& after,
                             const std::vector<Privilege>& named);

}  // namespace mesh::injection
