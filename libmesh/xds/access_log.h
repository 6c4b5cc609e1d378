// Access logs: which the mesh wants, as bytes of Envoy's AccessLog messages.
//
// The default providers of the mesh decide (defaultProviders.accessLogging); without one, the older
// settings do (accessLogFile, enableEnvoyAccessLogService). Telemetry resources are not read yet.
// As in Istio's pilot/pkg/model/telemetry_logging.go and networking/core/accesslog.go.
#pragma once

#include <string>
#include <vector>

#include "libmesh/index/mesh.h"

namespace mesh::xds {

struct AccessLogs {
  std::vector<std::string> http;      // of an HttpConnectionManager
  std::vector<std::string> tcp;       // of a TcpProxy
  std::vector<std::string> listener;  // of a Listener: connections that no chain takes
};

AccessLogs access_logs(const index::Mesh& mesh);

}  // namespace mesh::xds
