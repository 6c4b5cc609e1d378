// istio.stats: the filters that measure for Prometheus, one for each such provider that Telemetry or
// the MeshConfig's defaultProviders.metrics name (generateStatsConfig in Istio's
// pilot/pkg/model/telemetry.go). Other kinds of providers measure nothing in the proxy.
#pragma once

#include <string>

#include "libmesh/index/mesh.h"
#include "libmesh/traffic/telemetry/telemetry.h"

namespace mesh::xds {

struct StatsFilters {
  std::string http;  // serialized `http_filters` fields of a connection manager
  std::string tcp;   // serialized `filters` fields of a FilterChain
};
// disable_host_header_fallback: the host that a client sends names no destination. Inbound and at
// gateways anybody may send one.
StatsFilters stats_filters(const meshconfig::MeshConfig& config, const traffic::TelemetrySide& side,
                           bool disable_host_header_fallback);

}  // namespace mesh::xds
