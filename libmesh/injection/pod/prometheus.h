// The annotations of Prometheus on an injected pod (applyPrometheusMerge and
// applySecurePrometheusAnnotation in pkg/kube/inject/webhook.go).
//
// Merging: the agent scrapes the application and serves its metrics beside Envoy's. What the pod's
// annotations said moves into ISTIO_PROMETHEUS_ANNOTATIONS of the proxy, and the annotations point to
// the agent. Prometheus reads prometheus.io/port, prometheus.io.port and prometheus_io_port alike,
// and so do we.
#pragma once

#include <string>
#include <string_view>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"

namespace mesh::injection {

inline constexpr std::string_view kPrometheusVariable = "ISTIO_PROMETHEUS_ANNOTATIONS";
inline constexpr std::string_view kMergeMetricsAnnotation = "prometheus.istio.io/merge-metrics";

// An error has Istio's words: a port that is none, or that belongs to the data plane.
Result<void> merge_prometheus(document::Value& pod, bool merge_by_default,
                              const std::string& agent_port);

// prometheus.istio.io/secure-port from ENVOY_SECURE_MERGED_METRICS_PORT of the proxy.
void add_secure_prometheus_port(document::Value& pod);

// Of a pod that was injected before, points to the agent: the four annotations go.
void strip_prometheus(document::Value& pod, const std::string& agent_port);

// Whether the annotation is, however it is spelt, prometheus.io/scrape, port or path.
bool is_prometheus_annotation(std::string_view key);

}  // namespace mesh::injection
