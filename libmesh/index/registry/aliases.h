// Aliases: for each host, the ExternalName services that mean it, themselves or through other such
// services (resolveServiceAliases in pilot/pkg/model/push_context.go).
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "libmesh/index/mesh.h"

namespace mesh::index {

// By host, of those that have a service; the names live as long as the services.
using Aliases = std::map<std::string_view, std::vector<model::NamespacedName>>;

Aliases aliases_by_host(const std::vector<model::ServicePtr>& services, const HostTable& hosts);

}  // namespace mesh::index
