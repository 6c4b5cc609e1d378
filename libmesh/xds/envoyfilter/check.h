// What is wrong with EnvoyFilters: patches that Istio's validation refuses or that cannot be read, those that could not
// be merged, and those that no resource of any proxy that their EnvoyFilter selects has a place for.
//
// As pkg/config/validation/envoyfilter in Istio; the last two Istio only counts (pilot_envoy_filter_status).
#pragma once

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/traffic/traffic.h"

namespace mesh::xds::envoyfilter {

// Of one object alone.
void check_object(const index::EnvoyFilter& filter, Diagnostics& out);
// Of a mesh and its proxies.
void check(const index::SnapshotPtr& snapshot, const traffic::Traffic& traffic, Diagnostics& out);

}  // namespace mesh::xds::envoyfilter
