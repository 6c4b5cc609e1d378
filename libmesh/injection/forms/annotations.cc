#include "libmesh/injection/forms/annotations.h"

#include <algorithm>

namespace mesh::injection::forms {
namespace {

// Sorted, in the order of Known.
constexpr std::array<std::string_view, kKnownCount> kNames = {
    "apm.datadoghq.com/env",
    "istio.io/reroute-virtual-interfaces",
    "k8s.v1.cni.cncf.io/networks",
    "kubectl.kubernetes.io/default-container",
    "kubectl.kubernetes.io/default-logs-container",
    "prometheus.istio.io/merge-metrics",
    "proxy.istio.io/config",
    "readiness.status.sidecar.istio.io/failureThreshold",
    "readiness.status.sidecar.istio.io/initialDelaySeconds",
    "readiness.status.sidecar.istio.io/periodSeconds",
    "resource.opentelemetry.io/service.instance.id",
    "resource.opentelemetry.io/service.namespace",
    "resource.opentelemetry.io/service.version",
    "sidecar.istio.io/agentLogLevel",
    "sidecar.istio.io/bootstrapOverride",
    "sidecar.istio.io/capNetBindService",
    "sidecar.istio.io/componentLogLevel",
    "sidecar.istio.io/interceptionMode",
    "sidecar.istio.io/logLevel",
    "sidecar.istio.io/nativeSidecar",
    "sidecar.istio.io/proxyCPU",
    "sidecar.istio.io/proxyCPULimit",
    "sidecar.istio.io/proxyImage",
    "sidecar.istio.io/proxyImageType",
    "sidecar.istio.io/proxyMemory",
    "sidecar.istio.io/proxyMemoryLimit",
    "sidecar.istio.io/proxyUID",
    "sidecar.istio.io/userVolume",
    "sidecar.istio.io/userVolumeMount",
    "status.sidecar.istio.io/port",
    "traffic.sidecar.istio.io/excludeInboundPorts",
    "traffic.sidecar.istio.io/excludeInterfaces",
    "traffic.sidecar.istio.io/excludeOutboundIPRanges",
    "traffic.sidecar.istio.io/excludeOutboundPorts",
    "traffic.sidecar.istio.io/includeInboundPorts",
    "traffic.sidecar.istio.io/includeOutboundIPRanges",
    "traffic.sidecar.istio.io/includeOutboundPorts",
    "traffic.sidecar.istio.io/kubevirtInterfaces",
};
static_assert(std::is_sorted(kNames.begin(), kNames.end()));

}  // namespace

std::string_view name_of(Known known) { return kNames[static_cast<size_t>(known)]; }

std::optional<Known> known_of(std::string_view name) {
  const auto* found = std::lower_bound(kNames.begin(), kNames.end(), name);
  if (found == kNames.end() || *found != name) return std::nullopt;
  return static_cast<Known>(found - kNames.begin());
}

Annotations::Annotations(const document::Value* annotations) {
  const document::Map* map = annotations == nullptr ? nullptr : annotations->if_map();
  if (map == nullptr) return;
  for (const document::Member& member : *map) {
    const std::string* text = member.value.if_string();
    if (text == nullptr) continue;
    if (const std::optional<Known> known = known_of(member.key)) {
      found_[static_cast<size_t>(*known)] = text;
    }
  }
}

}  // namespace mesh::injection::forms
