// What Istio refuses in Telemetries. What they name and the mesh does not have is told in telemetry/check.cc.
#include "libmesh/traffic/check/cel_syntax.h"
#include "libmesh/traffic/check/rules_kinds.h"
#include "libmesh/traffic/check/targets.h"
#include "libmesh/traffic/check/words.h"

namespace mesh::traffic {
namespace {

using TagOperation = telemetry::MetricsOverrides_TagOverride_Operation;

template <typename List>
void check_providers(const List& list, const std::string& path, Finder& finder) {
  for (size_t i = 0; i < list.size(); ++i) {
    for (size_t j = 0; j < list[i].providers.size(); ++j) {
      if (!list[i].providers[j].name.empty()) continue;
      finder.invalid(at(at(path, i) + ".providers", j) + ".name", "is not set",
                     "name an extension provider of the MeshConfig");
    }
  }
}

void check_override(const telemetry::MetricsOverrides& each, const std::string& path,
                    Finder& finder) {
  for (const auto& [name, tag] : each.tag_overrides) {
    const std::string field = path + ".tagOverrides." + name + ".value";
    if (tag.operation == TagOperation::UPSERT && tag.value.empty()) {
      finder.invalid(field, "is not set, and the operation is UPSERT",
                     "write the expression whose value the tag has");
    } else if (tag.operation == TagOperation::REMOVE && !tag.value.empty()) {
      finder.invalid(field, "stands beside operation REMOVE", "take it away, or write UPSERT");
    }
  }
  if (each.match && each.match->custom_metric && each.match->custom_metric->empty()) {
    finder.invalid(path + ".match.customMetric", "is empty", "name the metric, or write metric");
  }
}

void check_tag(const telemetry::Tracing_CustomTag& tag, const std::string& path, Finder& finder) {
  if (tag.literal && tag.literal->value.empty()) {
    finder.invalid(path + ".literal.value", "is not set", "write the value of the tag");
  }
  if (tag.header && tag.header->name.empty()) {
    finder.invalid(path + ".header.name", "is not set", "name the header that has the value");
  }
  if (tag.environment && tag.environment->name.empty()) {
    finder.invalid(path + ".environment.name", "is not set",
                   "name the variable that has the value");
  }
  if (tag.formatter && tag.formatter->value.empty()) {
    finder.invalid(path + ".formatter.value", "is not set", "write the format of the value");
  }
}

void check_tracing(const telemetry::Tracing& tracing, const std::string& path, Finder& finder) {
  const double percentage = tracing.random_sampling_percentage.value_or(0);
  if (!(percentage >= 0 && percentage <= 100)) {
    finder.invalid(path + ".randomSamplingPercentage", "is not from 0 to 100",
                   "write a percentage");
  }
  for (const auto& [name, tag] : tracing.custom_tags) {
    if (name.empty()) {
      finder.invalid(path + ".customTags", "has an empty name", "name the tag");
    }
    check_tag(tag, path + ".customTags." + name, finder);
  }
}

}  // namespace

void check_telemetry_rule(const telemetry::Telemetry& config, Finder& finder) {
  check_policy_target(config, finder);
  check_providers(config.tracing, "spec.tracing", finder);
  check_providers(config.metrics, "spec.metrics", finder);
  check_providers(config.access_logging, "spec.accessLogging", finder);
  for (size_t i = 0; i < config.access_logging.size(); ++i) {
    const auto& filter = config.access_logging[i].filter;
    const std::string fault = filter ? cel_fault(filter->expression) : "";
    if (fault.empty()) continue;
    finder.invalid(at("spec.accessLogging", i) + ".filter.expression",
                   quoted(filter->expression) + " " + fault,
                   "write an expression of CEL, like response.code >= 400");
  }
  for (size_t i = 0; i < config.tracing.size(); ++i) {
    check_tracing(config.tracing[i], at("spec.tracing", i), finder);
  }
  for (size_t i = 0; i < config.metrics.size(); ++i) {
    const std::string path = at("spec.metrics", i);
    check_least_duration(config.metrics[i].reporting_interval, path + ".reportingInterval", finder);
    for (size_t j = 0; j < config.metrics[i].overrides.size(); ++j) {
      check_override(config.metrics[i].overrides[j], at(path + ".overrides", j), finder);
    }
  }
}

}  // namespace mesh::traffic
