// Affinity: Kiali's operator takes Kubernetes' own form, the charts of all other components only
// the charts' short form of anti-affinity.
#include "libmesh/smcp/validation/checks.h"

namespace mesh::smcp {
namespace {

constexpr std::string_view kKiali = "kiali";

bool given(const Value& affinity, std::string_view path) { return at(affinity, path) != nullptr; }

// Kubernetes' own two lists are members of a structure that exists as soon as one is named, null or
// not.
bool native_anti_affinity(const Value& affinity) {
  const Value* anti = affinity.find("podAntiAffinity");
  return anti != nullptr &&
         (anti->find("requiredDuringSchedulingIgnoredDuringExecution") != nullptr ||
          anti->find("preferredDuringSchedulingIgnoredDuringExecution") != nullptr);
}

Messages check_component(const Member& component, Version version) {
  if (component.value.is_null()) {
    return {"spec.runtime.components." + component.key + " must not be null"};
  }
  const Value* affinity = at(component.value, "pod.affinity");
  if (affinity == nullptr) return {};
  Messages out;
  if (component.key == kKiali) {
    if (given(*affinity, "podAntiAffinity.requiredDuringScheduling") ||
        given(*affinity, "podAntiAffinity.preferredDuringScheduling")) {
      out.emplace_back(
          "PodAntiAffinity configured via "
          ".spec.runtime.components.pod.affinity.podAntiAffinity.requiredDuringScheduling and "
          "preferredDuringScheduling is not supported for the \"kiali\" component");
    }
    return out;
  }
  for (const std::string kind : {"nodeAffinity", "podAffinity"}) {
    if (given(*affinity, kind)) {
      out.push_back(kind + " is only supported for the \"kiali\" component");
    }
  }
  if (native_anti_affinity(*affinity)) {
    // v2.1 writes the first word with a small letter.
    out.push_back(
        std::string(version == Version::kV2_1 ? "p" : "P") +
        "odAntiAffinity configured via .spec.runtime.components.pod.affinity.podAntiAffinity."
        "requiredDuringSchedulingIgnoredDuringExecution and "
        "preferredDuringSchedulingIgnoredDuringExecution is only supported for the \"kiali\" "
        "component");
  }
  return out;
}

}  // namespace

void check_affinity(const Checked& checked, Messages& out) {
  const Value* components = at(checked.spec, "runtime.components");
  const Map* map = components == nullptr ? nullptr : components->if_map();
  if (map == nullptr) return;
  std::vector<Messages> groups;
  for (const Member& component : *map) {
    groups.push_back(check_component(component, checked.version));
  }
  add_groups(std::move(groups), out);
}

}  // namespace mesh::smcp
