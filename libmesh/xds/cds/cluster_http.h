// HTTP of a cluster: the version spoken to the endpoints and its options.
#pragma once

#include "libmesh/xds/cds/cluster_settings.h"

namespace mesh::xds {

// The HttpProtocolOptions of the settings; nothing when the cluster needs none.
void write_http_options(const ClusterSettings& settings, envoy::cluster::Cluster& out);
// Those of the pass-through clusters: the downstream's version, idle after five minutes.
void write_passthrough_http_options(bool preserve_case, envoy::cluster::Cluster& out);

}  // namespace mesh::xds
