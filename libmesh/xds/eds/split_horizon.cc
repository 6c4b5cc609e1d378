#include "libmesh/xds/eds/split_horizon.h"

#include <algorithm>
#include <limits>
#include <map>

#include "libmesh/base/net.h"

namespace mesh::xds {
namespace {

using model::NetworkGateway;

bool same_or_empty(const std::string& a, const std::string& b) {
  return a.empty() || b.empty() || a == b;
}

// The gateways of one network and cluster, as this proxy can use them.
struct Reach {
  bool any = false;                // there are gateways, reachable or not
  std::vector<uint32_t> gateways;  // the reachable ones
};

class Horizon {
 public:
  Horizon(const model::NetworkGateways& gateways, const model::Proxy& proxy)
      : gateways_(gateways),
        proxy_(proxy),
        ipv4_(proxy.supports_ipv4()),
        ipv6_(proxy.supports_ipv6()) {}

  void apply(EndpointGroup& group) {
    std::map<uint32_t, uint32_t> weights;  // of gateways
    size_t kept = 0;
    for (EndpointGroup::Member& member : group.members) {
      member.weight = scaled(member.weight);
      if (stays(member, weights)) group.members[kept++] = member;
    }
    group.members.resize(kept);
    for (const auto& [gateway, weight] : weights) {
      group.members.push_back({&gateways_.endpoint(gateway), true, weight == 0 ? 1 : weight});
    }
    group.refresh_weight();
  }

 private:
  uint32_t scaled(uint32_t weight) const {
    constexpr uint32_t kMost = std::numeric_limits<uint32_t>::max();
    const uint32_t scale = gateways_.scale();
    return weight < kMost / scale ? weight * scale : kMost;
  }

  // True when the proxy reaches the endpoint itself; else its weight goes to gateways, if any.
  bool stays(const EndpointGroup::Member& member, std::map<uint32_t, uint32_t>& weights) {
    const model::Endpoint& endpoint = *member.endpoint;
    const Reach& reach = reach_of(endpoint.network, endpoint.cluster_id);
    const bool forced = proxy_.network.empty() && !endpoint.network.empty() && reach.any;
    if (!forced && (same_or_empty(proxy_.network, endpoint.network) || !reach.any)) {
      // As Istio's util.GetEndpointHost: a Unix domain socket (port 0) is no host of a network.
      return endpoint.port != 0 && !endpoint.addresses[0].empty();
    }
    if (reach.gateways.empty() || !member.mutual_tls || !endpoint.tls_mode_istio) return false;
    const auto share = member.weight / static_cast<uint32_t>(reach.gateways.size());
    for (uint32_t gateway : reach.gateways) weights[gateway] += share;
    return false;
  }

  const Reach& reach_of(const std::string& network, const std::string& cluster) {
    auto [at, fresh] = known_.try_emplace({network, cluster});
    if (!fresh) return at->second;
    Reach& out = at->second;
    for (uint32_t i : gateways_.find(network, cluster)) {
      const NetworkGateway& gateway = gateways_.list()[i];
      // A sidecar cannot talk HBONE to a gateway.
      if (proxy_.type == model::ProxyType::kSidecar && gateway.port == 0) continue;
      out.any = true;
      if (is_reachable(gateway)) out.gateways.push_back(i);
    }
    return out;
  }

  bool is_reachable(const NetworkGateway& gateway) const {
    if (ipv4_ == ipv6_) return true;
    std::string_view address = gateway.address;
    constexpr std::string_view kMapped = "::ffff:";
    if (address.starts_with(kMapped) && address.find('.') != std::string_view::npos) {
      address.remove_prefix(kMapped.size());
    }
    switch (address_family(address)) {
      case AddressFamily::kIpv4:
        return ipv4_;
      case AddressFamily::kIpv6:
        return ipv6_;
      case AddressFamily::kNone:
        break;
    }
    return false;
  }

  const model::NetworkGateways& gateways_;
  const model::Proxy& proxy_;
  const bool ipv4_;
  const bool ipv6_;
  std::map<std::pair<std::string_view, std::string_view>, Reach> known_;
};

}  // namespace

bool sees_network(const model::Proxy& proxy, const std::string& network) {
  return proxy.network_view.empty() || network.empty() ||
         std::find(proxy.network_view.begin(), proxy.network_view.end(), network) !=
             proxy.network_view.end();
}

void apply_networks(const model::NetworkGateways& gateways, const model::Proxy& proxy,
                    EndpointGroups& groups) {
  Horizon horizon(gateways, proxy);
  for (EndpointGroup& group : groups) horizon.apply(group);
}

}  // namespace mesh::xds
