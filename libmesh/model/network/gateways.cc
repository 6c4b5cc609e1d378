#include "libmesh/model/network/gateways.h"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "libmesh/base/net.h"
#include "libmesh/model/workload.h"

namespace mesh::model {
namespace {

Endpoint endpoint_of(const NetworkGateway& gateway) {
  Endpoint out;
  RegistryOptions options;
  options.cluster_id = gateway.cluster;
  out.addresses = {gateway.address};
  out.port = gateway.port;
  out.network = gateway.network;
  out.cluster_id = gateway.cluster;
  out.labels = augmented_labels({}, options, "", "", gateway.network);
  out.tls_mode_istio = true;
  out.health = Health::kUnknown;
  return out;
}

std::string_view at(const Labels& labels, const std::string& key) {
  auto found = labels.find(key);
  return found == labels.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace

NetworkGateways::NetworkGateways(std::vector<NetworkGateway> gateways)
    : list_(std::move(gateways)) {
  std::sort(list_.begin(), list_.end());
  list_.erase(std::unique(list_.begin(), list_.end()), list_.end());
  endpoints_.reserve(list_.size());
  for (uint32_t i = 0; i < list_.size(); ++i) {
    const NetworkGateway& gateway = list_[i];
    endpoints_.push_back(endpoint_of(gateway));
    by_network_[gateway.network].push_back(i);
    by_cluster_[{gateway.network, gateway.cluster}].push_back(i);
  }
  for (const auto& [network, members] : by_network_) {
    scale_ = std::lcm(scale_, static_cast<uint32_t>(members.size()));
  }
  for (const auto& [place, members] : by_cluster_) {
    scale_ = std::lcm(scale_, static_cast<uint32_t>(members.size()));
  }
}

const std::vector<uint32_t>& NetworkGateways::find(const std::string& network,
                                                   const std::string& cluster) const {
  static const std::vector<uint32_t> kNone;
  if (auto here = by_cluster_.find({network, cluster}); here != by_cluster_.end()) {
    return here->second;
  }
  auto found = by_network_.find(network);
  return found == by_network_.end() ? kNone : found->second;
}

NetworksPtr make_networks(std::vector<NetworkGateway> gateways) {
  if (gateways.empty()) return nullptr;
  std::vector<NetworkGateway> addresses;
  for (const NetworkGateway& gateway : gateways) {
    if (is_ip_address(gateway.address)) addresses.push_back(gateway);
  }
  auto out = std::make_shared<Networks>();
  out->addresses = NetworkGateways(std::move(addresses));
  out->all = NetworkGateways(std::move(gateways));
  return out;
}

bool gateway_of_labels(const Service& service, NetworkGateway& out) {
  static const std::string network_label = "topology.istio.io/network";
  static const std::string port_label = "networking.istio.io/gatewayPort";
  std::string_view network = at(service.labels, network_label);
  if (network.empty()) return false;
  uint32_t port = kNetworkGatewayPort;
  std::string_view said = at(service.labels, port_label);
  uint32_t number = 0;
  auto [end, error] = std::from_chars(said.data(), said.data() + said.size(), number);
  if (!said.empty() && error == std::errc() && end == said.data() + said.size()) port = number;
  bool mutual_tls = service.port_by_number(port) != nullptr;
  bool hbone = service.port_by_number(kNetworkGatewayHbonePort) != nullptr;
  out = NetworkGateway();
  out.network = network;
  out.port = mutual_tls ? port : 0;
  out.hbone_port = hbone ? kNetworkGatewayHbonePort : 0;
  return mutual_tls || hbone;
}

}  // namespace mesh::model
