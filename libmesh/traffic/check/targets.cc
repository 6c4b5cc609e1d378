#include "libmesh/traffic/check/targets.h"

#include <algorithm>
#include <array>

#include "libmesh/traffic/check/words.h"

namespace mesh::traffic {
namespace {

struct Target {
  std::string_view group;
  std::string_view kind;
};
constexpr std::array<Target, 4> kTargets = {{{"", "Service"},
                                             {"networking.istio.io", "ServiceEntry"},
                                             {"gateway.networking.k8s.io", "Gateway"},
                                             {"gateway.networking.k8s.io", "GatewayClass"}}};

}  // namespace

void check_selector_words(const std::map<std::string, std::string>& labels,
                          const std::string& field, Finder& finder) {
  constexpr size_t kMostValue = 63;
  for (const auto& [key, value] : labels) {
    if (key.empty()) {
      finder.invalid(field, "has an empty key", "name the label that the workloads have");
    }
    if (key.find('*') != std::string::npos || value.find('*') != std::string::npos) {
      finder.invalid(field, quoted(key + "=" + value) + " has a \"*\": labels are compared whole",
                     "write the label as the workloads have it, or leave the selector out");
    }
    if (value.size() > kMostValue) {
      finder.invalid(field, quoted(value) + " is longer than a label may be",
                     "write at most 63 characters");
    }
  }
}

void check_target(const istiotype::PolicyTargetReference& target, const std::string& field,
                  Finder& finder) {
  if (target.name.empty()) finder.invalid(field + ".name", "is not set", "name the object");
  if (!target.namespace_.empty()) {
    finder.invalid(field + ".namespace", "is set: only objects of the own namespace can be meant",
                   "take it away");
  }
  const auto found = std::find_if(kTargets.begin(), kTargets.end(),
                                  [&](const Target& t) { return t.kind == target.kind; });
  if (target.kind.empty()) {
    finder.invalid(field + ".kind", "is not set", "write Service, ServiceEntry or Gateway");
  } else if (found == kTargets.end()) {
    finder.invalid(field + ".kind", quoted(target.kind) + " can be no target",
                   "write Service, ServiceEntry, Gateway or GatewayClass");
  } else if (target.group != found->group &&
             !(target.kind == "Service" && target.group == "core")) {
    finder.invalid(field + ".group", quoted(target.group) + " is not the group of " + target.kind,
                   "write " + quoted(found->group));
  }
}

void check_one_target(std::initializer_list<std::string_view> fields, Finder& finder) {
  std::string first;
  for (const std::string_view name : fields) {
    const std::string field = "spec." + std::string(name);
    const document::Value* value = find_field(finder.object(), field);
    if (value == nullptr || value->is_null()) continue;
    if (!first.empty()) {
      finder.invalid(field, "stands beside " + first, "write one of them");
      return;
    }
    first = name;
  }
}

}  // namespace mesh::traffic
