// What is wrong with EnvoyFilters: patches that Istio's validation refuses or that cannot be read, those that could not
// be merged, and those that no resource of any proxy that their EnvoyFilter selects has a place for.
//
// As pkg/config/validation/envoyfilter in Istio; the last two Istio only counts (pilot_envoy_filter_status).
#pragma once

#include "libmesh/base/diagnostics.h"
#include "libmesh/traffic/traffic.h"

namespace mesh::xds::envoyfilter {

// Of one object alone.
void check_object(const index::EnvoyFilter& filter, Diagnostics& out);
// Of a mesh and its proxies. `assumed`: proxies that there might be for EnvoyFilters that select none (xds/check/assumed.h).
void check(const traffic::Traffic& traffic, const std::vector<model::Proxy>& proxies,
           const std::vector<model::Proxy>& assumed, Diagnostics& out);

}  // namespace mesh::xds::envoyfilter
