#include "libmesh/smcp/go_duration.h"

#include <cstdint>

namespace mesh::smcp {
namespace {

constexpr uint64_t kMost = uint64_t{1} << 63;  // one more than the longest: -2^63 ns is one

// time.quote: what is no printable ASCII is written byte by byte.
std::string quote(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || byte < 0x20) {
      out += std::string{'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + "\"";
}

uint64_t unit_of(std::string_view unit) {
  if (unit == "ns") return 1;
  if (unit == "us" || unit == "\u00b5s" || unit == "\u03bcs") return 1'000;
  if (unit == "ms") return 1'000'000;
  if (unit == "s") return 1'000'000'000;
  if (unit == "m") return 60'000'000'000;
  if (unit == "h") return 3'600'000'000'000;
  return 0;
}

bool digit(char c) { return c >= '0' && c <= '9'; }

struct Number {
  bool any = false;    // digits on either side of the point
  bool fits = true;    // the whole part
  uint64_t whole = 0;  // before the point
  uint64_t part = 0;   // behind it, of `scale`
  double scale = 1;
};

Number take_number(std::string_view& text) {
  Number out;
  for (; !text.empty() && digit(text.front()); text.remove_prefix(1)) {
    out.any = true;
    if (out.whole > kMost / 10) out.fits = false;
    if (!out.fits) continue;
    out.whole = out.whole * 10 + static_cast<uint64_t>(text.front() - '0');
    if (out.whole > kMost) out.fits = false;
  }
  // Too large a number is refused where it stands, before what follows is looked at.
  if (!out.fits || text.empty() || text.front() != '.') return out;
  text.remove_prefix(1);
  bool full = false;
  for (; !text.empty() && digit(text.front()); text.remove_prefix(1)) {
    out.any = true;
    if (full || out.part > (kMost - 1) / 10) {
      full = true;
      continue;
    }
    const uint64_t next = out.part * 10 + static_cast<uint64_t>(text.front() - '0');
    if (next > kMost) {
      full = true;
      continue;
    }
    out.part = next;
    out.scale *= 10;
  }
  return out;
}

std::string_view take_unit(std::string_view& text) {
  size_t end = 0;
  while (end < text.size() && text[end] != '.' && !digit(text[end])) ++end;
  const std::string_view unit = text.substr(0, end);
  text.remove_prefix(end);
  return unit;
}

// Adds a number of a unit; false when the sum is too long for a duration.
bool add(const Number& number, uint64_t unit, uint64_t& sum) {
  if (number.whole > kMost / unit) return false;
  uint64_t value = number.whole * unit;
  if (number.part > 0) {
    value += static_cast<uint64_t>(static_cast<double>(number.part) *
                                   (static_cast<double>(unit) / number.scale));
    if (value > kMost) return false;
  }
  sum += value;
  return sum <= kMost;
}

}  // namespace

std::optional<std::string> go_duration_fault(std::string_view text) {
  const std::string invalid = "time: invalid duration " + quote(text);
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "0") return std::nullopt;
  if (rest.empty()) return invalid;
  uint64_t sum = 0;
  while (!rest.empty()) {
    if (rest.front() != '.' && !digit(rest.front())) return invalid;
    const Number number = take_number(rest);
    if (!number.any || !number.fits) return invalid;
    const std::string_view name = take_unit(rest);
    if (name.empty()) return "time: missing unit in duration " + quote(text);
    const uint64_t unit = unit_of(name);
    if (unit == 0) return "time: unknown unit " + quote(name) + " in duration " + quote(text);
    if (!add(number, unit, sum)) return invalid;
  }
  if (!negative && sum > kMost - 1) return invalid;
  return std::nullopt;
}

}  // namespace mesh::smcp
