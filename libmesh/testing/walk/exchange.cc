#include "libmesh/testing/walk/exchange.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace mesh::testing {

bool Ip::is_loopback() const {
  if (family == AddressFamily::kIpv4) return bytes[0] == 127;
  static const Ip kLoopback = parse_ip("::1");
  return *this == kLoopback;
}

Ip parse_ip(std::string_view text) {
  Ip out;
  char buffer[64];
  if (text.size() >= sizeof(buffer)) return out;
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';
  if (inet_pton(AF_INET, buffer, out.bytes.data()) == 1) {
    out.family = AddressFamily::kIpv4;
  } else if (inet_pton(AF_INET6, buffer, out.bytes.data()) == 1) {
    out.family = AddressFamily::kIpv6;
  }
  return out;
}

IpRange::IpRange(View range)
    : address(parse_ip(range.text("address_prefix"))),
      bits(static_cast<int>(range.wrapped("prefix_len").value_or(0))) {}

bool IpRange::contains(const Ip& ip) const {
  if (ip.family != address.family || ip.family == AddressFamily::kNone) return false;
  const int most = ip.family == AddressFamily::kIpv4 ? 32 : 128;
  const int count = std::clamp(bits, 0, most);
  const auto whole = static_cast<size_t>(count / 8);
  if (!std::equal(ip.bytes.begin(), ip.bytes.begin() + count / 8, address.bytes.begin())) {
    return false;
  }
  if (count % 8 == 0) return true;
  const auto mask = static_cast<uint8_t>(0xff << (8 - count % 8));
  return (ip.bytes[whole] & mask) == (address.bytes[whole] & mask);
}

std::optional<std::string> Exchange::header(std::string_view name) const {
  std::optional<std::string> out;
  for (const Header& each : headers) {
    if (each.name != name) continue;
    if (!out) {
      out = each.value;
    } else {
      out->append(",").append(each.value);
    }
  }
  return out;
}

void Exchange::set(std::string_view name, std::string value) {
  remove(name);
  append(name, std::move(value));
}

void Exchange::append(std::string_view name, std::string value) {
  headers.push_back({std::string(name), std::move(value)});
}

void Exchange::remove(std::string_view name) {
  std::erase_if(headers, [&](const Header& each) { return each.name == name; });
}

}  // namespace mesh::testing
