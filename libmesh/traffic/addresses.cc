#include "libmesh/traffic/addresses.h"

#include <algorithm>

namespace mesh::traffic {
namespace {

bool is_ipv6(const std::string& address) { return address.find(':') != std::string::npos; }

bool usable(const std::string& address, const model::Proxy& proxy) {
  return is_ipv6(address) ? proxy.supports_ipv6() : proxy.supports_ipv4();
}

bool takes_allocated(const model::Proxy& proxy) {
  return proxy.dns_capture || proxy.type == model::ProxyType::kWaypoint;
}

std::span<const std::string> own_addresses(const model::Service& service,
                                           const std::string& cluster) {
  for (const model::ClusterAddresses& of : service.cluster_addresses) {
    if (of.cluster == cluster) return of.addresses;
  }
  if (service.cluster_id == cluster) return service.addresses;
  return {};
}

}  // namespace

// A ServiceEntry's addresses hold for every proxy, whatever its family.
bool has_cluster_addresses(const model::Service& service) {
  return service.registry == model::Registry::kKubernetes && !service.addresses.empty();
}

std::span<const std::string> cluster_addresses(const model::Service& service,
                                               const model::Proxy& proxy) {
  const std::span<const std::string> own = own_addresses(service, proxy.cluster_id);
  const bool any = std::any_of(own.begin(), own.end(),
                               [&](const std::string& address) { return usable(address, proxy); });
  return any ? own : std::span(&service.default_address, 1);
}

// Without dual stack a proxy of both families is told those of the service's first
// (FilterAddressesByIPFamily). A headless service has none.
bool is_address_for(const std::string& first, const std::string& address, const model::Proxy& proxy,
                    bool dual_stack) {
  if (address == kNoAddress) return false;
  if (proxy.supports_ipv4() && proxy.supports_ipv6()) {
    return dual_stack || is_ipv6(address) == is_ipv6(first);
  }
  return usable(address, proxy);
}

bool has_both_allocated(const model::Service& service, const model::Proxy& proxy) {
  return !service.auto_allocated_v4.empty() && !service.auto_allocated_v6.empty() &&
         takes_allocated(proxy) && proxy.supports_ipv4() && proxy.supports_ipv6();
}

const std::string& address_for(const model::Service& service, const model::Proxy& proxy) {
  if (has_cluster_addresses(service)) {
    for (const std::string& address : cluster_addresses(service, proxy)) {
      if (usable(address, proxy)) return address;
    }
  }
  if (service.default_address == kNoAddress && takes_allocated(proxy)) {
    if (proxy.supports_ipv4() && !service.auto_allocated_v4.empty()) {
      return service.auto_allocated_v4;
    }
    if (proxy.supports_ipv6() && !service.auto_allocated_v6.empty()) {
      return service.auto_allocated_v6;
    }
  }
  return service.default_address;
}

}  // namespace mesh::traffic
