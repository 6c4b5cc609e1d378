// Probes rewritten so that the agent asks in the kubelet's place (pkg/kube/inject/app_probe.go):
// under mutual TLS the kubelet cannot reach the application.
//
// Every httpGet, tcpSocket and grpc probe, and httpGet and tcpSocket of preStop and postStart, of
// every container but the proxy becomes an httpGet of the agent's port; what it was stands as JSON in
// ISTIO_KUBE_APP_PROBERS of the proxy.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libmesh/document/value.h"

namespace mesh::injection {

inline constexpr std::string_view kAppProbersVariable = "ISTIO_KUBE_APP_PROBERS";
inline constexpr std::string_view kRewriteProbesAnnotation =
    "sidecar.istio.io/rewriteAppHTTPProbers";
inline constexpr std::string_view kStatusPortAnnotation = "status.sidecar.istio.io/port";

// `status_port`: MeshConfig's; the pod's annotation overrides it where probes point to.
void rewrite_probes(document::Value& pod, bool rewrite_by_default, int64_t status_port);

// One kind of probe: where it stands in a container and in the agent's paths.
struct ProbeKind {
  std::string_view group;   // "lifecycle", or empty: the container itself
  std::string_view field;   // "readinessProbe"
  std::string_view prefix;  // "/app-health/"
  std::string_view suffix;  // "/readyz"
};
inline constexpr ProbeKind kProbeKinds[] = {
    {"", "readinessProbe", "/app-health/", "/readyz"},
    {"", "livenessProbe", "/app-health/", "/livez"},
    {"", "startupProbe", "/app-health/", "/startupz"},
    {"lifecycle", "preStop", "/app-lifecycle/", "/prestopz"},
    {"lifecycle", "postStart", "/app-lifecycle/", "/poststartz"},
};
// The path under which the agent knows a probe: "/app-health/shop/readyz".
std::string probe_path(const ProbeKind& kind, std::string_view container);
// Where a container keeps it, or null.
document::Value* find_probe(document::Value& container, const ProbeKind& kind);

}  // namespace mesh::injection
