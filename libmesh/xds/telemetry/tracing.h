// Tracing of a connection manager: which tracer gets the spans, how many, and with which tags.
//
// Telemetry objects and the MeshConfig's defaultProviders.tracing decide. Where neither says anything, the older
// settings do (enableTracing, the proxy's own tracing settings), for a tracer that the proxy's bootstrap has.
// As in Istio's pilot/pkg/networking/core/tracing.go.
#pragma once

#include <string>

#include "libmesh/traffic/telemetry/telemetry.h"

namespace mesh::xds {

struct ListenerContext;

struct Tracing {
  std::string field;  // a serialized `tracing` field of the connection manager, or nothing
  bool request_id_for_sampling = true;
};
Tracing make_tracing(const ListenerContext& context, const traffic::TelemetrySide& side);

}  // namespace mesh::xds
