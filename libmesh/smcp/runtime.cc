// spec.runtime: the defaults of all components, and what each component has of its own.
#include "libmesh/smcp/runtime.h"

#include <string>

#include "libmesh/smcp/fields.h"
#include "libmesh/smcp/parts.h"

namespace mesh::smcp {
namespace {

// In the order in which the original takes them out of the values.
constexpr std::array<std::string_view, 21> kComponents = {
    "security",
    "galley",
    "pilot",
    "mixer",
    "mixer.policy",
    "mixer.telemetry",
    "global.oauthproxy",
    "sidecarInjectorWebhook",
    "tracing",
    "tracing.jaeger",
    "tracing.jaeger.elasticsearch",
    "tracing.jaeger.agent",
    "tracing.jaeger.allInOne",
    "tracing.jaeger.collector",
    "tracing.jaeger.query",
    "prometheus",
    "kiali",
    "grafana",
    "3scale",
    "wasmExtensions.cacher",
    "rateLimiting.rls",
};

constexpr std::array kPriority = {
    FieldRule{"priorityClassName", FieldKind::kText, {"priorityClassName"}},
};

void budget_to_values(const Value& budget, Tree& values) {
  for (std::string_view key : {"enabled", "minAvailable", "maxUnavailable"}) {
    const Value* field = budget.find(key);
    if (field == nullptr) continue;
    values.set("global.defaultPodDisruptionBudget." + std::string(key), *field);
  }
}

void defaults_to_values(const Value& defaults, Tree& values) {
  if (const Value* budget = at(defaults, "deployment.podDisruption")) {
    budget_to_values(*budget, values);
  }
  const Value* selector = at(defaults, "pod.nodeSelector");
  if (not_empty_map(selector)) values.set("global.defaultNodeSelector", *selector);
  typed_part_to_values(defaults, "pod.tolerations", "Toleration", values,
                       "global.defaultTolerations");
  const std::string_view priority = text_at(defaults, "pod.priorityClassName");
  if (!priority.empty()) values.set("global.priorityClassName", Value(priority));
  const Value* container = at(defaults, "container");
  if (container == nullptr) return;
  Value written{Map{}};
  Tree global(written, values.faults());
  common_container_to_values(*container, global);
  if (const Value* found = written.find("resources")) {
    Value resources = *found;
    written.erase("resources");
    written.set("defaultResources", std::move(resources));
  }
  values.overwrite(written, {"global"});
}

void budget_from_values(Tree& global, Value& defaults) {
  auto budget = take_decoded_part(global, "defaultPodDisruptionBudget", "PodDisruption");
  if (budget && not_empty_map(&*budget)) {
    put(defaults, "deployment.podDisruption", std::move(*budget));
  }
}

void default_pod_from_values(Tree& global, Value& defaults) {
  Value pod{Map{}};
  if (auto selector = open_part(global, "defaultNodeSelector")) {
    auto read = decode(*selector, *shape("CommonPodRuntime").field("nodeSelector")->shape,
                       "global.defaultNodeSelector");
    if (!read) {
      global.faults().add(read.error().message);
      return;
    }
    pod.set("nodeSelector", *std::move(read));
    global.remove("defaultNodeSelector");
  }
  if (auto tolerations = take_list_of(global, "defaultTolerations", "Toleration")) {
    pod.set("tolerations", std::move(*tolerations));
  }
  Parts parts(global);
  fields_from_values(kPriority, parts, pod);
  if (not_empty_map(&pod)) defaults.set("pod", std::move(pod));
}

void default_container_from_values(Tree& global, Value& defaults) {
  Value container{Map{}};
  common_container_from_values(global, container);
  // Everywhere else these are "resources".
  if (auto resources = take_decoded_part(global, "defaultResources", "Resources")) {
    container.set("resources", std::move(*resources));
  }
  if (global.find("defaultResources") != nullptr) global.remove("defaultResources");
  if (not_empty_map(&container)) defaults.set("container", std::move(container));
}

void defaults_from_values(Tree& values, Value& runtime) {
  auto part = open_part(values, "global");
  if (!part) return;
  Tree global(*part, values.faults());
  Value defaults{Map{}};
  budget_from_values(global, defaults);
  default_pod_from_values(global, defaults);
  default_container_from_values(global, defaults);
  if (not_empty_map(&defaults)) runtime.set("defaults", std::move(defaults));
  close_part(values, {"global"}, *part);
}

}  // namespace

std::span<const std::string_view> component_names() { return kComponents; }

void runtime_to_values(Value& spec, const Context&, Tree& values) {
  if (const Value* defaults = at(spec, "runtime.defaults")) defaults_to_values(*defaults, values);
  const Value* components = at(spec, "runtime.components");
  if (components == nullptr) return;
  for (const document::Member& member : *components->if_map()) {
    Value written{Map{}};
    Tree tree(written, values.faults());
    component_runtime_to_values(member.value, tree);
    values.overwrite(written, split_path(member.key));
  }
}

void runtime_from_values(Tree& values, const Context&, Value& spec) {
  Value runtime{Map{}};
  defaults_from_values(values, runtime);
  Value components{Map{}};
  for (std::string_view name : kComponents) {
    auto part = values.get_map(name);
    if (!part) continue;
    Tree tree(*part, values.faults());
    Value component;
    if (component_runtime_from_values(tree, component)) components.set(name, std::move(component));
    close_part(values, split_path(name), *part);
  }
  if (not_empty_map(&components)) runtime.set("components", std::move(components));
  if (not_empty_map(&runtime)) spec.set("runtime", std::move(runtime));
}

}  // namespace mesh::smcp
