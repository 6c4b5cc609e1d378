#include "libmesh/xds/envoyfilter/apply.h"
#include "libmesh/xds/generate.h"
#include "libmesh/xds/rds/routes_gateway.h"
#include "libmesh/xds/rds/routes_sidecar.h"

namespace mesh::xds {

void route_configurations(const traffic::ProxyView& view, const std::vector<std::string>& names,
                          Resources& out) {
  const ResourceBatch batch(names.size() > 1);
  out.reserve(out.size() + names.size());
  const auto add = [&](auto routes) {
    for (const std::string& name : names) {
      out.push_back(envoyfilter::patch_route(view, name, routes.build(name)));
    }
  };
  if (view.proxy.type == model::ProxyType::kGateway) {
    add(GatewayRoutes(view));
  } else {
    add(SidecarRoutes(view));
  }
}

ResourcePtr route_configuration(const traffic::ProxyView& view, std::string_view name) {
  if (view.proxy.type == model::ProxyType::kGateway) {
    return envoyfilter::patch_route(view, name, GatewayRoutes(view).build(name));
  }
  return envoyfilter::patch_route(view, name, SidecarRoutes(view).build(name));
}

}  // namespace mesh::xds
