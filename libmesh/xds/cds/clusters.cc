// CDS: the walk over what a proxy sees and serves; the clusters themselves are cluster_builder.cc.
//
// Follows buildClusters (core/cluster.go) in Istio.
#include <optional>

#include "libmesh/traffic/gateway_services.h"
#include "libmesh/xds/cds/cluster_builder.h"
#include "libmesh/xds/envoyfilter/apply.h"
#include "libmesh/xds/generate.h"

namespace mesh::xds {

namespace {

// Takes over the clusters of services that stand; both scopes have them in one order but for what changed.
class Former {
 public:
  explicit Former(const KnownClusters& known) : known_(known) {}

  bool take(const model::ServicePtr& service, Resources& out) {
    const auto& services = known_.scope.services;
    if (next_ >= services.size() || services[next_] != service) {
      const uint32_t at = known_.scope.hosts->find(services, service->hostname);
      if (at == index::HostTable::kNone || services[at] != service) return false;
      next_ = at;
    }
    const size_t at = next_++;
    if (!known_.stand(service)) return false;
    const auto first = known_.list.begin() + (at == 0 ? 0 : known_.spans[at - 1]);
    out.insert(out.end(), first, known_.list.begin() + known_.spans[at]);
    return true;
  }

 private:
  const KnownClusters& known_;
  size_t next_ = 0;
};

}  // namespace

void outbound_clusters(const traffic::ProxyView& view, Resources& out) {
  std::vector<uint32_t> spans;
  outbound_clusters(view, nullptr, out, spans);
}

void outbound_clusters(const traffic::ProxyView& view, const KnownClusters* known, Resources& out,
                       std::vector<uint32_t>& spans) {
  using Mode = ClusterBuilder::Mode;
  const ResourceBatch batch(known == nullptr);
  ClusterBuilder builder(view);
  const size_t first = out.size();
  const auto& services = view.scope->services;
  out.reserve(out.size() + services.size() + 3);
  std::optional<Former> former;
  const auto named = traffic::GatewayServices::of(view);
  if (known != nullptr && !named) former.emplace(*known);
  spans.resize(services.size());
  uint32_t* span = spans.data();
  for (const auto& service : services) {
    const bool left_out = named && !named->contains(*service);
    if (!left_out && (!former || !former->take(service, out)) &&
        service->resolution != model::Resolution::kAlias) {
      builder.add_service(*service, Mode::kOutbound, out);
    }
    *span++ = static_cast<uint32_t>(out.size());
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
  if (builder.context().credential_socket()) builder.add_credential_socket(out);
}

}  // namespace mesh::xds
