// Access logs: which a proxy writes, as bytes of Envoy's AccessLog messages.
//
// The providers that Telemetry objects or the MeshConfig's defaultProviders name decide; when none of
// them can be written, the older settings do (accessLogFile, enableEnvoyAccessLogService). Providers
// write files (text, JSON), or send to a service (gRPC, OpenTelemetry). A listener logs the connections that
// no filter chain takes; what a chain takes is logged there.
// As in Istio's pilot/pkg/model/telemetry_logging.go and networking/core/accesslog.go.
#pragma once

#include <string>
#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/traffic/telemetry/telemetry.h"

namespace mesh::xds {

struct AccessLogs {
  std::vector<std::string> http;      // of an HttpConnectionManager
  std::vector<std::string> tcp;       // of a TcpProxy
  std::vector<std::string> listener;  // of a Listener
};

AccessLogs access_logs(const index::Mesh& mesh, const traffic::TelemetrySide& side);

}  // namespace mesh::xds
