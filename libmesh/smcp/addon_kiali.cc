// spec.addons.kiali
#include <array>
#include <string>

#include "libmesh/smcp/fields.h"
#include "libmesh/smcp/parts.h"

namespace mesh::smcp {
namespace {

constexpr std::array kRules = {
    FieldRule{"name", FieldKind::kText, {"resourceName"}},
    FieldRule{"enabled", FieldKind::kBool, {"enabled"}},
};
constexpr std::array kDashboard = {
    FieldRule{"install.dashboard.viewOnly", FieldKind::kBool, {"dashboard.viewOnlyMode"}},
    FieldRule{"install.dashboard.enableGrafana", FieldKind::kBool, {"dashboard.enableGrafana"}},
    FieldRule{
        "install.dashboard.enablePrometheus", FieldKind::kBool, {"dashboard.enablePrometheus"}},
    FieldRule{"install.dashboard.enableTracing", FieldKind::kBool, {"dashboard.enableTracing"}},
};

// What the Kiali resource has below spec.deployment, and its types.
struct TypedPlace {
  std::string_view field;
  std::string_view values;
  std::string_view type;
};
constexpr std::array<TypedPlace, 4> kDeployment = {{
    {"install.deployment.resources", "deployment_resources", "Resources"},
    {"install.deployment.affinity.nodeAffinity", "deployment_affinity.node", "NodeAffinity"},
    {"install.deployment.affinity.podAffinity", "deployment_affinity.pod", "PodAffinity"},
    {"install.deployment.affinity.podAntiAffinity", "deployment_affinity.pod_anti", "PodAffinity"},
}};
constexpr std::string_view kNodeSelector = "deployment_nodeSelector";
constexpr std::string_view kTolerations = "deployment_tolerations";

// Prometheus and Grafana leave their addresses among Kiali's values; these alone make no Kiali.
bool only_addresses(const Value& kiali) {
  for (const document::Member& member : *kiali.if_map()) {
    if (member.key == "prometheusAddr") continue;
    if (member.key != "dashboard") return false;
    if (member.value.is_null()) continue;
    const Map* dashboard = member.value.if_map();
    if (dashboard == nullptr) return true;  // whoever reads the address reports it
    for (const document::Member& setting : *dashboard) {
      if (setting.key != "grafanaURL") return false;
    }
  }
  return true;
}

void deployment_from_values(Tree& values, Value& kiali) {
  for (const TypedPlace& place : kDeployment) {
    const auto map = values.take_map(place.values);
    if (!map || !not_empty_map(&*map)) continue;
    put(kiali, place.field, decode_part(*map, place.type, values));
  }
  const auto selector = values.take_string_map(kNodeSelector);
  if (selector && not_empty_map(&*selector)) {
    put(kiali, "install.deployment.nodeSelector", *selector);
  }
  if (auto tolerations = take_list_of(values, kTolerations, "Toleration")) {
    put(kiali, "install.deployment.tolerations", std::move(*tolerations));
  }
}

}  // namespace

void kiali_to_values(const Value& kiali, Tree& values) {
  Value written{Map{}};
  Tree tree(written, values.faults());
  fields_to_values(kRules, kiali, tree);
  fields_to_values(kDashboard, kiali, tree);
  for (const TypedPlace& place : kDeployment) {
    typed_part_to_values(kiali, place.field, place.type, tree, place.values);
  }
  const Value* selector = at(kiali, "install.deployment.nodeSelector");
  if (not_empty_map(selector)) tree.set(kNodeSelector, *selector);
  typed_part_to_values(kiali, "install.deployment.tolerations", "Toleration", tree, kTolerations);
  if (const Value* service = at(kiali, "install.service")) {
    component_service_to_values(*service, tree);
  }
  values.overwrite(written, Path{"kiali"});
}

bool kiali_from_values(Tree& values, Value& kiali) {
  auto part = open_part(values, "kiali");
  if (!part || only_addresses(*part)) return false;
  Tree tree(*part, values.faults());
  Parts parts(tree);
  fields_from_values(kRules, parts, kiali);
  fields_from_values(kDashboard, parts, kiali);
  Value service;
  if (component_service_from_values(tree, service)) {
    put(kiali, "install.service", std::move(service));
  }
  deployment_from_values(tree, kiali);
  close_part(values, Path{"kiali"}, *part);
  return not_empty_map(&kiali);
}

}  // namespace mesh::smcp
