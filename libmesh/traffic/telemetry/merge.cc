#include <algorithm>
#include <set>
#include <span>

#include "libmesh/traffic/extension_providers.h"
#include "libmesh/traffic/telemetry/telemetry.h"

namespace mesh::traffic {
namespace {

using telemetry::MetricSelector_IstioMetric;
using telemetry::WorkloadMode;
using Names = std::vector<std::string>;

bool counts_for(WorkloadMode mode, WorkloadMode side) {
  return mode == WorkloadMode::CLIENT_AND_SERVER || mode == side;
}

template <typename Rule>
Names provider_names(const Rule& rule) {
  Names out;
  for (const telemetry::ProviderRef& provider : rule.providers) out.push_back(provider.name);
  return out;
}

// The providers that each of `rules` is about: its own, else those of the one before it.
class Inherited {
 public:
  explicit Inherited(const Names& defaults) : names_(&defaults) {}

  template <typename Rule>
  const Names& of(const Rule& rule) {
    if (!rule.providers.empty()) {
      own_ = provider_names(rule);
      names_ = &own_;
    }
    return *names_;
  }

 private:
  const Names* names_;
  Names own_;
};

// ---- metrics --------------------------------------------------------------------------------

bool is_all_metrics(const telemetry::MetricSelector& match) {
  if (match.custom_metric) return false;
  return !match.metric || *match.metric == MetricSelector_IstioMetric::ALL_METRICS;
}

Names matched_metrics(const telemetry::MetricSelector& match) {
  if (match.custom_metric) return {*match.custom_metric};
  if (!is_all_metrics(match)) return {std::string(enum_name(*match.metric))};
  using Metric = MetricSelector_IstioMetric;
  Names out;
  for (Metric metric :
       {Metric::REQUEST_COUNT, Metric::REQUEST_DURATION, Metric::REQUEST_SIZE,
        Metric::RESPONSE_SIZE, Metric::TCP_OPENED_CONNECTIONS, Metric::TCP_CLOSED_CONNECTIONS,
        Metric::TCP_SENT_BYTES, Metric::TCP_RECEIVED_BYTES, Metric::GRPC_REQUEST_MESSAGES,
        Metric::GRPC_RESPONSE_MESSAGES}) {
    out.emplace_back(enum_name(metric));
  }
  return out;
}

struct ProviderMetrics {
  MetricsSettings settings;
  bool disabled = false;  // nothing is measured
};

void apply_override(const telemetry::MetricsOverrides& rule, WorkloadMode side,
                    ProviderMetrics& out) {
  static const telemetry::MetricSelector kAll;
  const telemetry::MetricSelector& match = rule.match ? *rule.match : kAll;
  if (!counts_for(match.mode, side)) return;
  if (is_all_metrics(match) && rule.disabled.value_or(false)) {
    out.disabled = true;
    return;
  }
  // Saying anything else about some metric brings them back.
  out.disabled = false;
  for (const std::string& name : matched_metrics(match)) {
    MetricOverride& merged = out.settings.overrides[name];
    merged.disabled = rule.disabled.value_or(merged.disabled);
    for (const auto& [tag, change] : rule.tag_overrides) {
      auto& value = merged.tags[tag];
      if (change.operation == telemetry::MetricsOverrides_TagOverride_Operation::REMOVE) {
        value.reset();
      } else {
        value = change.value;
      }
    }
  }
}

std::vector<const telemetry::Metrics*> metrics_of(const TelemetrySpecs& specs) {
  std::vector<const telemetry::Metrics*> out;
  for (const telemetry::Telemetry* spec : specs) {
    for (const telemetry::Metrics& metrics : spec->metrics) out.push_back(&metrics);
  }
  return out;
}

// mergeMetrics, for one side.
std::map<std::string, ProviderMetrics> merge_rules(
    const std::vector<const telemetry::Metrics*>& rules, const Names& defaults, WorkloadMode side) {
  std::map<std::string, ProviderMetrics> out;
  if (rules.empty()) {
    for (const std::string& name : defaults) out[name];
    return out;
  }
  Names last = defaults;
  for (const telemetry::Metrics* rule : rules) {
    if (!rule->providers.empty()) last = provider_names(*rule);
  }
  Inherited inherited(defaults);
  for (const telemetry::Metrics* rule : rules) {
    for (const std::string& name : inherited.of(*rule)) {
      // A provider that a later rule took out.
      if (std::find(last.begin(), last.end(), name) == last.end()) continue;
      ProviderMetrics& merged = out[name];
      if (rule->reporting_interval) merged.settings.interval = rule->reporting_interval;
      for (const telemetry::MetricsOverrides& change : rule->overrides) {
        apply_override(change, side, merged);
      }
    }
  }
  return out;
}

std::vector<MetricsSettings> merge_metrics(const meshconfig::MeshConfig& config,
                                           const Names& defaults, const TelemetrySpecs& specs,
                                           WorkloadMode side) {
  std::vector<MetricsSettings> out;
  for (auto& [name, merged] : merge_rules(metrics_of(specs), defaults, side)) {
    const auto provider = find_extension_provider(config, name);
    if (!provider || merged.disabled) continue;
    merged.settings.provider = *provider;
    out.push_back(std::move(merged.settings));
  }
  return out;
}

// ---- access logs ----------------------------------------------------------------------------

using LogSettings = std::map<std::string, AccessLogSettings>;

bool counts_for(const telemetry::AccessLogging& rule, WorkloadMode side) {
  return !rule.match || counts_for(rule.match->mode, side);
}

// The providers of the last level that names any for this side; the filters that go with them.
std::set<std::string> logging_providers(const TelemetrySpecs& specs, const Names& defaults,
                                        WorkloadMode side, LogSettings& filters) {
  std::set<std::string> out(defaults.begin(), defaults.end());
  for (const telemetry::Telemetry* spec : specs) {
    std::set<std::string> level;
    for (const telemetry::AccessLogging& rule : spec->access_logging) {
      if (!counts_for(rule, side)) continue;
      for (const telemetry::ProviderRef& provider : rule.providers) {
        level.insert(provider.name);
        filters[provider.name].filter = rule.filter.get();
      }
    }
    if (!level.empty()) out = std::move(level);
  }
  return out;
}

// mergeLogs.
LogSettings merge_log_rules(const TelemetrySpecs& specs, const Names& defaults, WorkloadMode side) {
  LogSettings out;
  const bool any = std::any_of(specs.begin(), specs.end(),
                               [](const auto* spec) { return !spec->access_logging.empty(); });
  if (!any) {
    for (const std::string& name : defaults) out[name];
    return out;
  }
  LogSettings filters;
  const std::set<std::string> wanted = logging_providers(specs, defaults, side, filters);
  Inherited inherited(defaults);
  for (const telemetry::Telemetry* spec : specs) {
    for (const telemetry::AccessLogging& rule : spec->access_logging) {
      for (const std::string& name : inherited.of(rule)) {
        if (wanted.count(name) == 0 || !counts_for(rule, side)) continue;
        out[name] = filters[name];
        if (rule.disabled.value_or(false)) out[name] = AccessLogSettings{0, true, nullptr};
      }
    }
  }
  return out;
}

std::vector<AccessLogSettings> merge_access_logs(const meshconfig::MeshConfig& config,
                                                 const Names& defaults, const TelemetrySpecs& specs,
                                                 WorkloadMode side) {
  std::vector<AccessLogSettings> out;
  for (auto& [name, settings] : merge_log_rules(specs, defaults, side)) {
    const auto provider = find_extension_provider(config, name);
    if (!provider) continue;
    settings.provider = *provider;
    out.push_back(settings);
  }
  std::stable_sort(out.begin(), out.end(), [&](const auto& a, const auto& b) {
    return config.extension_providers[a.provider].name <
           config.extension_providers[b.provider].name;
  });
  return out;
}

// ---- tracing --------------------------------------------------------------------------------

void apply_tracing(const meshconfig::MeshConfig& config, const telemetry::Tracing& rule,
                   TracingSettings& out) {
  // One provider is all that there can be; an unknown one is none.
  if (!rule.providers.empty()) {
    out.provider = find_extension_provider(config, rule.providers.front().name);
  }
  out.disabled = rule.disable_span_reporting.value_or(out.disabled);
  if (!rule.custom_tags.empty()) out.custom_tags = &rule.custom_tags;
  if (rule.random_sampling_percentage) out.sampling = rule.random_sampling_percentage;
  out.request_id_for_sampling =
      rule.use_request_id_for_trace_sampling.value_or(out.request_id_for_sampling);
  out.istio_tags = rule.enable_istio_tags.value_or(out.istio_tags);
  out.no_context_propagation =
      rule.disable_context_propagation.value_or(out.no_context_propagation);
}

std::optional<TracingSettings> merge_tracing(const meshconfig::MeshConfig& config,
                                             const Names& defaults, const TelemetrySpecs& specs,
                                             WorkloadMode side) {
  TracingSettings out;
  bool any = !defaults.empty();
  if (any) out.provider = find_extension_provider(config, defaults.front());
  for (const telemetry::Telemetry* spec : specs) {
    for (const telemetry::Tracing& rule : spec->tracing) {
      any = true;
      if (!rule.match || counts_for(rule.match->mode, side)) apply_tracing(config, rule, out);
    }
  }
  if (!any) return std::nullopt;
  if (!out.provider) out.disabled = true;
  return out;
}

}  // namespace

TelemetrySide merge_telemetry(const meshconfig::MeshConfig& config, const TelemetrySpecs& specs,
                              WorkloadMode side) {
  static const meshconfig::MeshConfig_DefaultProviders kNone;
  const auto& defaults = config.default_providers ? *config.default_providers : kNone;
  TelemetrySide out;
  out.metrics = merge_metrics(config, defaults.metrics, specs, side);
  out.access_logs = merge_access_logs(config, defaults.access_logging, specs, side);
  out.tracing = merge_tracing(config, defaults.tracing, specs, side);
  return out;
}

}  // namespace mesh::traffic
