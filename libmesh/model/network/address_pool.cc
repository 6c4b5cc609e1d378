#include "libmesh/model/network/address_pool.h"

#include <algorithm>
#include <utility>

#include "libmesh/base/address_bytes.h"
#include "libmesh/base/net.h"

namespace mesh::model {

namespace {

constexpr uint64_t kAll = ~uint64_t{0};

// The lowest `bits` bits.
uint64_t low_bits(int bits) { return bits >= 64 ? kAll : (uint64_t{1} << std::max(bits, 0)) - 1; }

uint64_t read(std::string_view bytes) {
  uint64_t out = 0;
  for (const char byte : bytes) out = out << 8 | static_cast<unsigned char>(byte);
  return out;
}

}  // namespace

std::string IpAddress::text() const {
  char bytes[16];
  for (int i = 0; i < size; ++i) {
    const uint64_t half = size - i > 8 ? high : low;
    bytes[i] = static_cast<char>(half >> (size - i - 1) % 8 * 8);
  }
  return address_text({bytes, size});
}

IpAddress IpAddress::next() const {
  const bool ipv6 = size == 16;
  if (low != (ipv6 ? kAll : low_bits(32))) return {size, high, low + 1};
  if (ipv6 && high != kAll) return {size, high + 1, 0};
  return {};
}

IpAddress ip_address_of(std::string_view text) {
  constexpr std::string_view kMapped("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
  std::string bytes = address_bytes(text);
  if (bytes.size() == 16 && bytes.starts_with(kMapped)) bytes.erase(0, kMapped.size());
  const std::string_view all = bytes;
  const size_t split = all.size() > 8 ? 8 : 0;
  return {static_cast<unsigned char>(all.size()), read(all.substr(0, split)),
          read(all.substr(split))};
}

AddressPool::AddressPool(const std::string& range) {
  const Cidr cidr = parse_cidr(range).value_or(Cidr{});
  first_ = ip_address_of(cidr.address);
  // After the address that is written, which need not be the first of its range.
  next_ = first_.next();
  const int free = first_.size * 8 - cidr.bits;
  first_.low &= ~low_bits(free);
  first_.high &= ~low_bits(free - 64);
  last_ = {first_.size, first_.high | low_bits(free - 64), first_.low | low_bits(free)};
}

void AddressPool::mark(const AddressMark& mark) {
  if (contains(mark.address)) marks_.push_back(mark);
}

void AddressPool::settle(std::vector<AddressMark>& clashes) {
  const auto before = [](const AddressMark& a, const AddressMark& b) {
    const auto order = a.address <=> b.address;
    return order == 0 ? a.order < b.order : order < 0;
  };
  if (!std::is_sorted(marks_.begin(), marks_.end(), before)) {
    std::sort(marks_.begin(), marks_.end(), before);
  }
  const AddressMark* first = nullptr;
  for (const AddressMark& mark : marks_) {
    if (first == nullptr || first->address != mark.address) first = &mark;
    if (first->owner != mark.owner) clashes.push_back(mark);
  }
}

IpAddress AddressPool::take() {
  while (passed_ < marks_.size() && marks_[passed_].address <= next_) {
    if (marks_[passed_].address == next_) next_ = next_.next();
    ++passed_;
  }
  if (!contains(next_)) return {};
  return std::exchange(next_, next_.next());
}

}  // namespace mesh::model
