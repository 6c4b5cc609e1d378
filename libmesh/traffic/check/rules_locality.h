// The rules of localityLbSetting and zoneAwareLbSetting (rules_locality.cc).
#pragma once

#include <string>

#include "libmesh/schema/istio.h"
#include "libmesh/traffic/check/finder.h"

namespace mesh::traffic {

// `path` is that of the loadBalancer that has them.
void check_locality(const networking::LoadBalancerSettings& balancer, const std::string& path,
                    Finder& finder);
// Of one of them, which a MeshConfig has beside each other; `path` is its own.
void check_locality_setting(const networking::LocalityLoadBalancerSetting& setting,
                            const std::string& path, Finder& finder);
void check_zone_aware_setting(const networking::ZoneAwareLoadBalancerSetting& setting,
                              const std::string& path, Finder& finder);

}  // namespace mesh::traffic
