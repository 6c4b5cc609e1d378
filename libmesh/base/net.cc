#include "libmesh/base/net.h"

#include <arpa/inet.h>  // inet_pton, inet_ntop: text conversions only

#include <array>
#include <charconv>

#include "libmesh/base/address_bytes.h"

namespace mesh {
namespace {

// inet_pton wants a terminated string; nothing longer than this is an address.
constexpr size_t kLongestAddress = 64;

using Bytes = std::array<unsigned char, 16>;

// Four numbers of up to three digits, none of them with a zero in front.
bool parse_ipv4(std::string_view text, Bytes& bytes) {
  const char* at = text.data();
  const char* const end = at + text.size();
  auto digit = [&](unsigned& out) {
    if (at == end) return false;
    out = static_cast<unsigned>(*at) - '0';
    return out < 10;
  };
  for (size_t octet = 0; octet < 4; ++octet) {
    if (octet > 0 && (at == end || *at++ != '.')) return false;
    unsigned value = 0;
    if (!digit(value)) return false;
    ++at;
    unsigned next = 0;
    while (value != 0 && digit(next)) {
      value = value * 10 + next;
      if (value > 255) return false;
      ++at;
    }
    bytes[octet] = static_cast<unsigned char>(value);
  }
  return at == end;
}

AddressFamily parse(std::string_view text, Bytes& bytes) {
  if (parse_ipv4(text, bytes)) return AddressFamily::kIpv4;
  if (text.find(':') == std::string_view::npos) return AddressFamily::kNone;
  if (text.empty() || text.size() >= kLongestAddress) return AddressFamily::kNone;
  char terminated[kLongestAddress];
  text.copy(terminated, text.size());
  terminated[text.size()] = '\0';
  if (text.find('\0') != std::string_view::npos) return AddressFamily::kNone;
  if (inet_pton(AF_INET6, terminated, bytes.data()) == 1) return AddressFamily::kIpv6;
  return AddressFamily::kNone;
}

}  // namespace

AddressFamily address_family(std::string_view text) {
  Bytes bytes;
  return parse(text, bytes);
}

std::optional<Cidr> parse_cidr(std::string_view text) {
  size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  Cidr cidr;
  cidr.address = std::string(text.substr(0, slash));
  cidr.family = address_family(cidr.address);
  if (cidr.family == AddressFamily::kNone) return std::nullopt;
  std::string_view bits = text.substr(slash + 1);
  if (bits.empty() || bits.size() > 3 || (bits.size() > 1 && bits.front() == '0')) {
    return std::nullopt;
  }
  auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), cidr.bits);
  if (error != std::errc() || end != bits.data() + bits.size()) return std::nullopt;
  if (cidr.bits < 0 || cidr.bits > (cidr.family == AddressFamily::kIpv4 ? 32 : 128)) {
    return std::nullopt;
  }
  return cidr;
}

std::string masked(const Cidr& cidr) {
  Bytes bytes{};
  parse(cidr.address, bytes);
  for (int bit = cidr.bits; bit < 128; ++bit) {
    bytes[static_cast<size_t>(bit / 8)] &= static_cast<unsigned char>(~(0x80 >> bit % 8));
  }
  char out[INET6_ADDRSTRLEN] = "";
  inet_ntop(cidr.family == AddressFamily::kIpv4 ? AF_INET : AF_INET6, bytes.data(), out,
            sizeof(out));
  return std::string(out).append("/").append(std::to_string(cidr.bits));
}

std::string canonical_address(std::string_view text) {
  Bytes bytes;
  AddressFamily family = parse(text, bytes);
  if (family == AddressFamily::kNone) return std::string(text);
  char out[INET6_ADDRSTRLEN];
  int type = family == AddressFamily::kIpv4 ? AF_INET : AF_INET6;
  if (inet_ntop(type, bytes.data(), out, sizeof(out)) == nullptr) return std::string(text);
  return out;
}

std::string address_text(std::string_view bytes) {
  if (bytes.size() != 4 && bytes.size() != 16) return {};
  char out[INET6_ADDRSTRLEN] = "";
  inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), out, sizeof(out));
  return out;
}

std::string address_bytes(std::string_view text) {
  Bytes bytes;
  const AddressFamily family = parse(text, bytes);
  const size_t size = family == AddressFamily::kIpv4 ? 4 : family == AddressFamily::kIpv6 ? 16 : 0;
  return {bytes.begin(), bytes.begin() + size};
}

}  // namespace mesh
