// The addresses of a range, which are given away one after the other.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::model {

// An address as a number: one of IPv4 is `low`.
struct IpAddress {
  unsigned char size = 0;  // in bytes: 4 or 16; 0: none
  uint64_t high = 0;
  uint64_t low = 0;
  auto operator<=>(const IpAddress&) const = default;

  std::string text() const;
  // None after the last one.
  IpAddress next() const;
};
// An IPv4 address in the form of IPv6 is the IPv4 address (netip.Addr.Unmap). None for other text.
IpAddress ip_address_of(std::string_view text);

// Somebody says that an address is his.
struct AddressMark {
  IpAddress address;
  size_t order = 0;  // of saying
  size_t owner = 0;
};

// A range, and whose its addresses are (prefixUse in Istio's pilot/pkg/controllers/ipallocate): first all marks, then settle,
// then all takes.
class AddressPool {
 public:
  explicit AddressPool(const std::string& range);

  const IpAddress& next() const { return next_; }  // that may be given away
  const IpAddress& last() const { return last_; }  // of the range

  void mark(const AddressMark& mark);  // one that is not in the range is nobody's
  // Appends the marks of what another had marked before.
  void settle(std::vector<AddressMark>& clashes);
  // The next one without a mark; none behind the last one, since nothing is given back.
  IpAddress take();

 private:
  bool contains(const IpAddress& address) const { return first_ <= address && address <= last_; }

  IpAddress first_;
  IpAddress last_;
  IpAddress next_;
  std::vector<AddressMark> marks_;  // by address, once settled
  size_t passed_ = 0;               // so many of them lie before next_
};

}  // namespace mesh::model
