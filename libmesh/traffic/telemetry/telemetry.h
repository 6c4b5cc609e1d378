// What is measured, logged and traced at a proxy: the Telemetry objects that apply to it, merged over
// the default providers of the MeshConfig.
//
// One object counts for the whole mesh (in the root namespace), one for the proxy's namespace (the
// oldest without selector each), then all of that namespace that select the proxy. Later ones go
// before earlier ones, list by list; how deep a merge goes differs:
//
//   metrics      the last list of providers wins; overrides of one metric are merged tag by tag
//   access logs  the last level that names providers wins; the filter of each is the last one's
//   tracing      every field by itself, one provider
//
// A setting may be for one end of requests only: sidecars are servers inbound and clients outbound,
// gateways are clients. As in Istio's pilot/pkg/model/telemetry.go.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/model/proxy.h"
#include "libmesh/traffic/attachment.h"

namespace mesh::traffic {

// What Telemetry changes about one metric.
struct MetricOverride {
  bool disabled = false;
  std::map<std::string, std::optional<std::string>> tags;  // to an expression; to none: removed
};

// Providers are places in MeshConfig.extension_providers.
struct MetricsSettings {
  uint32_t provider = 0;
  std::optional<schema::Duration> interval;         // between reports of open TCP connections
  std::map<std::string, MetricOverride> overrides;  // by REQUEST_COUNT and so on, or a custom name
};

struct AccessLogSettings {
  uint32_t provider = 0;
  bool disabled = false;
  const telemetry::AccessLogging_Filter* filter = nullptr;
};

struct TracingSettings {
  std::optional<uint32_t> provider;
  bool disabled = false;
  std::optional<double> sampling;  // percent
  const std::map<std::string, telemetry::Tracing_CustomTag>* custom_tags = nullptr;
  bool request_id_for_sampling = true;
  bool istio_tags = true;
  bool no_context_propagation = false;
};

// All of it at one end of requests.
struct TelemetrySide {
  std::vector<MetricsSettings> metrics;        // by name
  std::vector<AccessLogSettings> access_logs;  // by name
  std::optional<TracingSettings> tracing;      // none: the older settings of the MeshConfig count
};

struct MergedTelemetry {
  TelemetrySide client;
  TelemetrySide server;
  std::string from;  // "ns/name," of each object; tells two of one mesh apart
};
using MergedTelemetryPtr = std::shared_ptr<const MergedTelemetry>;

// It has neither selector nor targets.
bool is_namespace_wide(const telemetry::Telemetry& spec);

class TelemetryIndex {
 public:
  explicit TelemetryIndex(const index::Mesh& mesh);

  // Never null. `mesh` may differ from the one given first in endpoints only.
  MergedTelemetryPtr of(const index::Mesh& mesh, const model::Proxy& proxy) const;

 private:
  using Places = std::vector<uint32_t>;
  // The first of a namespace that is for all of it.
  void add_namespace_wide(const std::string& ns, Places& out) const;
  Places select(const index::Mesh& mesh, const model::Proxy& proxy) const;

  PolicyIndex<index::Telemetry> policies_;
  MergedTelemetryPtr defaults_;  // of a proxy to which no object applies
  mutable std::mutex mutex_;     // guards merged_
  mutable std::map<Places, MergedTelemetryPtr> merged_;
};

// merge.cc: the merges alone, of specs in the order of their precedence.
using TelemetrySpecs = std::vector<const telemetry::Telemetry*>;
TelemetrySide merge_telemetry(const meshconfig::MeshConfig& config, const TelemetrySpecs& specs,
                              telemetry::WorkloadMode side);

}  // namespace mesh::traffic
