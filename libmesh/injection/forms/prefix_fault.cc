#include "libmesh/injection/forms/prefix_fault.h"

#include <algorithm>
#include <charconv>

#include "libmesh/base/net.h"
#include "libmesh/injection/forms/go_errors.h"

namespace mesh::injection::forms {
namespace {

std::string address_error(std::string_view text, std::string_view why, std::string_view at = {}) {
  std::string out = "ParseAddr(" + go_quoted(text) + "): " + std::string(why);
  if (!at.empty()) out += " (at " + go_quoted(at) + ")";
  return out;
}

std::string ipv4_fault(std::string_view text) {
  int value = 0;
  int fields = 0;
  int digits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9') {
      if (digits == 1 && value == 0) {
        return address_error(text, "IPv4 field has octet with leading zero");
      }
      value = value * 10 + (c - '0');
      ++digits;
      if (value > 255) return address_error(text, "IPv4 field has value >255");
    } else if (c == '.') {
      if (i == 0 || i + 1 == text.size() || text[i - 1] == '.') {
        return address_error(text, "IPv4 field must have at least one digit", text.substr(i));
      }
      if (fields == 3) return address_error(text, "IPv4 address too long");
      ++fields;
      value = 0;
      digits = 0;
    } else {
      return address_error(text, "unexpected character", text.substr(i));
    }
  }
  return fields < 3 ? address_error(text, "IPv4 address too short") : std::string();
}

std::string address_fault(std::string_view text) {
  const size_t first = text.find_first_of(".:%");
  if (first == std::string_view::npos) return address_error(text, "unable to parse IP");
  if (text[first] == '.') return ipv4_fault(text);
  if (text[first] == '%') return address_error(text, "missing IPv6 address");
  // Of the many ways in which an IPv6 address is none, the most frequent one is named.
  const std::string_view plain = text.substr(0, text.find('%'));
  if (address_family(plain) == AddressFamily::kIpv6) return {};
  return address_error(text, "each colon-separated field must have at least one digit");
}

std::string reason(std::string_view text) {
  const size_t slash = text.rfind('/');
  if (slash == std::string_view::npos) return "no '/'";
  const std::string_view address = text.substr(0, slash);
  std::string fault = address_fault(address);
  if (!fault.empty()) return fault;
  if (address.find('%') != std::string_view::npos) {
    return "IPv6 zones cannot be present in a prefix";
  }
  const std::string_view bits = text.substr(slash + 1);
  const bool digits = !bits.empty() && std::all_of(bits.begin(), bits.end(),
                                                   [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || (bits.size() > 1 && bits.front() == '0')) {
    return "bad bits after slash: " + go_quoted(bits);
  }
  int number = 0;
  const auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), number);
  const int most = address.find(':') == std::string_view::npos ? 32 : 128;
  if (error != std::errc() || end == bits.data()) return "bad bits after slash: " + go_quoted(bits);
  return number > most ? "prefix length out of range" : "";
}

}  // namespace

std::string prefix_fault(std::string_view text) {
  const std::string why = reason(text);
  return why.empty() ? why : "netip.ParsePrefix(" + go_quoted(text) + "): " + why;
}

}  // namespace mesh::injection::forms
