// What Istio's proxy has that a stock Envoy lacks: the one list of what the `envoy` flavour leaves
// out. Everybody who writes one of these asks has_istio_extensions() first.
//
// Beside the filters: in the `envoy` flavour the workload's certificate ("default") and the mesh's
// roots ("ROOTCA") come over ADS, because there is no agent behind the cluster `sds-grpc`; files that
// a DestinationRule names are read by Envoy itself, the system's roots from kSystemRoots.
#pragma once

#include <array>
#include <string_view>

#include "libmesh/traffic/traffic.h"

namespace mesh::xds {

inline constexpr std::string_view kMetadataExchangeFilter = "istio.metadata_exchange";

// Names of filters, as they stand in clusters and listeners.
inline constexpr std::array<std::string_view, 4> kIstioOnlyFilters = {
    kMetadataExchangeFilter,  // network (TCP), cluster and HTTP (as peer_metadata)
    "istio.alpn",
    "istio.stats",
    "istio_authn",
};

// Where Envoy's images, and Debian, have the certificates that the system trusts.
inline constexpr std::string_view kSystemRoots = "/etc/ssl/certs/ca-certificates.crt";

inline bool has_istio_extensions(const traffic::ProxyView& view) {
  return view.proxy.flavour == model::Flavour::kIstio;
}

}  // namespace mesh::xds
