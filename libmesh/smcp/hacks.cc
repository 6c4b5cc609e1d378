#include "libmesh/smcp/hacks.h"

#include <array>
#include <string>
#include <utility>

namespace mesh::smcp {
namespace {

constexpr std::string_view kModeKey = "controlPlaneMode";
constexpr std::string_view kClusterScoped = "ClusterScoped";
constexpr std::string_view kClusterWide = "ClusterWide";

struct JaegerImage {
  std::string_view section;  // as the sections know it
  std::string_view chart;    // as the charts do
};
constexpr std::array<JaegerImage, 4> kJaegerImages = {{
    {"tracing.jaeger.agent.image", "tracing.jaeger.agentImage"},
    {"tracing.jaeger.allInOne.image", "tracing.jaeger.allInOneImage"},
    {"tracing.jaeger.collector.image", "tracing.jaeger.collectorImage"},
    {"tracing.jaeger.query.image", "tracing.jaeger.queryImage"},
}};

bool is_cluster_wide(const Value& spec, const Context& context, Tree& values) {
  switch (facts(context.version).mode) {
    case ModeField::kNone:
      return false;
    case ModeField::kTechPreview:
      return values.get_string(kModeKey) == kClusterScoped;
    case ModeField::kFixed:
    case ModeField::kMutable:
      return text_at(spec, "mode") == kClusterWide;
  }
  return false;
}

// v1.1 finds an external Jaeger by the address of its collector.
void name_external_jaeger(Tree& values) {
  constexpr std::string_view kCollector = "-collector";
  const auto address = values.get_string("global.tracer.zipkin.address");
  if (!address || address->empty()) return;
  std::string_view service(*address);
  service = service.substr(0, service.find('.'));
  if (!service.ends_with(kCollector)) return;
  service.remove_suffix(kCollector.size());
  values.set("tracing.jaeger.resourceName", Value(service));
}

}  // namespace

void mode_to_values(const Value& spec, const Context& context, Tree& values) {
  const bool wide = is_cluster_wide(spec, context, values);
  values.remove(kModeKey);
  const std::string_view place = facts(context.version).cluster_wide;
  if (wide && !place.empty()) values.set(place, Value(true));
}

void mode_from_values(Tree& values, const Context& context, Value& spec) {
  const VersionFacts& version = facts(context.version);
  if (version.cluster_wide.empty()) return;
  if (!values.take_bool(version.cluster_wide).value_or(false)) return;
  if (version.mode == ModeField::kTechPreview) {
    put(spec, "techPreview." + std::string(kModeKey), Value(kClusterScoped));
  } else {
    put(spec, "mode", Value(kClusterWide));
  }
}

void take_tech_preview(Tree& values, Value& spec) {
  auto preview = values.take_map("techPreview");
  if (preview && !preview->if_map()->empty()) spec.set("techPreview", std::move(*preview));
}

void keep_rest(Tree& values, Value& spec) {
  if (values.failed() || values.empty()) return;
  Value* preview = spec.find("techPreview");
  if (preview == nullptr) preview = &spec.set("techPreview", Value(Map{}));
  Tree kept(*preview, values.faults());
  kept.overwrite(values.root());
  if (kept.empty()) spec.erase("techPreview");
}

void prepare_values(const Value& spec_v1, const Context& context, Tree& values) {
  if (const Value* scale = at(spec_v1, "threeScale")) values.set("3scale", *scale);
  if (const Value* found = values.find("tracing.jaeger.annotations")) {
    Value annotations = *found;
    values.set("tracing.jaeger.podAnnotations", std::move(annotations));
    values.remove("tracing.jaeger.annotations");
  }
  for (const JaegerImage& image : kJaegerImages) {
    if (auto name = values.take_string(image.chart)) values.set(image.section, Value(*name));
  }
  if (text_at(spec_v1, "version") == version_text(Version::kV1_1)) name_external_jaeger(values);
  static_cast<void>(context);
}

namespace {

void finish_jaeger(Tree& values) {
  const Value* jaeger = values.find("tracing.jaeger");
  if (jaeger == nullptr) return;
  if (!jaeger->is_map()) {
    values.faults().add("could not cast tracing.jaeger value to map[string]interface{}: " +
                        std::string(go_type(*jaeger)));
    return;
  }
  if (const Value* found = values.find("tracing.jaeger.podAnnotations")) {
    Value annotations = *found;
    values.set("tracing.jaeger.annotations", std::move(annotations));
  }
  for (const JaegerImage& image : kJaegerImages) {
    if (auto name = values.take_string(image.section)) values.set(image.chart, Value(*name));
  }
  for (std::string_view key : {"podAnnotations", "agent", "allInOne", "collector", "query"}) {
    values.remove("tracing.jaeger." + std::string(key));
  }
}

}  // namespace

void finish_values(const Context& context, Tree& values, Value& frame) {
  if (const Value* scale = values.find("3scale"); scale != nullptr && !scale->is_null()) {
    if (!scale->is_map()) {
      values.faults().add("could not convert 3scale values to map[string]interface{}");
      return;
    }
    frame.set("threeScale", *scale);
  }
  values.remove("3scale");
  finish_jaeger(values);
  if (context.version == Version::kV1_1) {
    const auto zipkin = values.get_string("global.tracer.zipkin.address");
    if (zipkin && !zipkin->empty()) values.set("tracing.enabled", Value(false));
  }
}

}  // namespace mesh::smcp
