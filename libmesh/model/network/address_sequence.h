// The addresses of ServiceEntries none of which has a status: one after the other.
#pragma once

#include <span>
#include <string>

#include "libmesh/model/network/address_claim.h"
#include "libmesh/model/network/address_pool.h"
#include "libmesh/model/network/allocation.h"
#include "libmesh/model/service.h"

namespace mesh::model {

// What allocate_addresses() comes to then: the hosts of all claims in their order have the next free address of each range,
// one host after the other.
class AddressSequence {
 public:
  // In any order: what their specs have is nobody else's.
  AddressSequence(std::span<const AddressClaim* const> claims, const AllocationOptions& options);

  // Empty where a range has no address left.
  void next(std::string& ipv4, std::string& ipv6);

 private:
  AddressPool ipv4_;
  AddressPool ipv6_;
};

// Those of a host, where `allocated` is in order; none when it is not among them.
const HostAddresses& addresses_of(const std::string& host,
                                  std::span<const HostAddresses> allocated);
// Gives a service of an entry what its host was allocated (registry.h).
bool set_addresses(ServicePtr& service, const HostAddresses& addresses);

}  // namespace mesh::model
