#include "libmesh/injection/forms/prefix_fault.h"

#include <algorithm>
#include <charconv>

#include "libmesh/injection/forms/go_errors.h"

namespace mesh::injection::forms {
namespace {

std::string address_error(std::string_view text, std::string_view why, std::string_view at = {}) {
  std::string out = "ParseAddr(" + go_quoted(text) + "): " + std::string(why);
  if (!at.empty()) out += " (at " + go_quoted(at) + ")";
  return out;
}

// `text` is the piece of the whole address that is IPv4.
std::string ipv4_fault(std::string_view whole, std::string_view text) {
  int value = 0;
  int fields = 0;
  int digits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9') {
      if (digits == 1 && value == 0) {
        return address_error(whole, "IPv4 field has octet with leading zero");
      }
      value = value * 10 + (c - '0');
      ++digits;
      if (value > 255) return address_error(whole, "IPv4 field has value >255");
    } else if (c == '.') {
      if (i == 0 || i + 1 == text.size() || text[i - 1] == '.') {
        return address_error(whole, "IPv4 field must have at least one digit", text.substr(i));
      }
      if (fields == 3) return address_error(whole, "IPv4 address too long");
      ++fields;
      value = 0;
      digits = 0;
    } else {
      return address_error(whole, "unexpected character", text.substr(i));
    }
  }
  return fields < 3 ? address_error(whole, "IPv4 address too short") : std::string();
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// netip's way through an IPv6 address, group by group, to the first thing that is wrong.
class Ipv6 {
 public:
  explicit Ipv6(std::string_view text) : whole_(text), rest_(text) {}

  std::string fault() {
    const size_t percent = rest_.find('%');
    if (percent != std::string_view::npos) {
      if (percent + 1 == rest_.size()) return error("zone must be a non-empty string", {});
      rest_ = rest_.substr(0, percent);
    }
    if (rest_.starts_with("::")) {
      ellipsis_ = true;
      rest_.remove_prefix(2);
      if (rest_.empty()) return {};
    }
    while (bytes_ < 16 && !done_) {
      std::string fault = group();
      if (!fault.empty()) return fault;
    }
    if (!rest_.empty()) return error("trailing garbage after address", rest_);
    if (bytes_ < 16) return ellipsis_ ? std::string() : error("address string too short", {});
    return ellipsis_ ? error("the :: must expand to at least one field of zeros", {})
                     : std::string();
  }

 private:
  std::string error(std::string_view why, std::string_view at) const {
    return address_error(whole_, why, at);
  }

  std::string group() {
    size_t digits = 0;
    while (digits < rest_.size() && is_hex(rest_[digits])) {
      if (++digits > 4) return error("each group must have 4 or fewer digits", rest_);
    }
    if (digits == 0) {
      return error("each colon-separated field must have at least one digit", rest_);
    }
    if (digits < rest_.size() && rest_[digits] == '.') return embedded();
    bytes_ += 2;
    rest_.remove_prefix(digits);
    done_ = rest_.empty();
    return done_ ? std::string() : colon();
  }

  std::string embedded() {
    if (!ellipsis_ && bytes_ != 12) {
      return error("embedded IPv4 address must replace the final 2 fields of the address", rest_);
    }
    if (bytes_ > 12) {
      return error("too many hex fields to fit an embedded IPv4 at the end of the address", rest_);
    }
    std::string fault = ipv4_fault(whole_, rest_);
    rest_ = {};
    bytes_ += 4;
    done_ = true;
    return fault;
  }

  std::string colon() {
    if (rest_.front() != ':') return error("unexpected character, want colon", rest_);
    if (rest_.size() == 1) return error("colon must be followed by more characters", rest_);
    rest_.remove_prefix(1);
    if (rest_.front() != ':') return {};
    if (ellipsis_) return error("multiple :: in address", rest_);
    ellipsis_ = true;
    rest_.remove_prefix(1);
    done_ = rest_.empty();
    return {};
  }

  const std::string_view whole_;
  std::string_view rest_;
  size_t bytes_ = 0;
  bool ellipsis_ = false;
  bool done_ = false;
};

std::string address_fault(std::string_view text) {
  const size_t first = text.find_first_of(".:%");
  if (first == std::string_view::npos) return address_error(text, "unable to parse IP");
  if (text[first] == '.') return ipv4_fault(text, text);
  if (text[first] == '%') return address_error(text, "missing IPv6 address");
  return Ipv6(text).fault();
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
