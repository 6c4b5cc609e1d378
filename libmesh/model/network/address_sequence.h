// The addresses of ServiceEntries none of which has a status: one after the other.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/model/network/address_claim.h"
#include "libmesh/model/network/address_pool.h"
#include "libmesh/model/network/allocation.h"

namespace mesh::model {

// The texts of addresses that follow one another: most differ from the one before in their last part alone.
class AddressText {
 public:
  // Until the next one is asked for. Empty for none.
  std::string_view of(const IpAddress& address);

 private:
  std::string_view write(const IpAddress& address);

  IpAddress last_;
  std::array<char, 48> text_;  // of the longest address
  size_t front_ =
      0;  // how much of it stands before the last part; 0: all of it may become another one
};

// The addresses of a range that nobody has.
class FreeAddresses {
 public:
  // `most`: how many are marked and taken, together; 0 where none is marked.
  FreeAddresses(const AddressPool& range, size_t most);

  void mark(const IpAddress& address);  // somebody has it
  // The next one, until another is taken. Empty where none is left.
  std::string_view take();

 private:
  IpAddress next_;
  const IpAddress last_;
  std::vector<bool> marked_;  // from the first one on, those that may be come to
  size_t passed_ = 0;
  AddressText text_;
};

// What allocate_addresses() comes to then: the hosts of all claims in their order have the next free address of each range,
// one host after the other.
class AddressSequence {
 public:
  // In any order: what their specs have is nobody else's.
  AddressSequence(std::span<const AddressClaim* const> claims, const AllocationOptions& options);

  // Those of the next host, until another one's are asked for. Empty where a range has no address left.
  struct Given {
    std::string_view ipv4;
    std::string_view ipv6;
  };
  Given next() { return {ipv4_.take(), ipv6_.take()}; }

 private:
  AddressSequence(std::span<const AddressClaim* const> claims, const AllocationOptions& options,
                  size_t most);

  FreeAddresses ipv4_;
  FreeAddresses ipv6_;
};

// Those of a host, where `allocated` is in order; none when it is not among them.
const HostAddresses& addresses_of(const std::string& host,
                                  std::span<const HostAddresses> allocated);

}  // namespace mesh::model
