#include "libmesh/xds/generate.h"
#include "libmesh/xds/routes_gateway.h"
#include "libmesh/xds/routes_sidecar.h"

namespace mesh::xds {

void route_configurations(const traffic::ProxyView& view, const std::vector<std::string>& names,
                          Resources& out) {
  out.reserve(out.size() + names.size());
  if (view.proxy.type == model::ProxyType::kGateway) {
    GatewayRoutes routes(view);
    for (const std::string& name : names) out.push_back(routes.build(name));
    return;
  }
  SidecarRoutes routes(view);
  for (const std::string& name : names) out.push_back(routes.build(name));
}

ResourcePtr route_configuration(const traffic::ProxyView& view, std::string_view name) {
  if (view.proxy.type == model::ProxyType::kGateway) return GatewayRoutes(view).build(name);
  return SidecarRoutes(view).build(name);
}

}  // namespace mesh::xds
