// The tags of a trace: who the proxy is, what dry-run policies say of the request, and those that
// users ask for (configureCustomTags in Istio's pilot/pkg/networking/core/tracing.go).
#pragma once

#include <map>
#include <string>

#include "libmesh/model/proxy.h"
#include "libmesh/schema/gen/envoy/hcm.h"
#include "libmesh/schema/istio.h"

namespace mesh::xds {

struct TraceTags {
  const model::Proxy& proxy;
  bool istio_tags = true;
  // Of Telemetry; may be null. When there are any, those of the proxy's settings do not count.
  const std::map<std::string, telemetry::Tracing_CustomTag>* chosen = nullptr;
  const std::map<std::string, meshconfig::Tracing_CustomTag>& own;
};
// In the order of their names.
void put_trace_tags(envoy::hcm::HttpConnectionManager_Tracing& message, const TraceTags& tags);

// A proxy of at least this version takes what is new in it.
inline bool is_at_least(const model::Proxy& proxy, int major, int minor) {
  return proxy.istio_version >= model::Version{major, minor, 0};
}

}  // namespace mesh::xds
