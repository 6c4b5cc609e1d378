// IP addresses and CIDR prefixes as text: what is one, and in which form it is written.
//
// Accepts what Go's net/netip accepts (no leading zeros, no port), because that is what decides in
// Istio whether a string is an address or a host name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mesh {

enum class AddressFamily { kNone, kIpv4, kIpv6 };

// kNone when the text is no IP address (a host name, a CIDR, a Unix socket path).
AddressFamily address_family(std::string_view text);
inline bool is_ip_address(std::string_view text) {
  return address_family(text) != AddressFamily::kNone;
}

struct Cidr {
  std::string address;  // as written
  int bits = 0;
  AddressFamily family = AddressFamily::kNone;

  // A prefix that means one address: /32, /128.
  bool is_single() const { return bits == (family == AddressFamily::kIpv4 ? 32 : 128); }
};
// Nothing when the text is no "address/bits".
std::optional<Cidr> parse_cidr(std::string_view text);
// "address/bits" with the bits after the prefix cleared: "1.0.0.0/8" of 1.2.3.4/8.
std::string masked(const Cidr& cidr);
// The shortest form of an address ("::1" for "0:0::1"); text that is no address stays as it is.
std::string canonical_address(std::string_view text);

}  // namespace mesh
