// EnvoyFilters at work: finished resources are read, patched and written again.
//
// Only a resource that some patch is about is touched; without EnvoyFilters for the proxy nothing is looked at. The
// order of everything is Istio's (pilot/pkg/networking/core/envoyfilter and its callers cluster.go, httproute.go,
// listener_builder.go). `outcome` may be null; check.h gives one.
#pragma once

#include <string_view>

#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/envoyfilter/patch.h"
#include "libmesh/xds/resource.h"

namespace mesh::xds::envoyfilter {

// Of `list`, those from `from` on were made for the view and are patched; clusters that patches add come behind.
void patch_outbound_clusters(const traffic::ProxyView& view, size_t from, Resources& list,
                             Outcome* outcome = nullptr);
void patch_inbound_clusters(const traffic::ProxyView& view, size_t from, Resources& list,
                            Outcome* outcome = nullptr);
// The same of listeners. Those of a gateway are outbound.
void patch_outbound_listeners(const traffic::ProxyView& view, size_t from, Resources& list,
                              Outcome* outcome = nullptr);
// With the routes that stand in them.
void patch_inbound_listeners(const traffic::ProxyView& view, size_t from, Resources& list,
                             Outcome* outcome = nullptr);
// A route configuration as it is to be sent; null stays null.
ResourcePtr patch_route(const traffic::ProxyView& view, std::string_view name, ResourcePtr route,
                        Outcome* outcome = nullptr);
// The extension configuration of that name that a patch adds, for whatever context; null when none does.
ResourcePtr added_extension(const traffic::ProxyView& view, std::string_view name);

}  // namespace mesh::xds::envoyfilter
