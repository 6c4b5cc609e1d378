#include "libmesh/model/network/address_sequence.h"

#include <algorithm>
#include <charconv>
#include <utility>

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

// Where somebody has an address, as many as are wanted and had.
size_t most_looked_at(std::span<const AddressClaim* const> claims) {
  size_t wanted = 0;
  size_t had = 0;
  for (const AddressClaim* claim : claims) {
    wanted += claim->hosts.size();
    had += claim->own.size();
  }
  return had == 0 ? 0 : wanted + had;
}

__extension__ using Number = unsigned __int128;
Number number_of(const IpAddress& address) { return Number{address.high} << 64 | address.low; }

// The last part of the text, and what of the number it says.
uint64_t last_part(const IpAddress& address) { return address.size == 16 ? 0xffff : 0xff; }

// A last part of zeros may be left out of an IPv6 address.
bool says_last_part(const IpAddress& address) {
  return address.size == 4 || (address.low & last_part(address)) != 0;
}

}  // namespace

std::string_view AddressText::of(const IpAddress& address) {
  const uint64_t part = last_part(address);
  const bool follows = address.size == last_.size && address.high == last_.high &&
                       (address.low & ~part) == (last_.low & ~part);
  last_ = address;
  if (front_ == 0 || !follows || !says_last_part(address)) return write(address);
  const int base = address.size == 16 ? 16 : 10;
  const auto number = static_cast<uint32_t>(address.low & part);
  const auto end = std::to_chars(text_.data() + front_, text_.end(), number, base);
  return {text_.data(), end.ptr};
}

std::string_view AddressText::write(const IpAddress& address) {
  const std::string all = address.text();
  all.copy(text_.data(), text_.size());
  // An IPv6 address may end in one of IPv4.
  const bool has_parts = address.size == 4 || all.find('.') == std::string::npos;
  front_ = has_parts && says_last_part(address) ? all.find_last_of(".:") + 1 : 0;
  return {text_.data(), all.size()};
}

FreeAddresses::FreeAddresses(const AddressPool& range, size_t most)
    : next_(range.next()), last_(range.last()), marked_(most) {}

void FreeAddresses::mark(const IpAddress& address) {
  if (address.size != next_.size || address < next_) return;
  const Number place = number_of(address) - number_of(next_);
  if (place < marked_.size()) marked_[static_cast<size_t>(place)] = true;
}

std::string_view FreeAddresses::take() {
  while (next_.size != 0 && next_ <= last_) {
    const IpAddress address = std::exchange(next_, next_.next());
    if (passed_ == marked_.size() || !marked_[passed_++]) return text_.of(address);
  }
  return {};
}

AddressSequence::AddressSequence(std::span<const AddressClaim* const> claims,
                                 const AllocationOptions& options)
    : AddressSequence(claims, options, most_looked_at(claims)) {}

AddressSequence::AddressSequence(std::span<const AddressClaim* const> claims,
                                 const AllocationOptions& options, size_t most)
    : ipv4_(pool(options.ipv4), most), ipv6_(pool(options.ipv6), most) {
  for (const AddressClaim* claim : claims) {
    for (const IpAddress& address : claim->own) {
      (address.size == 16 ? ipv6_ : ipv4_).mark(address);
    }
  }
}

const HostAddresses& addresses_of(const std::string& host,
                                  std::span<const HostAddresses> allocated) {
  static const HostAddresses kNone;
  auto before = [](const HostAddresses& of, const std::string& h) { return of.host < h; };
  auto at = std::lower_bound(allocated.begin(), allocated.end(), host, before);
  return at == allocated.end() || at->host != host ? kNone : *at;
}

}  // namespace mesh::model
