#include "libmesh/injection/template/go_numbers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace mesh::injection {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'z') return c - 'a' + 10;
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  return 99;
}

// The digits without prefix and underscores; false when underscores stand where none may.
bool strip_prefix(std::string_view text, int& base, std::string& digits) {
  if (base != 0) {
    digits = text;
    return true;
  }
  base = 10;
  bool after_prefix = false;
  if (text.size() > 1 && text[0] == '0') {
    const char kind = static_cast<char>(text[1] | 0x20);
    base = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 8;
    text.remove_prefix(kind == 'x' || kind == 'o' || kind == 'b' ? 2 : 1);
    after_prefix = true;
  }
  char before = after_prefix ? '0' : '_';
  for (const char c : text) {
    if (c == '_' && before == '_') return false;
    if (c != '_') digits += c;
    before = c;
  }
  return before != '_' || text.empty();
}

// "d.ddd" digits and exponent of a number in scientific form.
struct Decimal {
  std::string digits;
  int exponent = 0;  // of the first digit
};

Decimal decimal_of(double number, int precision) {
  std::array<char, 1100> buffer;
  const auto end = precision < 0 ? std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                                 number, std::chars_format::scientific)
                                 : std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                                 number, std::chars_format::scientific, precision);
  Decimal made;
  const std::string_view text(buffer.data(), static_cast<size_t>(end.ptr - buffer.data()));
  const size_t e = text.find('e');
  for (const char c : text.substr(0, e)) {
    if (c != '.') made.digits += c;
  }
  std::string_view exponent = text.substr(e + 1);
  if (exponent.starts_with('+')) exponent.remove_prefix(1);
  std::from_chars(exponent.data(), exponent.data() + exponent.size(), made.exponent);
  return made;
}

void append_scientific(std::string& out, const Decimal& decimal) {
  out += decimal.digits[0];
  if (decimal.digits.size() > 1) {
    out += '.';
    out.append(decimal.digits, 1);
  }
  out += 'e';
  out += decimal.exponent < 0 ? '-' : '+';
  const int size = std::abs(decimal.exponent);
  if (size < 10) out += '0';
  out += std::to_string(size);
}

void append_fixed(std::string& out, double number, int precision) {
  std::array<char, 1500> buffer;
  const auto end = precision < 0 ? std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                                 number, std::chars_format::fixed)
                                 : std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                                 number, std::chars_format::fixed, precision);
  out.append(buffer.data(), end.ptr);
}

void append_general(std::string& out, double number, int precision) {
  const bool shortest = precision < 0;
  if (precision == 0) precision = 1;
  Decimal decimal = decimal_of(number, shortest ? -1 : precision - 1);
  while (decimal.digits.size() > 1 && decimal.digits.back() == '0') decimal.digits.pop_back();
  int threshold = shortest ? 6 : precision;
  const int digits = static_cast<int>(decimal.digits.size());
  if (!shortest && threshold > digits && digits >= decimal.exponent + 1) threshold = digits;
  if (shortest) threshold = 6;
  if (decimal.exponent < -4 || decimal.exponent >= threshold) {
    append_scientific(out, decimal);
  } else {
    append_fixed(out, number, std::max(digits - 1 - decimal.exponent, 0));
  }
}

struct Unit {
  std::string_view name;
  double nanos;
};
constexpr Unit kUnits[] = {{"ns", 1},   {"us", 1e3}, {"µs", 1e3}, {"μs", 1e3},
                           {"ms", 1e6}, {"s", 1e9},  {"m", 60e9}, {"h", 3600e9}};

}  // namespace

std::optional<uint64_t> parse_go_uint(std::string_view text, int base) {
  std::string digits;
  if (text.empty() || !strip_prefix(text, base, digits)) return std::nullopt;
  if (digits.empty()) return text == "0" ? std::optional<uint64_t>(0) : std::nullopt;
  uint64_t value = 0;
  for (const char c : digits) {
    const int digit = digit_of(c);
    if (digit >= base) return std::nullopt;
    if (__builtin_mul_overflow(value, static_cast<uint64_t>(base), &value) ||
        __builtin_add_overflow(value, static_cast<uint64_t>(digit), &value)) {
      return std::nullopt;
    }
  }
  return value;
}

