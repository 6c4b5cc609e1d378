// The complete configuration of a proxy: what would come over ADS, inline.
#pragma once

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"
#include "libmesh/xds/bootstrap/bootstrap.h"

namespace mesh::xds {

// Bootstrap.static_resources.
Result<document::Value> static_resources(const ProxyConfig& config,
                                         const BootstrapOptions& options);

}  // namespace mesh::xds
