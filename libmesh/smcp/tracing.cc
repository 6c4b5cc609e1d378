// spec.tracing: which tracer, and how much of the traffic is traced.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <string>

#include "libmesh/smcp/sections.h"

namespace mesh::smcp {
namespace {

struct Tracer {
  std::string_view type;
  std::string_view provider;      // tracing.provider
  bool enabled;                   // tracing.enabled, global.enableTracing
  bool in_mesh_config;            // meshConfig.enableTracing too
  std::string_view proxy_tracer;  // global.proxy.tracer
};

// Stackdriver leaves meshConfig.enableTracing alone.
constexpr Tracer kTracers[] = {
    {"None", "none", false, true, "none"},
    {"Jaeger", "jaeger", true, true, "zipkin"},
    {"Stackdriver", "stackdriver", true, false, "stackdriver"},
};

void type_to_values(std::string_view type, Version version, Tree& values) {
  if (type.empty()) return;
  for (const Tracer& tracer : kTracers) {
    if (tracer.type != type) continue;
    values.set("tracing.provider", Value(tracer.provider));
    values.set("tracing.enabled", Value(tracer.enabled));
    values.set("global.enableTracing", Value(tracer.enabled));
    if (tracer.in_mesh_config) values.set("meshConfig.enableTracing", Value(tracer.enabled));
    // Istio knows "none" since 1.12, the base of v2.2.
    const bool none = !tracer.enabled && at_least(version, Version::kV2_2);
    const bool older = !tracer.enabled && !none;
    values.set("global.proxy.tracer", Value(older ? "zipkin" : tracer.proxy_tracer));
    return;
  }
  values.faults().add("unknown tracer type: " + std::string(type));
}

std::string_view type_of(std::string_view tracer, Faults& faults) {
  std::string lower(tracer);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "zipkin" || lower == "jaeger") return "Jaeger";
  if (lower == "stackdriver") return "Stackdriver";
  if (lower != "none") faults.add("unknown tracer type " + std::string(tracer));
  return "None";
}

// From a v1 resource that only says whether to trace.
std::string_view type_of_switch(bool enabled, Tree& values) {
  if (enabled) return "Jaeger";
  const auto zipkin = values.get_string("global.tracer.zipkin.address");
  return zipkin && !zipkin->empty() ? "Jaeger" : "None";  // an external Jaeger
}

void type_from_values(Tree& values, Value& spec) {
  auto tracer = values.take_string("tracing.provider");
  if (!tracer || tracer->empty()) tracer = values.take_string("global.proxy.tracer");
  if (tracer && !tracer->empty()) {
    put(spec, "tracing.type", Value(type_of(*tracer, values.faults())));
  } else if (auto enabled = values.take_bool("tracing.enabled")) {
    put(spec, "tracing.type", Value(type_of_switch(*enabled, values)));
  }
}

Value hundredths(double percent) {
  const double sampling = std::trunc(percent * 100.0);
  if (!(std::fabs(sampling) <= 2147483647.0)) return Value(int64_t{INT32_MIN});  // as on amd64
  return Value(static_cast<int64_t>(sampling));
}

void sampling_from_values(Tree& values, Value& spec) {
  constexpr std::string_view kPath = "pilot.traceSampling";
  const Value* found = values.find(kPath);
  if (found != nullptr && found->if_int() != nullptr) {
    const int64_t percent = *values.take_int(kPath);
    const auto sampling = static_cast<uint32_t>(static_cast<uint64_t>(percent) * 100U);
    put(spec, "tracing.sampling", Value(int64_t{static_cast<int32_t>(sampling)}));
  } else if (auto percent = values.take_double(kPath)) {
    put(spec, "tracing.sampling", hundredths(*percent));
  }
}

}  // namespace

void tracing_to_values(Value& spec, const Context& context, Tree& values) {
  const Value* tracing = at(spec, "tracing");
  if (tracing == nullptr) return;
  if (at(*tracing, "sampling") != nullptr) {
    // A float also when it is whole: the section stackdriver looks for one.
    const double percent = static_cast<double>(int_at(*tracing, "sampling")) / 100.0;
    values.set("pilot.traceSampling", Value(percent));
  }
  type_to_values(text_at(*tracing, "type"), context.version, values);
}

void tracing_from_values(Tree& values, const Context&, Value& spec) {
  type_from_values(values, spec);
  sampling_from_values(values, spec);
  // What to_values writes beside them.
  for (std::string_view path : {"global.enableTracing", "meshConfig.enableTracing",
                                "global.proxy.tracer", "tracing.enabled"}) {
    values.remove(path);
  }
}

}  // namespace mesh::smcp
