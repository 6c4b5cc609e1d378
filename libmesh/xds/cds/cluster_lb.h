// Load balancing and outlier detection of a cluster.
#pragma once

#include "libmesh/xds/cds/cluster_settings.h"

namespace mesh::xds {

void write_outlier_detection(const networking::OutlierDetection& rule,
                             envoy::cluster::Cluster& out);
// common_lb_config, the policy and its parameters.
void write_load_balancer(const ClusterContext& context, const ClusterSettings& settings,
                         envoy::cluster::Cluster& out);

}  // namespace mesh::xds
