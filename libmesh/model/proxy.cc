#include "libmesh/model/proxy.h"

#include <algorithm>

#include "libmesh/base/net.h"

namespace mesh::model {
namespace {

bool has_family(const std::vector<std::string>& addresses, AddressFamily family) {
  const bool ipv6 = family == AddressFamily::kIpv6;
  return std::any_of(addresses.begin(), addresses.end(), [&](const std::string& address) {
    // A colon tells most apart; every view asks this some ten times.
    if ((address.find(':') != std::string::npos) != ipv6) return false;
    return address_family(address) == family;
  });
}

}  // namespace

// Istio's IP mode (pkg/model/proxy.go DiscoverIPMode): all addresses IPv4, all IPv6, else both.
bool Proxy::supports_ipv4() const {
  return !has_family(ip_addresses, AddressFamily::kIpv6) ||
         has_family(ip_addresses, AddressFamily::kIpv4);
}

bool Proxy::supports_ipv6() const { return has_family(ip_addresses, AddressFamily::kIpv6); }

std::string_view Proxy::wildcard_address() const { return supports_ipv4() ? "0.0.0.0" : "::"; }

std::string_view Proxy::localhost_address() const { return supports_ipv4() ? "127.0.0.1" : "::1"; }

}  // namespace mesh::model
