// The runtime of one component: its Deployment, pods and container, as values of its chart.
#include <array>
#include <string>

#include "libmesh/smcp/fields.h"
#include "libmesh/smcp/parts.h"

namespace mesh::smcp {
namespace {

constexpr std::array kReplicas = {
    FieldRule{"deployment.replicas", FieldKind::kInt, {"replicaCount"}},
};
constexpr std::array kAutoScaling = {
    FieldRule{"deployment.autoScaling.enabled", FieldKind::kBool, {"autoscaleEnabled"}},
    FieldRule{"deployment.autoScaling.minReplicas", FieldKind::kInt, {"autoscaleMin"}},
    FieldRule{"deployment.autoScaling.maxReplicas", FieldKind::kInt, {"autoscaleMax"}},
    FieldRule{"deployment.autoScaling.targetCPUUtilizationPercentage",
              FieldKind::kInt,
              {"cpu.targetAverageUtilization"}},
};
constexpr std::array kPriority = {
    FieldRule{"pod.priorityClassName", FieldKind::kText, {"priorityClassName"}},
};

struct Place {
  std::string_view field;
  std::string_view values;
  std::string_view type;
};

// Numbers or percentages.
constexpr std::array<Place, 2> kRolling = {{
    {"deployment.strategy.rollingUpdate.maxSurge", "rollingMaxSurge", ""},
    {"deployment.strategy.rollingUpdate.maxUnavailable", "rollingMaxUnavailable", ""},
}};
constexpr std::array<Place, 3> kAffinities = {{
    {"nodeAffinity", "affinity.nodeAffinity", "NodeAffinity"},
    {"podAffinity", "affinity.podAffinity", "PodAffinity"},
    {"podAntiAffinity", "affinity.podAntiAffinity", "PodAffinity"},
}};
// Maistra's own form of anti-affinity, which its charts turn into Kubernetes'.
constexpr std::array<Place, 2> kTerms = {{
    {"podAntiAffinity.requiredDuringScheduling", "podAntiAffinityLabelSelector", ""},
    {"podAntiAffinity.preferredDuringScheduling", "podAntiAffinityTermLabelSelector", ""},
}};
constexpr std::array<std::string_view, 3> kTermTexts = {"key", "operator", "topologyKey"};

Value term_values(const Value& term) {
  Value out{Map{}};
  for (std::string_view key : kTermTexts) out.set(key, Value(text_at(term, key)));
  const Value* names = at(term, "values");
  out.set("values", Value(names == nullptr ? std::string() : join_commas(*names->if_list())));
  return out;
}

Value term_from_values(const Value& element, Tree& values) {
  Value copy = element;
  Tree tree(copy, values.faults());
  Value term{Map{}};
  for (std::string_view key : kTermTexts) {
    if (auto text = tree.take_string(key)) term.set(key, Value(*text));
  }
  if (auto names = tree.take_string("values")) {
    term.set("values", texts_value(split_commas(*names)));
  }
  return term;
}

void affinity_to_values(const Value& affinity, Tree& values) {
  for (const Place& place : kAffinities) {
    typed_part_to_values(affinity, place.field, place.type, values, place.values);
  }
  for (const Place& place : kTerms) {
    const Value* terms = at(affinity, place.field);
    if (terms == nullptr || terms->if_list()->empty()) continue;
    List out;
    for (const Value& term : *terms->if_list()) out.push_back(term_values(term));
    values.set(place.values, Value(std::move(out)));
  }
}

// An empty mapping makes the structure around it, but does not count as given.
bool native_affinity_from_values(Tree& values, Value& pod) {
  bool found = false;
  for (const Place& place : kAffinities) {
    const auto map = values.take_map(place.values);
    if (!map) continue;
    if (at(pod, "affinity") == nullptr) pod.set("affinity", Value(Map{}));
    if (!not_empty_map(&*map)) continue;
    put(pod, "affinity." + std::string(place.field), decode_part(*map, place.type, values));
    found = true;
  }
  return found;
}

bool terms_from_values(Tree& values, Value& pod) {
  bool found = false;
  for (const Place& place : kTerms) {
    const auto list = values.take_list(place.values);
    if (!list || list->empty()) continue;
    List terms;
    for (const Value& element : *list) {
      if (!element.is_map()) {
        values.faults().add("could not cast " + std::string(place.values) +
                            " value to map[string]interface{}");
        return false;
      }
      terms.push_back(term_from_values(element, values));
    }
    put(pod, "affinity." + std::string(place.field), Value(std::move(terms)));
    found = true;
  }
  return found;
}

void rolling_from_values(Tree& values, Value& runtime) {
  for (const Place& place : kRolling) {
    const Value* found = values.find(place.values);
    if (found == nullptr) continue;
    if (found->is_string() || found->is_null()) {
      if (auto text = values.take_string(place.values)) put(runtime, place.field, Value(*text));
    } else if (auto number = values.take_int(place.values)) {
      put(runtime, place.field, Value(int64_t{static_cast<int32_t>(*number)}));
    }
  }
}

// Labels of the chart that must be texts; without a fault of their own when they are none.
bool node_selector_from_values(Tree& values, Value& pod) {
  auto map = values.get_map("nodeSelector");
  if (!map || !not_empty_map(&*map)) return false;
  for (const document::Member& member : *map->if_map()) {
    if (!member.value.is_string()) {
      values.faults().add("non string value in nodeSelector definition");
    }
  }
  values.remove("nodeSelector");
  pod.set("nodeSelector", std::move(*map));
  return true;
}

void pod_from_values(Tree& values, Value& runtime) {
  Value pod{Map{}};
  Value metadata{Map{}};
  bool found =
      metadata_from_values(values, "podLabels", "podAnnotations", Removal::kAlways, metadata);
  if (found) pod.set("metadata", std::move(metadata));
  if (auto name = values.take_string("priorityClassName")) {
    pod.set("priorityClassName", Value(*name));
    found = true;
  }
  found |= node_selector_from_values(values, pod);
  found |= native_affinity_from_values(values, pod);
  found |= terms_from_values(values, pod);
  if (auto tolerations = take_list_of(values, "tolerations", "Toleration")) {
    pod.set("tolerations", std::move(*tolerations));
    found = true;
  }
  if (found) runtime.set("pod", std::move(pod));
}

}  // namespace

void component_runtime_to_values(const Value& runtime, Tree& values) {
  fields_to_values(kReplicas, runtime, values);
  for (const Place& place : kRolling) {
    if (const Value* amount = at(runtime, place.field)) values.set(place.values, *amount);
  }
  fields_to_values(kAutoScaling, runtime, values);
  metadata_to_values(at(runtime, "pod.metadata"), values, "podLabels", "podAnnotations");
  fields_to_values(kPriority, runtime, values);
  const Value* selector = at(runtime, "pod.nodeSelector");
  if (not_empty_map(selector)) values.set("nodeSelector", *selector);
  if (const Value* affinity = at(runtime, "pod.affinity")) affinity_to_values(*affinity, values);
  typed_part_to_values(runtime, "pod.tolerations", "Toleration", values, "tolerations");
  if (const Value* container = at(runtime, "container")) container_to_values(*container, values);
}

bool component_runtime_from_values(Tree& values, Value& runtime) {
  runtime = Value(Map{});
  Parts parts(values);
  fields_from_values(kReplicas, parts, runtime);
  rolling_from_values(values, runtime);
  fields_from_values(kAutoScaling, parts, runtime);
  pod_from_values(values, runtime);
  Value container{Map{}};
  if (container_from_values(values, container)) runtime.set("container", std::move(container));
  return not_empty_map(&runtime);
}

}  // namespace mesh::smcp
