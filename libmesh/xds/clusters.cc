// CDS: the walk over what a proxy sees and serves; the clusters themselves are cluster_builder.cc.
//
// Follows buildClusters (core/cluster.go) in Istio.
#include "libmesh/traffic/gateway_services.h"
#include "libmesh/xds/cluster_builder.h"
#include "libmesh/xds/envoyfilter/apply.h"
#include "libmesh/xds/generate.h"

namespace mesh::xds {

void outbound_clusters(const traffic::ProxyView& view, Resources& out) {
  using Mode = ClusterBuilder::Mode;
  ClusterBuilder builder(view);
  const size_t first = out.size();
  const auto& services = view.scope->services;
  out.reserve(out.size() + services.size() + 3);
  const auto named = traffic::GatewayServices::of(view);
  for (const auto& service : services) {
    if (!named || named->contains(*service)) builder.add_service(*service, Mode::kOutbound, out);
  }
  builder.add_black_hole(out);
  if (view.proxy.type == model::ProxyType::kGateway) {
    // A gateway has no interception, so nothing arrives with an original destination.
    if (view.gateway != nullptr && view.gateway->contains_auto_passthrough) {
      for (const auto& service : services) {
        if (!service->mesh_external) builder.add_service(*service, Mode::kSniDnat, out);
      }
    }
  } else {
    builder.add_passthrough(out);
    if (view.scope->outbound_mode == traffic::OutboundMode::kAllowAnyDynamicDns) {
      builder.add_allow_any_dynamic_dns(out);
    }
  }
  envoyfilter::patch_outbound_clusters(view, first, out);
  if (builder.context().credential_socket) builder.add_credential_socket(out);
}

}  // namespace mesh::xds
