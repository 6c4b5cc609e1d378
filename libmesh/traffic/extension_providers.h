// Extension providers of the MeshConfig: which one a name means, and where its service is.
//
// As fetchProvider and LookupCluster of Istio's pilot/pkg/model/telemetry.go and
// telemetry_logging.go.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libmesh/index/mesh.h"

namespace mesh::traffic {

using ExtensionProvider = meshconfig::MeshConfig_ExtensionProvider;

// The place in config.extension_providers of the first one of that name; case does not count.
std::optional<uint32_t> find_extension_provider(const meshconfig::MeshConfig& config,
                                                std::string_view name);

struct ProviderCluster {
  std::string host;
  std::string cluster;
};
// Where a provider's `service`, "host" or "namespace/host", is reached. Nothing when the mesh has
// no such service, or has it in several namespaces and none is named.
std::optional<ProviderCluster> provider_cluster(const index::Mesh& mesh, std::string_view service,
                                                uint32_t port);

}  // namespace mesh::traffic
