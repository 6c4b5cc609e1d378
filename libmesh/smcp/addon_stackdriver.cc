// spec.addons.stackdriver: Google's Stackdriver, through Mixer (v1.x) or istiod's telemetry (v2.x).
#include <array>
#include <string>

#include "libmesh/smcp/fields.h"
#include "libmesh/smcp/parts.h"

namespace mesh::smcp {
namespace {

// Written to both; read from telemetry.v2 first, and removed from Mixer's values in any case.
struct Switch {
  std::string_view field;
  std::string_view telemetry;
  std::string_view mixer;
};
constexpr std::array<Switch, 4> kSwitches = {{
    {"telemetry.enabled", "telemetry.v2.stackdriver.enabled", "mixer.adapters.stackdriver.enabled"},
    {"telemetry.enableContextGraph", "telemetry.v2.stackdriver.topology",
     "mixer.adapters.stackdriver.contextGraph.enabled"},
    {"telemetry.enableLogging", "telemetry.v2.stackdriver.logging",
     "mixer.adapters.stackdriver.logging.enabled"},
    {"telemetry.enableMetrics", "telemetry.v2.stackdriver.monitoring",
     "mixer.adapters.stackdriver.metrics.enabled"},
}};
constexpr std::string_view kOverride = "telemetry.v2.stackdriver.configOverride";
constexpr std::string_view kTracer = "mixer.adapters.stackdriver.tracer.enabled";
constexpr std::string_view kProbability = "mixer.adapters.stackdriver.tracer.sampleProbability";

constexpr std::array kRules = {
    FieldRule{"telemetry.auth.appCredentials",
              FieldKind::kBool,
              {"mixer.adapters.stackdriver.auth.appCredentials"}},
    FieldRule{
        "telemetry.auth.apiKey", FieldKind::kText, {"mixer.adapters.stackdriver.auth.apiKey"}},
    FieldRule{"telemetry.auth.serviceAccountPath",
              FieldKind::kText,
              {"mixer.adapters.stackdriver.auth.serviceAccountPath"}},
    FieldRule{"telemetry.accessLogging.enabled",
              FieldKind::kBool,
              {"telemetry.v2.accessLogPolicy.enabled"}},
    FieldRule{"telemetry.accessLogging.logWindowDuration",
              FieldKind::kText,
              {"telemetry.v2.accessLogPolicy.logWindowDuration"}},
    FieldRule{"tracer.debug", FieldKind::kBool, {"global.tracer.stackdriver.debug"}},
    FieldRule{"tracer.maxNumberOfAttributes",
              FieldKind::kLong,
              {"global.tracer.stackdriver.maxNumberOfAttributes"}},
    FieldRule{"tracer.maxNumberOfAnnotations",
              FieldKind::kLong,
              {"global.tracer.stackdriver.maxNumberOfAnnotations"}},
    FieldRule{"tracer.maxNumberOfMessageEvents",
              FieldKind::kLong,
              {"global.tracer.stackdriver.maxNumberOfMessageEvents"}},
};

// Mixer's tracer follows what the section tracing has written.
void mixer_tracer_to_values(Tree& values) {
  const Value* tracer = at(values.root(), "global.proxy.tracer");
  if (tracer == nullptr || *tracer != Value("stackdriver")) return;
  values.set(kTracer, Value(true));
  const Value* sampling = at(values.root(), "pilot.traceSampling");
  if (sampling != nullptr && sampling->if_double() != nullptr) values.set(kProbability, *sampling);
}

}  // namespace

void stackdriver_to_values(const Value& stackdriver, Tree& values) {
  for (const Switch& place : kSwitches) {
    const bool* enabled = bool_at(stackdriver, place.field);
    if (enabled == nullptr) continue;
    values.set(place.mixer, Value(*enabled));
    values.set(place.telemetry, Value(*enabled));
  }
  if (const Value* config = at(stackdriver, "telemetry.configOverride")) {
    values.overwrite(*config, split_path(kOverride));
  }
  mixer_tracer_to_values(values);
  fields_to_values(kRules, stackdriver, values);
}

bool stackdriver_from_values(Tree& values, Value& stackdriver) {
  for (const Switch& place : kSwitches) {
    auto enabled = values.take_bool(place.telemetry);
    if (!enabled) enabled = values.take_bool(place.mixer);
    if (enabled) put(stackdriver, place.field, Value(*enabled));
  }
  if (auto config = open_part(values, kOverride)) {
    put(stackdriver, "telemetry.configOverride", std::move(*config));
    values.remove(kOverride);
  }
  Parts parts(values);
  fields_from_values(kRules, parts, stackdriver);
  for (const Switch& place : kSwitches) values.remove(place.mixer);
  values.remove(kTracer);
  values.remove(kProbability);
  return not_empty_map(&stackdriver);
}

}  // namespace mesh::smcp
