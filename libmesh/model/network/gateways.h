// The gateways between networks: which addresses lead to the endpoints of a network that a proxy is
// not in (pilot/pkg/model/network.go in Istio).
//
// They come from Services with the label topology.istio.io/network and from the mesh's networks
// (mesh_networks.h); xds/eds/split_horizon.h puts them in the place of the endpoints behind them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "libmesh/model/service.h"

namespace mesh::model {

inline constexpr uint32_t kNetworkGatewayPort = 15443;
inline constexpr uint32_t kNetworkGatewayHbonePort = 15008;

struct NetworkGateway {
  std::string network;
  std::string cluster;  // of its Service; empty when the mesh's networks name its address
  std::string address;
  uint32_t port = 0;        // where it takes mutual TLS; 0: nowhere
  uint32_t hbone_port = 0;  // where it takes HBONE; 0: nowhere
  // By address and port, as Istio sorts them; the rest only makes the order total.
  auto operator<=>(const NetworkGateway& o) const {
    return std::tie(address, port, network, cluster, hbone_port) <=>
           std::tie(o.address, o.port, o.network, o.cluster, o.hbone_port);
  }
  bool operator==(const NetworkGateway&) const = default;
};

// Immutable. Gateways are told apart by their place in `list`.
class NetworkGateways {
 public:
  NetworkGateways() = default;
  explicit NetworkGateways(std::vector<NetworkGateway> gateways);

  bool empty() const { return list_.empty(); }
  const std::vector<NetworkGateway>& list() const { return list_; }
  // What an endpoint that stands for the gateway says of itself.
  const Endpoint& endpoint(uint32_t gateway) const { return endpoints_[gateway]; }
  // Those of the network in this cluster, else all of the network, in order.
  const std::vector<uint32_t>& find(const std::string& network, const std::string& cluster) const;
  // The least common multiple of how many there are in each network, and in each network and
  // cluster: weights that are multiples of it can be shared out evenly.
  uint32_t scale() const { return scale_; }

  bool operator==(const NetworkGateways& o) const { return list_ == o.list_; }

 private:
  std::vector<NetworkGateway> list_;  // sorted, no two the same
  std::vector<Endpoint> endpoints_;
  std::map<std::string, std::vector<uint32_t>> by_network_;
  std::map<std::pair<std::string, std::string>, std::vector<uint32_t>> by_cluster_;
  uint32_t scale_ = 1;
};

// All of a mesh. EDS takes IP addresses only; clusters that resolve names take host names too.
struct Networks {
  NetworkGateways addresses;
  NetworkGateways all;
  bool operator==(const Networks&) const = default;
};
using NetworksPtr = std::shared_ptr<const Networks>;

// Null when there are no gateways.
NetworksPtr make_networks(std::vector<NetworkGateway> gateways);

// What a Service with the label topology.istio.io/network is a gateway of, without an address:
// the port of the label networking.istio.io/gatewayPort, else 15443, and 15008 for HBONE, as far as
// the service has these ports. False when it is none.
bool gateway_of_labels(const Service& service, NetworkGateway& out);

}  // namespace mesh::model
