// One gateway: its Service, Deployment and volumes as values of the gateway charts.
#include <array>
#include <string>

#include "libmesh/smcp/parts.h"

namespace mesh::smcp {
namespace {

constexpr std::string_view kRouterMode = "env.ISTIO_META_ROUTER_MODE";

// The two kinds of volume. The text of the fault is upstream's for both.
struct VolumeKind {
  std::string_view list;    // in the values
  std::string_view name;    // of the source, in an entry of the list
  std::string_view source;  // in the spec
  std::string_view field;   // the name of the source there
};
constexpr std::array<VolumeKind, 2> kVolumeKinds = {{
    {"secretVolumes", "secretName", "secret", "secretName"},
    {"configVolumes", "configMapName", "configMap", "name"},
}};

// A volume counts as the first kind that it has; one that has neither is left out.
const VolumeKind* kind_of(const Value& volume) {
  for (const VolumeKind& kind : kVolumeKinds) {
    const Value* source = at(volume, "volume");
    if (source != nullptr && source->find(kind.source) != nullptr) return &kind;
  }
  return nullptr;
}

void volumes_to_values(const Value& gateway, Tree& values) {
  const Value* volumes = at(gateway, "volumes");
  if (volumes == nullptr) return;
  for (const VolumeKind& kind : kVolumeKinds) {
    List entries;
    for (const Value& volume : *volumes->if_list()) {
      if (kind_of(volume) != &kind) continue;
      Value entry{Map{}};
      entry.set("name", Value(text_at(volume, "volumeMount.name")));
      const Value& source = *volume.find("volume")->find(kind.source);
      entry.set(kind.name, Value(text_at(source, kind.field)));
      entry.set("mountPath", Value(text_at(volume, "volumeMount.mountPath")));
      entries.push_back(std::move(entry));
    }
    if (!entries.empty()) values.set(kind.list, Value(std::move(entries)));
  }
}

Value volume_from_values(const Value& entry, const VolumeKind& kind, Faults& faults) {
  Value copy = entry;
  Tree tree(copy, faults);
  Value source{Map{}};
  Value mount{Map{}};
  if (auto name = tree.take_string("name")) mount.set("name", Value(*name));
  if (auto name = tree.take_string(kind.name)) source.set(kind.field, Value(*name));
  if (auto path = tree.take_string("mountPath")) mount.set("mountPath", Value(*path));
  Value volume{Map{}};
  put(volume, "volume." + std::string(kind.source), std::move(source));
  volume.set("volumeMount", std::move(mount));
  return volume;
}

void volumes_from_values(Tree& values, Value& gateway) {
  List volumes;
  for (const VolumeKind& kind : kVolumeKinds) {
    const auto entries = values.take_list(kind.list);
    if (!entries) continue;
    for (const Value& entry : *entries) {
      if (!entry.is_map()) {
        values.faults().add("could not cast secretVolume entry to map[string]interface{}");
        return;
      }
      volumes.push_back(volume_from_values(entry, kind, values.faults()));
    }
  }
  if (!volumes.empty()) gateway.set("volumes", Value(std::move(volumes)));
}

// The fields of the Service stand among the gateway's own.
void service_from_values(Tree& values, Value& gateway) {
  auto service = take_decoded(values.root(), shape("GatewayService"), "gateways");
  if (!service) {
    values.faults().add(service.error().message);
    return;
  }
  Value metadata{Map{}};
  if (metadata_from_values(values, "labels", "serviceAnnotations", Removal::kAlways, metadata)) {
    service->set("metadata", std::move(metadata));
  }
  gateway.set("service", *std::move(service));
}

}  // namespace

void gateway_to_values(Value& gateway, Tree& values) {
  if (const bool* enabled = bool_at(gateway, "enabled")) values.set("enabled", Value(*enabled));
  const std::string_view name_space = text_at(gateway, "namespace");
  if (!name_space.empty()) values.set("namespace", Value(name_space));
  const std::string mode(text_at(gateway, "routerMode"));
  if (!mode.empty()) {
    put(gateway, "runtime.container." + std::string(kRouterMode), Value(mode));
  }
  if (const Value* service = at(gateway, "service")) {
    values.overwrite(encode(*service, shape("ServiceSpec")));
    metadata_to_values(at(*service, "metadata"), values, "labels", "serviceAnnotations");
  }
  if (const Value* runtime = at(gateway, "runtime")) component_runtime_to_values(*runtime, values);
  volumes_to_values(gateway, values);
}

void gateway_from_values(Tree& values, Value& gateway) {
  if (auto enabled = values.take_bool("enabled")) gateway.set("enabled", Value(*enabled));
  if (auto name_space = values.take_string("namespace")) {
    gateway.set("namespace", Value(*name_space));
  }
  if (values.failed()) return;
  service_from_values(values, gateway);
  volumes_from_values(values, gateway);
  if (auto mode = values.take_string(kRouterMode)) gateway.set("routerMode", Value(*mode));
  Value runtime;
  if (component_runtime_from_values(values, runtime)) gateway.set("runtime", std::move(runtime));
}

}  // namespace mesh::smcp
