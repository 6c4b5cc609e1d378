// One access log for each kind of provider, and those of the older settings of the MeshConfig: bytes
// of AccessLog messages without a filter.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libmesh/index/mesh.h"
#include "libmesh/traffic/extension_providers.h"

namespace mesh::xds {

// Nothing when the provider is of a kind that writes no logs, or its service is not in the mesh.
std::optional<std::string> provider_log(const index::Mesh& mesh,
                                        const traffic::ExtensionProvider& provider);

// MeshConfig.accessLogFile, in the format that the MeshConfig names.
std::string mesh_file_log(const meshconfig::MeshConfig& config, std::string_view path);
// enableEnvoyAccessLogService, to the cluster of the bootstrap.
std::string service_http_log();
std::string service_tcp_log(std::string_view name);

}  // namespace mesh::xds
