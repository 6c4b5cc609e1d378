#include "libmesh/xds/envoyfilter/check.h"

#include <algorithm>
#include <string>
#include <unordered_set>

#include "libmesh/base/codes.h"
#include "libmesh/traffic/check/finding.h"
#include "libmesh/xds/envoyfilter/apply.h"
#include "libmesh/xds/generate.h"
#include "libmesh/xds/references.h"
#include "libmesh/xds/view_key.h"

namespace mesh::xds::envoyfilter {
namespace {

std::string field_of(const Patch& patch) {
  return "spec.configPatches[" + std::to_string(patch.index) + "]";
}

// Whether proxies of ours have such resources at all; others are told by check_object or are for others.
bool is_looked_for(const Patch& patch) {
  switch (patch.spec->apply_to) {
    case ApplyTo::INVALID:
    case ApplyTo::BOOTSTRAP:
    case ApplyTo::EXTENSION_CONFIG:  // asked for by name
      return false;
    case ApplyTo::LISTENER:
    case ApplyTo::FILTER_CHAIN:
    case ApplyTo::NETWORK_FILTER:
    case ApplyTo::HTTP_FILTER:
    case ApplyTo::ROUTE_CONFIGURATION:
    case ApplyTo::VIRTUAL_HOST:
    case ApplyTo::HTTP_ROUTE:
    case ApplyTo::CLUSTER:
    case ApplyTo::LISTENER_FILTER:
      return patch.usable && patch.context != Context::WAYPOINT;
  }
  return false;
}

// Whether a rule that the patch breaks is told already.
bool is_refused(const Patch& patch, const Diagnostics& told) {
  const std::string object = to_string(patch.object->key);
  const std::string field = field_of(patch);
  return std::any_of(told.begin(), told.end(), [&](const Diagnostic& d) {
    return d.severity == Severity::kError && d.object == object && d.field.starts_with(field);
  });
}

// Makes the resources of proxies and patches them, until each patch was seen to do something.
class Trial {
 public:
  explicit Trial(const traffic::Traffic& traffic) : keys_(traffic.mesh()) {}

  void run(const traffic::ProxyView& view) {
    if (view.envoy_filters == nullptr) return;
    for (const traffic::EnvoyPatchesPtr& filter : view.envoy_filters->filters) {
      if (!seen_.insert(filter.get()).second) continue;
      for (const Patch& patch : *patches_of(*filter)) {
        if (is_looked_for(patch)) candidates_.insert(&patch);
      }
    }
    try_both(view);
  }

  // Of EnvoyFilters that select no other proxy, the patches of what a proxy is sent whatever its own ports are.
  void assume(const traffic::ProxyView& view) {
    if (view.envoy_filters == nullptr) return;
    const bool gateway = view.proxy.type == model::ProxyType::kGateway;
    const Context context = gateway ? Context::GATEWAY : Context::SIDECAR_OUTBOUND;
    for (const traffic::EnvoyPatchesPtr& filter : view.envoy_filters->filters) {
      if (seen_.contains(filter.get())) continue;
      for (const Patch& patch : *patches_of(*filter)) {
        if (is_looked_for(patch) && patch.context == context) candidates_.insert(&patch);
      }
    }
    try_both(view);
  }

  void tell(Diagnostics& out) const {
    for (const auto& [patch, why] : outcome_.failed) {
      out.push_back(traffic::finding(
          Severity::kError, Code::kPatchFailed, *patch->object, field_of(*patch) + ".patch.value",
          why, "match the one filter or socket that the value is for; patches after it are lost"));
    }
    for (const Patch* patch : candidates_) {
      if (outcome_.applied.count(patch) != 0 || outcome_.failed.count(patch) != 0) continue;
      if (is_refused(*patch, out)) continue;
      out.push_back(traffic::finding(Severity::kWarning, Code::kPatchUnmatched, *patch->object,
                                     field_of(*patch),
                                     "matches nothing of any proxy that the EnvoyFilter selects",
                                     "compare its match with what `mesh xds` says of a proxy; "
                                     "context, names and ports must fit"));
    }
  }

 private:
  // Whether anything of the list has not been seen at work.
  bool is_open(const traffic::EnvoyPatchListPtr& list) const {
    if (list == nullptr) return false;
    for (const auto& entry : list->entries) {
      const auto patches = patches_of(*entry.of);
      const Patch& patch = (*patches)[entry.patch->index];
      if (is_looked_for(patch) && outcome_.applied.count(&patch) == 0) return true;
    }
    return false;
  }

  void try_both(const traffic::ProxyView& view) {
    traffic::ProxyView plain = view;
    plain.envoy_filters = nullptr;
    const bool new_view = views_.insert(keys_.key(view)).second;
    if (new_view && is_open(view.envoy_filters->outbound)) try_outbound(view, plain);
    const bool new_own = own_.insert(own_key(view)).second;
    if (new_own && is_open(view.envoy_filters->inbound)) try_inbound(view, plain);
  }

  void try_outbound(const traffic::ProxyView& view, const traffic::ProxyView& plain) {
    Resources clusters;
    outbound_clusters(plain, clusters);
    patch_outbound_clusters(view, 0, clusters, &outcome_);
    Resources listeners;
    if (plain.proxy.type == model::ProxyType::kSidecar) {
      outbound_listeners(plain, listeners);
    } else {
      gateway_listeners(plain, listeners);
    }
    patch_outbound_listeners(view, 0, listeners, &outcome_);
    RouteNames names;
    for (const ResourcePtr& listener : listeners) names.add(listener->value());
    const std::vector<std::string> list(names.list().begin(), names.list().end());
    Resources routes;
    route_configurations(plain, list, routes);
    for (size_t i = 0; i < list.size(); ++i) patch_route(view, list[i], routes[i], &outcome_);
  }

  void try_inbound(const traffic::ProxyView& view, const traffic::ProxyView& plain) {
    Resources clusters;
    inbound_clusters(plain, clusters);
    patch_inbound_clusters(view, 0, clusters, &outcome_);
    Resources listeners;
    inbound_listeners(plain, listeners);
    patch_inbound_listeners(view, 0, listeners, &outcome_);
  }

  const ViewKeys keys_;
  std::unordered_set<const traffic::EnvoyPatches*> seen_;
  std::unordered_set<std::string> views_;
  std::unordered_set<std::string> own_;
  std::unordered_set<const Patch*> candidates_;
  Outcome outcome_;
};

}  // namespace

void check(const traffic::Traffic& traffic, const std::vector<model::Proxy>& proxies,
           const std::vector<model::Proxy>& assumed, Diagnostics& out) {
  const index::Mesh& mesh = traffic.mesh();
  if (mesh.envoy_filters->empty()) return;
  for (const index::EnvoyFilter& filter : mesh.envoy_filters) check_object(filter, out);
  Trial trial(traffic);
  for (const model::Proxy& proxy : proxies) trial.run(traffic.view(proxy));
  for (const model::Proxy& proxy : assumed) trial.assume(traffic.view(proxy));
  trial.tell(out);
}

}  // namespace mesh::xds::envoyfilter
