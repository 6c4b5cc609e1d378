#include "libmesh/traffic/telemetry/telemetry.h"

namespace mesh::traffic {
namespace {

MergedTelemetryPtr merge(const meshconfig::MeshConfig& config,
                         const std::vector<const index::Telemetry*>& objects) {
  auto out = std::make_shared<MergedTelemetry>();
  TelemetrySpecs specs;
  for (const index::Telemetry* object : objects) {
    specs.push_back(object->spec);
    out->from.append(object->ns()).append("/").append(object->name()).append(",");
  }
  out->client = merge_telemetry(config, specs, telemetry::WorkloadMode::CLIENT);
  out->server = merge_telemetry(config, specs, telemetry::WorkloadMode::SERVER);
  return out;
}

}  // namespace

bool is_namespace_wide(const telemetry::Telemetry& spec) {
  const Attachment attachment = attachment_of(spec);
  return attachment.targets.empty() &&
         (attachment.selector == nullptr || attachment.selector->empty());
}

TelemetryIndex::TelemetryIndex(const index::Mesh& mesh)
    : policies_(mesh.telemetries), defaults_(merge(mesh.config, {})) {}

void TelemetryIndex::add_namespace_wide(const std::string& ns, Places& out) const {
  for (uint32_t place : policies_.of_namespace(ns)) {
    if (!is_namespace_wide(*policies_[place].spec)) continue;
    out.push_back(place);
    return;
  }
}

TelemetryIndex::Places TelemetryIndex::select(const index::Mesh& mesh,
                                              const model::Proxy& proxy) const {
  Places out;
  add_namespace_wide(mesh.root_namespace, out);
  if (proxy.ns != mesh.root_namespace) add_namespace_wide(proxy.ns, out);
  const PolicyMatcher matcher(mesh.root_namespace, proxy);
  for (uint32_t place : policies_.of_namespace(proxy.ns)) {
    const telemetry::Telemetry& spec = *policies_[place].spec;
    if (!is_namespace_wide(spec) && matcher.selects(proxy.ns, attachment_of(spec))) {
      out.push_back(place);
    }
  }
  return out;
}

MergedTelemetryPtr TelemetryIndex::of(const index::Mesh& mesh, const model::Proxy& proxy) const {
  if (policies_.empty()) return defaults_;
  Places places = select(mesh, proxy);
  if (places.empty()) return defaults_;
  std::vector<const index::Telemetry*> objects;
  for (uint32_t place : places) objects.push_back(&policies_[place]);
  std::lock_guard<std::mutex> lock(mutex_);
  auto [at, fresh] = merged_.try_emplace(std::move(places));
  if (fresh) at->second = merge(mesh.config, objects);
  return at->second;
}

}  // namespace mesh::traffic
