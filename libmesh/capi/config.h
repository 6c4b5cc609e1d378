// What a proxy is sent, for the functions that are asked about one.
#pragma once

#include "libmesh/base/result.h"
#include "libmesh/capi/handles.h"
#include "libmesh/xds/generator.h"

namespace mesh::capi {

// kNotFound when the proxy's mesh is gone, or nothing was given yet.
Result<xds::ProxyConfigPtr> config_of(const mesh_xds& xds, const model::Proxy& proxy);

}  // namespace mesh::capi
