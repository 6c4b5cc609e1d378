#include "libmesh/capi/config.h"

namespace mesh::capi {

Result<xds::ProxyConfigPtr> config_of(const mesh_xds& xds, const model::Proxy& proxy) {
  auto config = xds.value.snapshot() == nullptr ? nullptr : xds.value.config(proxy);
  if (config != nullptr) return config;
  return Error{ErrorCode::kNotFound,
               "proxy " + proxy.id + ": its mesh \"" + proxy.tenant.value + "\" is gone"};
}

}  // namespace mesh::capi
