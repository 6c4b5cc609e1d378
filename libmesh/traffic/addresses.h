// The addresses under which one proxy knows a service (GetAddressForProxy and
// GetAllAddressesForProxy in pilot/pkg/model/service.go).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "libmesh/model/proxy.h"
#include "libmesh/model/service.h"

namespace mesh::traffic {

inline constexpr std::string_view kNoAddress = "0.0.0.0";

// The first VIP of the proxy's address families; for a proxy with DNS capture the automatically
// allocated one; else the service's default address, "0.0.0.0" when it has none.
const std::string& address_for(const model::Service& service, const model::Proxy& proxy);
// Those of a Kubernetes Service in the proxy's own cluster; of a service that is not there, or has none there of the
// proxy's families, the one that it is known by elsewhere.
std::span<const std::string> cluster_addresses(const model::Service& service,
                                               const model::Proxy& proxy);
// True when this one of cluster_addresses, which begin with `first`, is for the proxy's families. `dual_stack`: the
// mesh uses both (ISTIO_DUAL_STACK).
bool is_address_for(const std::string& first, const std::string& address, const model::Proxy& proxy,
                    bool dual_stack);
// True when, with dual stack, the proxy knows the service by allocated addresses of both families.
bool has_both_allocated(const model::Service& service, const model::Proxy& proxy);
bool has_cluster_addresses(const model::Service& service);

// All of them but "0.0.0.0", one by one.
template <typename F>
void for_each_address(const model::Service& service, const model::Proxy& proxy, bool dual_stack,
                      F&& visit) {
  if (has_cluster_addresses(service)) {
    const std::span<const std::string> all = cluster_addresses(service, proxy);
    for (const std::string& address : all) {
      if (is_address_for(all.front(), address, proxy, dual_stack)) visit(address);
    }
    return;
  }
  if (dual_stack && has_both_allocated(service, proxy)) {
    visit(service.auto_allocated_v4);
    visit(service.auto_allocated_v6);
    return;
  }
  const std::string& address = address_for(service, proxy);
  if (!address.empty() && address != kNoAddress) visit(address);
}

}  // namespace mesh::traffic
