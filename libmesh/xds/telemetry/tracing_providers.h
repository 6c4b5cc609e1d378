// One tracer for each kind of provider that traces: Zipkin, Datadog, SkyWalking, OpenTelemetry over
// gRPC and HTTP (configureFromProviderConfig in Istio's pilot/pkg/networking/core/tracing.go).
// Lightstep, OpenCensus and Stackdriver are gone from Envoy: they trace nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "libmesh/traffic/extension_providers.h"
#include "libmesh/traffic/traffic.h"

namespace mesh::xds {

struct Tracer {
  std::string provider;  // bytes of a Tracing.Http message
  uint32_t max_tag_length = 0;
  bool samples = false;      // it has a sampler of its own
  bool spawns_span = false;  // each request upstream is a span
};
// Nothing when it cannot trace, or its service is not in the mesh.
std::optional<Tracer> make_tracer(const traffic::ProxyView& view,
                                  const traffic::ExtensionProvider& provider);

// What an OpenTelemetry provider that follows its semantic conventions calls the proxy.
std::string otel_service_name(const model::Proxy& proxy);

}  // namespace mesh::xds
