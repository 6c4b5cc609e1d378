// spec.addons: which add-ons there are, and in which order they are converted.
#include "libmesh/smcp/parts.h"

namespace mesh::smcp {

// Kiali first: the others set some of its values.
void addons_to_values(Value& spec, const Context& context, Tree& values) {
  const Value* addons = at(spec, "addons");
  if (addons == nullptr) return;
  if (const Value* kiali = at(*addons, "kiali")) kiali_to_values(*kiali, values);
  if (const Value* grafana = at(*addons, "grafana")) grafana_to_values(*grafana, values);
  if (const Value* prometheus = at(*addons, "prometheus")) {
    prometheus_to_values(*prometheus, context, values);
  }
  if (const Value* jaeger = at(*addons, "jaeger")) jaeger_to_values(*jaeger, values);
  if (const Value* stackdriver = at(*addons, "stackdriver")) {
    stackdriver_to_values(*stackdriver, values);
  }
  if (const Value* threescale = at(*addons, "3scale")) threescale_to_values(*threescale, values);
}

void addons_from_values(Tree& values, const Context&, Value& spec) {
  struct Addon {
    std::string_view name;
    bool (*read)(Tree&, Value&);
  };
  constexpr Addon kAddons[] = {
      {"kiali", kiali_from_values},     {"prometheus", prometheus_from_values},
      {"jaeger", jaeger_from_values},   {"stackdriver", stackdriver_from_values},
      {"grafana", grafana_from_values}, {"3scale", threescale_from_values},
  };
  Value addons{Map{}};
  for (const Addon& addon : kAddons) {
    Value config{Map{}};
    if (addon.read(values, config)) addons.set(addon.name, std::move(config));
    if (values.failed()) return;
  }
  if (not_empty_map(&addons)) spec.set("addons", std::move(addons));
}

}  // namespace mesh::smcp
