#include "libmesh/base/net.h"

#include <arpa/inet.h>  // inet_pton: a text conversion only

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

char* write_decimal(char* to, unsigned byte) {
  if (byte >= 100) *to++ = static_cast<char>('0' + byte / 100);
  if (byte >= 10) *to++ = static_cast<char>('0' + byte / 10 % 10);
  *to++ = static_cast<char>('0' + byte % 10);
  return to;
}

char* write_hex(char* to, unsigned word) {
  constexpr char kDigits[] = "0123456789abcdef";
  int shift = word >= 0x1000 ? 12 : word >= 0x100 ? 8 : word >= 0x10 ? 4 : 0;
  for (; shift >= 0; shift -= 4) *to++ = kDigits[word >> shift & 0xf];
  return to;
}

char* write_ipv4(const unsigned char* bytes, char* to) {
  for (size_t i = 0; i < 4; ++i) {
    if (i > 0) *to++ = '.';
    to = write_decimal(to, bytes[i]);
  }
  return to;
}

// As inet_ntop: "::" for the first of the longest runs of zeros, and the last part as an IPv4 address behind "::" and
// "::ffff".
char* write_ipv6(const unsigned char* bytes, char* to) {
  constexpr size_t kWords = 8;
  std::array<unsigned, kWords> words;
  for (size_t i = 0; i < kWords; ++i) words[i] = unsigned{bytes[2 * i]} << 8 | bytes[2 * i + 1];
  size_t zeros_at = kWords;
  size_t zeros = 1;  // a single one stays
  for (size_t i = 0, run = 0; i < kWords; ++i) {
    run = words[i] == 0 ? run + 1 : 0;
    if (run <= zeros) continue;
    zeros = run;
    zeros_at = i + 1 - run;
  }
  const bool holds_ipv4 = zeros_at == 0 && (zeros == 6 || (zeros == 5 && words[5] == 0xffff));
  for (size_t i = 0; i < kWords; ++i) {
    if (i == zeros_at) {
      *to++ = ':';
      i += zeros;
      if (i == kWords) *to++ = ':';
      if (i == kWords) break;
    }
    if (i > 0) *to++ = ':';
    if (i == 6 && holds_ipv4) return write_ipv4(bytes + 12, to);
    to = write_hex(to, words[i]);
  }
  return to;
}

// The shortest form.
std::string text_of(AddressFamily family, const unsigned char* bytes) {
  char out[INET6_ADDRSTRLEN];
  char* const end =
      family == AddressFamily::kIpv4 ? write_ipv4(bytes, out) : write_ipv6(bytes, out);
  return {out, end};
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
  return text_of(cidr.family, bytes.data()).append("/").append(std::to_string(cidr.bits));
}

std::string canonical_address(std::string_view text) {
  Bytes bytes;
  AddressFamily family = parse(text, bytes);
  if (family == AddressFamily::kNone) return std::string(text);
  return text_of(family, bytes.data());
}

std::string address_text(std::string_view bytes) {
  if (bytes.size() != 4 && bytes.size() != 16) return {};
  return text_of(bytes.size() == 4 ? AddressFamily::kIpv4 : AddressFamily::kIpv6,
                 reinterpret_cast<const unsigned char*>(bytes.data()));
}

std::string address_bytes(std::string_view text) {
  Bytes bytes;
  const AddressFamily family = parse(text, bytes);
  const size_t size = family == AddressFamily::kIpv4 ? 4 : family == AddressFamily::kIpv6 ? 16 : 0;
  return {bytes.begin(), bytes.begin() + size};
}

}  // namespace mesh
