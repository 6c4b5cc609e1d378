// spec.addons.grafana: one that is installed, or the address of one that is there.
#include <array>
#include <string>

#include "libmesh/smcp/fields.h"
#include "libmesh/smcp/parts.h"

namespace mesh::smcp {
namespace {

constexpr std::string_view kAddress = "kiali.dashboard.grafanaURL";

constexpr std::array kEnabled = {
    FieldRule{"enabled", FieldKind::kBool, {"enabled"}},
};
constexpr std::array kPersistence = {
    FieldRule{"install.persistence.enabled", FieldKind::kBool, {"persist"}},
    FieldRule{"install.persistence.storageClassName", FieldKind::kText, {"storageClassName"}},
    FieldRule{"install.persistence.accessMode", FieldKind::kText, {"accessMode"}},
};
constexpr std::array kSecurity = {
    FieldRule{"install.security.enabled", FieldKind::kBool, {"security.enabled"}},
    FieldRule{"install.security.secretName", FieldKind::kText, {"security.secretName"}},
    FieldRule{"install.security.usernameKey", FieldKind::kText, {"security.usernameKey"}},
    FieldRule{"install.security.passphraseKey", FieldKind::kText, {"security.passphraseKey"}},
};
constexpr std::array<std::string_view, 2> kEnvironments = {"env", "envSecrets"};
constexpr std::string_view kCapacity = "install.persistence.capacity";
constexpr std::string_view kResources = "persistenceResources";

void install_to_values(const Value& grafana, Tree& values) {
  for (std::string_view name : kEnvironments) {
    const Value* env = at(grafana, "install.config." + std::string(name));
    if (not_empty_map(env)) values.set(name, *env);
  }
  fields_to_values(kPersistence, grafana, values);
  typed_part_to_values(grafana, kCapacity, "Resources", values, kResources);
  if (const Value* service = at(grafana, "install.service")) {
    component_service_to_values(*service, values);
  }
  fields_to_values(kSecurity, grafana, values);
}

void capacity_from_values(Tree& values, Value& grafana) {
  const auto resources = values.get_map(kResources);
  if (!resources) return;
  put(grafana, kCapacity, decode_part(*resources, "Resources", values));
  values.remove(kResources);
}

void install_from_values(Tree& values, Value& grafana) {
  for (std::string_view name : kEnvironments) {
    if (auto env = strings_of(values, name, name)) {
      put(grafana, "install.config." + std::string(name), std::move(*env));
    }
    values.remove(name);
  }
  Parts parts(values);
  fields_from_values(kPersistence, parts, grafana);
  capacity_from_values(values, grafana);
  Value service;
  if (component_service_from_values(values, service)) {
    put(grafana, "install.service", std::move(service));
  }
  fields_from_values(kSecurity, parts, grafana);
}

}  // namespace

void grafana_to_values(const Value& grafana, Tree& values) {
  Value written{Map{}};
  Tree tree(written, values.faults());
  fields_to_values(kEnabled, grafana, tree);
  const Value* address = at(grafana, "address");
  if (at(grafana, "install") != nullptr) {
    install_to_values(grafana, tree);
  } else if (address != nullptr) {
    values.set(kAddress, *address);
  }
  values.overwrite(written, Path{"grafana"});
}

bool grafana_from_values(Tree& values, Value& grafana) {
  auto part = open_part(values, "grafana");
  Value none{Map{}};
  Tree tree(part ? *part : none, values.faults());
  Parts parts(tree);
  fields_from_values(kEnabled, parts, grafana);
  if (auto address = values.take_string(kAddress)) {
    // One that is there already: its other values stay where they are.
    grafana.set("address", Value(*address));
    return true;
  }
  if (!part) return false;
  install_from_values(tree, grafana);
  close_part(values, Path{"grafana"}, *part);
  return true;
}

}  // namespace mesh::smcp