std::optional<int64_t> parse_go_int(std::string_view text, int base) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto size = parse_go_uint(text, base);
  const uint64_t most = uint64_t{1} << 63;
  if (!size || *size > most || (*size == most && !negative)) return std::nullopt;
  return negative ? static_cast<int64_t>(~*size + 1) : static_cast<int64_t>(*size);
}

std::optional<double> parse_go_float(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::string digits;
  for (const char c : text) {
    if (c != '_') digits += c;
  }
  std::chars_format format = std::chars_format::general;
  const char* begin = digits.data();
  const char* end = begin + digits.size();
  if (digits.size() > 2 && digits[0] == '0' && (digits[1] | 0x20) == 'x') {
    begin += 2;
    format = std::chars_format::hex;
  }
  if (begin == end || *begin == '-') return std::nullopt;
  double value = 0;
  const auto read = std::from_chars(begin, end, value, format);
  if (read.ec == std::errc::invalid_argument || read.ptr != end) return std::nullopt;
  if (read.ec == std::errc::result_out_of_range) return std::nullopt;
  return negative ? -value : value;
}

void append_go_float(std::string& out, double number, char format, int precision) {
  if (std::isnan(number)) {
    out += "NaN";
  } else if (std::isinf(number)) {
    out += number < 0 ? "-Inf" : "+Inf";
  } else {
    if (std::signbit(number)) {
      out += '-';
      number = -number;
    }
    if (format == 'e') {
      append_scientific(out, decimal_of(number, precision));
    } else if (format == 'f') {
      append_fixed(out, number, precision);
    } else {
      append_general(out, number, precision);
    }
  }
}

std::optional<int64_t> parse_go_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  long double total = 0;
  while (!text.empty()) {
    size_t digits = 0;
    while (digits < text.size() && (digit_of(text[digits]) < 10 || text[digits] == '.')) ++digits;
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + digits, value);
    if (digits == 0 || read.ec != std::errc() || read.ptr != text.data() + digits) {
      return std::nullopt;
    }
    text.remove_prefix(digits);
    size_t letters = 0;
    while (letters < text.size() && text[letters] != '.' && digit_of(text[letters]) >= 10) {
      ++letters;
    }
    const Unit* unit = nullptr;
    for (const Unit& u : kUnits) {
      if (u.name == text.substr(0, letters)) unit = &u;
    }
    if (unit == nullptr) return std::nullopt;
    total += static_cast<long double>(value) * static_cast<long double>(unit->nanos);
    text.remove_prefix(letters);
  }
  if (total > 9223372036854775807.0L) return std::nullopt;
  const auto nanos =
      static_cast<int64_t>(total + 0.5L > 9223372036854775807.0L ? total : total + 1e-3L);
  return negative ? -nanos : nanos;
}

std::string go_duration_text(int64_t nanoseconds) {
  uint64_t rest = nanoseconds < 0 ? ~static_cast<uint64_t>(nanoseconds) + 1
                                  : static_cast<uint64_t>(nanoseconds);
  const std::string sign = nanoseconds < 0 ? "-" : "";
  if (rest == 0) return "0s";
  const auto with_fraction = [](uint64_t value, uint64_t unit) {
    std::string text = std::to_string(value / unit);
    uint64_t fraction = value % unit;
    if (fraction == 0) return text;
    std::string digits;
    for (uint64_t place = unit / 10; fraction != 0; place /= 10) {
      digits += static_cast<char>('0' + fraction / place);
      fraction %= place;
    }
    return text + "." + digits;
  };
  if (rest < 1'000) return sign + std::to_string(rest) + "ns";
  if (rest < 1'000'000) return sign + with_fraction(rest, 1'000) + "µs";
  if (rest < 1'000'000'000) return sign + with_fraction(rest, 1'000'000) + "ms";
  const uint64_t minute = 60'000'000'000;
  std::string text = with_fraction(rest % minute, 1'000'000'000) + "s";
  if (rest >= minute) text = std::to_string(rest / minute % 60) + "m" + text;
  if (rest >= 60 * minute) text = std::to_string(rest / minute / 60) + "h" + text;
  return sign + text;
}

}  // namespace mesh::injection
