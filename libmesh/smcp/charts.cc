#include "libmesh/smcp/charts.h"

#include <vector>

#include "libmesh/smcp/release.h"

namespace mesh::smcp {
namespace {

constexpr Version kV11 = Version::kV1_1;
constexpr Version kV20 = Version::kV2_0;
constexpr Version kV21 = Version::kV2_1;
constexpr Version kV22 = Version::kV2_2;
constexpr Version kV24 = Version::kV2_4;
constexpr Version kLast = Version::kV2_6;

// Before v2.0 there is one chart with parts, which say themselves whether they are on.
constexpr std::array<Chart, 26> kCharts = {{
    {"istio", "istio", {}, true, kV11, kV11, 0},
    {"security", "istio/charts/security", {"security"}, true, kV11, kV11, 1},
    {"prometheus", "istio/charts/prometheus", {"prometheus"}, true, kV11, kV11, 2},
    {"tracing", "istio/charts/tracing", {"tracing"}, false, kV11, kV11, 3},
    {"galley", "istio/charts/galley", {"galley"}, true, kV11, kV11, 4},
    {"mixer", "istio/charts/mixer", {"mixer.policy", "mixer.telemetry"}, true, kV11, kV11, 5},
    {"pilot", "istio/charts/pilot", {"pilot"}, true, kV11, kV11, 5},
    {"gateways", "istio/charts/gateways", {"gateways"}, true, kV11, kV11, 5},
    {"sidecarInjectorWebhook",
     "istio/charts/sidecarInjectorWebhook",
     {"sidecarInjectorWebhook"},
     true,
     kV11,
     kV11,
     5},
    {"grafana", "istio/charts/grafana", {"grafana"}, false, kV11, kV11, 6},
    {"kiali", "istio/charts/kiali", {"kiali"}, false, kV11, kV11, 7},
    {"maistra-threescale", "maistra-threescale", {}, false, kV11, kV11, 8, ChartKind::kThreeScale},

    {"istio-discovery", "istio-control/istio-discovery", {}, true, kV20, kLast, 0},
    {"mesh-config", "mesh-config", {}, true, kV20, kLast, 1},
    {"telemetry-common", "istio-telemetry/telemetry-common", {}, true, kV20, kLast, 2},
    {"prometheus", "istio-telemetry/prometheus", {"prometheus"}, false, kV20, kLast, 2},
    {"istio-policy", "istio-policy", {"mixer.policy"}, false, kV20, kV22, 3},
    {"mixer-telemetry",
     "istio-telemetry/mixer-telemetry",
     {"mixer.telemetry"},
     false,
     kV20,
     kV22,
     3},
    {"tracing", "istio-telemetry/tracing", {"tracing"}, false, kV20, kLast, 3},
    {"istio-ingress", "gateways/istio-ingress", {}, false, kV20, kLast, 3, ChartKind::kIngress},
    {"istio-egress", "gateways/istio-egress", {}, false, kV20, kLast, 3, ChartKind::kEgress},
    {"grafana", "istio-telemetry/grafana", {"grafana"}, false, kV20, kLast, 3},
    {"kiali", "istio-telemetry/kiali", {"kiali"}, false, kV20, kLast, 4},
    {"maistra-threescale", "maistra-threescale", {}, false, kV20, kV24, 5, ChartKind::kThreeScale},
    {"wasm-extensions", "wasm-extensions", {"wasmExtensions"}, false, kV20, kV22, 5},
    {"rls", "rls", {"rateLimiting.rls"}, false, kV21, kLast, 5},
}};

}  // namespace

std::span<const Chart> charts() { return kCharts; }

std::vector<std::vector<std::string_view>> chart_order(Version version) {
  std::vector<std::vector<std::string_view>> groups;
  for (const Chart& chart : charts()) {
    if (version < chart.since || version > chart.until) continue;
    if (groups.size() <= chart.group) groups.resize(chart.group + 1);
    groups[chart.group].push_back(chart.name);
  }
  return groups;
}

}  // namespace mesh::smcp
