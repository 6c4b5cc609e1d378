#include "libmesh/xds/envoyfilter/patch.h"

#include <google/protobuf/message.h>

namespace mesh::xds::envoyfilter {
namespace {

// What can only be inserted at a place of a list is inserted there; all else is added.
bool has_places(ApplyTo to) {
  return to == ApplyTo::HTTP_FILTER || to == ApplyTo::NETWORK_FILTER || to == ApplyTo::HTTP_ROUTE ||
         to == ApplyTo::LISTENER_FILTER;
}

Operation effective(ApplyTo to, Operation operation) {
  const bool inserts = operation == Operation::INSERT_AFTER ||
                       operation == Operation::INSERT_BEFORE ||
                       operation == Operation::INSERT_FIRST;
  return inserts && !has_places(to) ? Operation::ADD : operation;
}

void read(const networking::EnvoyFilter_EnvoyConfigObjectPatch& spec, Patch& out) {
  out.spec = &spec;
  out.context = spec.match ? spec.match->context : Context::ANY;
  if (!spec.patch) return;
  out.operation = effective(spec.apply_to, spec.patch->operation);
  out.usable = true;
  if (spec.patch->value.is_null()) return;
  const std::string_view type = value_type(spec.apply_to);
  out.value = type.empty() ? nullptr : schema::new_message(type);
  if (out.value == nullptr) {
    out.usable = false;
    return;
  }
  out.faults = schema::from_value(spec.patch->value, *out.value);
  out.usable = out.faults.ok();
}

}  // namespace

const networking::EnvoyFilter_ListenerMatch* Patch::listener() const {
  return spec->match ? spec->match->listener.get() : nullptr;
}
const networking::EnvoyFilter_RouteConfigurationMatch* Patch::route() const {
  return spec->match ? spec->match->route_configuration.get() : nullptr;
}
const networking::EnvoyFilter_ClusterMatch* Patch::cluster() const {
  return spec->match ? spec->match->cluster.get() : nullptr;
}

std::string_view value_type(ApplyTo to) {
  switch (to) {
    case ApplyTo::INVALID:
      return {};
    case ApplyTo::LISTENER:
      return "envoy.config.listener.v3.Listener";
    case ApplyTo::FILTER_CHAIN:
      return "envoy.config.listener.v3.FilterChain";
    case ApplyTo::NETWORK_FILTER:
      return "envoy.config.listener.v3.Filter";
    case ApplyTo::HTTP_FILTER:
      return "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter";
    case ApplyTo::ROUTE_CONFIGURATION:
      return "envoy.config.route.v3.RouteConfiguration";
    case ApplyTo::VIRTUAL_HOST:
      return "envoy.config.route.v3.VirtualHost";
    case ApplyTo::HTTP_ROUTE:
      return "envoy.config.route.v3.Route";
    case ApplyTo::CLUSTER:
      return "envoy.config.cluster.v3.Cluster";
    case ApplyTo::EXTENSION_CONFIG:
      return "envoy.config.core.v3.TypedExtensionConfig";
    case ApplyTo::BOOTSTRAP:
      return "envoy.config.bootstrap.v3.Bootstrap";
    case ApplyTo::LISTENER_FILTER:
      return "envoy.config.listener.v3.ListenerFilter";
  }
  return {};
}

std::shared_ptr<const Patches> patches_of(const traffic::EnvoyPatches& filter) {
  if (auto known = filter.values.get<Patches>()) return known;
  auto made = std::make_shared<Patches>(filter.list.size());
  for (size_t i = 0; i < filter.list.size(); ++i) {
    Patch& patch = (*made)[i];
    patch.object = filter.object;
    patch.index = static_cast<uint32_t>(i);
    read(*filter.list[i].spec, patch);
  }
  filter.values.set<Patches>(made);
  return made;
}

PatchSet::PatchSet(const traffic::EnvoyPatchList& list) {
  for (const traffic::EnvoyPatchList::Entry& entry : list.entries) {
    std::shared_ptr<const Patches> patches = patches_of(*entry.of);
    const Patch& patch = (*patches)[entry.patch->index];
    const auto target = static_cast<size_t>(entry.patch->spec->apply_to);
    if (patch.usable && target < by_target_.size()) by_target_[target].push_back(&patch);
    if (owners_.empty() || owners_.back() != patches) owners_.push_back(std::move(patches));
  }
}

std::shared_ptr<const PatchSet> patch_set(const traffic::EnvoyPatchList& list) {
  if (auto known = list.sorted.get<PatchSet>()) return known;
  auto made = std::make_shared<const PatchSet>(list);
  list.sorted.set<PatchSet>(made);
  return made;
}

}  // namespace mesh::xds::envoyfilter
