// The addresses under which a proxy knows a service: GetAddressForProxy and GetAllAddressesForProxy.
#include "libmesh/traffic/addresses.h"

#include <gtest/gtest.h>

namespace mesh::traffic {
namespace {

using List = std::vector<std::string>;

TEST(Addresses, OfAServiceForAProxy) {
  const List v4{"10.1.0.1"}, v6{"fd00:1::1"}, both{"10.1.0.1", "fd00:1::1"};
  struct Row {
    const char* rule;
    List service;    // cluster IPs; empty: a ServiceEntry without addresses
    List allocated;  // of IPv4 and IPv6
    List proxy;
    bool dual_stack;
    const char* first;
    List all;
  };
  const List ips{"10.0.0.1", "fd00::1"}, ips6{"fd00::1", "10.0.0.1"};
  const List given{"240.240.0.1", "2001:2::1"};
  const Row rows[] = {
      {"IPv4 alone", ips, {}, v4, true, "10.0.0.1", {"10.0.0.1"}},
      {"IPv6 alone", ips, {}, v6, true, "fd00::1", {"fd00::1"}},
      {"both, without dual stack", ips, {}, both, false, "10.0.0.1", {"10.0.0.1"}},
      {"that of the first family", ips6, {}, both, false, "fd00::1", {"fd00::1"}},
      {"both", ips, {}, both, true, "10.0.0.1", ips},
      {"in the service's order", ips6, {}, both, true, "fd00::1", ips6},
      {"a service of the other family", {"10.0.0.1"}, {}, v6, true, "10.0.0.1", {}},
      {"allocated, without dual stack", {}, given, both, false, "240.240.0.1", {"240.240.0.1"}},
      {"allocated, both", {}, given, both, true, "240.240.0.1", given},
      {"allocated, for IPv6", {}, given, v6, true, "2001:2::1", {"2001:2::1"}},
      {"allocated, one", {}, {"", "2001:2::1"}, both, true, "2001:2::1", {"2001:2::1"}},
      {"headless", {"0.0.0.0"}, {}, both, true, "0.0.0.0", {}},
  };
  for (const Row& row : rows) {
    model::Service service;
    service.cluster_id = model::Proxy().cluster_id;
    if (!row.service.empty()) {
      service.addresses = row.service;
      service.default_address = row.service.front();
    } else {
      service.registry = model::Registry::kExternal;
    }
    if (!row.allocated.empty()) {
      service.auto_allocated_v4 = row.allocated[0];
      service.auto_allocated_v6 = row.allocated[1];
    }
    model::Proxy proxy;
    proxy.ip_addresses = row.proxy;
    proxy.dns_capture = true;
    EXPECT_EQ(address_for(service, proxy), row.first) << row.rule;
    List all;
    for_each_address(service, proxy, row.dual_stack,
                     [&](const std::string& address) { all.push_back(address); });
    EXPECT_EQ(all, row.all) << row.rule;
  }
}

}  // namespace
}  // namespace mesh::traffic
