#include "libmesh/model/network/address_sequence.h"

#include <algorithm>
#include <vector>

namespace mesh::model {
namespace {

// Nearly every mesh has these ranges, which are read once.
AddressPool pool(const std::string& range) {
  static const AllocationOptions kDefault;
  static const AddressPool kIpv4(kDefault.ipv4);
  static const AddressPool kIpv6(kDefault.ipv6);
  if (range == kDefault.ipv4) return kIpv4;
  if (range == kDefault.ipv6) return kIpv6;
  return AddressPool(range);
}

}  // namespace

AddressSequence::AddressSequence(std::span<const AddressClaim* const> claims,
                                 const AllocationOptions& options)
    : ipv4_(pool(options.ipv4)), ipv6_(pool(options.ipv6)) {
  size_t order = 0;
  for (const AddressClaim* claim : claims) {
    for (const IpAddress& address : claim->own) {
      (address.size == 16 ? ipv6_ : ipv4_).mark({address, order++, 0});
    }
  }
  std::vector<AddressMark> none;  // one owner of all, so nobody clashes
  ipv4_.settle(none);
  ipv6_.settle(none);
}

void AddressSequence::next(std::string& ipv4, std::string& ipv6) {
  ipv4 = ipv4_.take().text();
  ipv6 = ipv6_.take().text();
}

const HostAddresses& addresses_of(const std::string& host,
                                  std::span<const HostAddresses> allocated) {
  static const HostAddresses kNone;
  auto before = [](const HostAddresses& of, const std::string& h) { return of.host < h; };
  auto at = std::lower_bound(allocated.begin(), allocated.end(), host, before);
  return at == allocated.end() || at->host != host ? kNone : *at;
}

}  // namespace mesh::model
