#include "libmesh/smcp/quantity.h"

#include <array>
#include <charconv>
#include <optional>

namespace mesh::smcp {
namespace {

// Wide enough for all digits that Kubernetes keeps, and for a binary suffix on top.
__extension__ typedef __int128 Wide;

enum class Format : uint8_t { kDecimal, kBinary, kExponent };

struct Quantity {
  bool negative = false;
  Wide digits = 0;   // of the number, without its point
  std::string text;  // the same as given, without zeros before the number
  bool point = false;
  int exponent = 0;  // of ten
  int binary = 0;    // of 1024
  Format format = Format::kDecimal;
};

struct Suffix {
  std::string_view text;
  int exponent;
};
constexpr std::array<Suffix, 10> kDecimal = {{{"n", -9},
                                              {"u", -6},
                                              {"m", -3},
                                              {"", 0},
                                              {"k", 3},
                                              {"M", 6},
                                              {"G", 9},
                                              {"T", 12},
                                              {"P", 15},
                                              {"E", 18}}};
constexpr std::array<std::string_view, 7> kBinary = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
constexpr size_t kMaxDigits = 18;

bool read_suffix(std::string_view text, Quantity& out) {
  for (const Suffix& suffix : kDecimal) {
    if (suffix.text == text) {
      out.exponent += suffix.exponent;
      return true;
    }
  }
  for (size_t i = 1; i < kBinary.size(); ++i) {
    if (kBinary[i] == text) {
      out.binary = static_cast<int>(i);
      out.format = Format::kBinary;
      return true;
    }
  }
  if (text.empty() || (text.front() != 'e' && text.front() != 'E')) return false;
  text.remove_prefix(1);
  if (text.starts_with('+')) text.remove_prefix(1);
  int exponent = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  if (exponent < -18 || exponent > 18) return false;
  out.exponent += exponent;
  out.format = Format::kExponent;
  return true;
}

std::optional<Quantity> read(std::string_view text) {
  Quantity out;
  if (text.starts_with('-') || text.starts_with('+')) {
    out.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  while (text.size() > 1 && text.starts_with('0') && text[1] >= '0' && text[1] <= '9') {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.front() == '.' || (text.front() >= '0' && text.front() <= '9'))) {
    if (text.front() == '.') {
      if (out.point) return std::nullopt;
      out.point = true;
    } else {
      out.text.push_back(text.front());
      out.digits = out.digits * 10 + (text.front() - '0');
      if (out.point) --out.exponent;
    }
    text.remove_prefix(1);
    if (out.text.size() > kMaxDigits) return std::nullopt;
  }
  if (!read_suffix(text, out)) return std::nullopt;
  return out;
}

Wide power(int base, int exponent) {
  Wide result = 1;
  for (int i = 0; i < exponent; ++i) result *= base;
  return result;
}

std::string number_text(Wide number) {
  if (number == 0) return "0";
  std::string text;
  for (; number > 0; number /= 10) {
    text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(number % 10)));
  }
  return text;
}

// ParseQuantity keeps a text that looks canonical to it, and so "2.500" or "+1".
bool keeps_text(const Quantity& quantity) {
  if (quantity.format == Format::kBinary) return !quantity.point && quantity.digits % 8 != 0;
  return quantity.exponent % 3 == 0 && quantity.exponent >= -9 && !quantity.text.ends_with("000") &&
         !quantity.text.starts_with('0');
}

// Multiples of 1024; or nothing where it is not above 1024, or no whole number, and so decimal.
std::optional<std::string> write_binary(const Quantity& quantity) {
  const Wide scaled = quantity.digits << (10 * quantity.binary);
  const Wide divisor = power(10, -quantity.exponent);
  if (scaled < 1024 * divisor || scaled % divisor != 0) return std::nullopt;
  Wide number = scaled / divisor;
  size_t suffix = 0;
  while (suffix + 1 < kBinary.size() && number % 1024 == 0) {
    number /= 1024;
    ++suffix;
  }
  return number_text(number) + std::string(kBinary[suffix]);
}

// A whole number of the largest thousand it is a multiple of; below a nano rounded up.
std::optional<std::string> write_decimal(Wide digits, int exponent, Format format) {
  while (exponent < -9) {
    digits = digits / 10 + (digits % 10 != 0 ? 1 : 0);
    ++exponent;
  }
  while (digits % 10 == 0) {
    digits /= 10;
    ++exponent;
  }
  while (exponent % 3 != 0) {
    digits *= 10;
    --exponent;
  }
  if (format == Format::kExponent) {
    return number_text(digits) + (exponent == 0 ? "" : "e" + std::to_string(exponent));
  }
  for (const Suffix& suffix : kDecimal) {
    if (suffix.exponent == exponent) return number_text(digits) + std::string(suffix.text);
  }
  return std::nullopt;
}

}  // namespace

std::string canonical_quantity(std::string_view text) {
  const std::optional<Quantity> quantity = read(text);
  if (!quantity) return std::string(text);
  if (quantity->digits == 0) return "0";
  if (keeps_text(*quantity)) return std::string(text);
  std::optional<std::string> written;
  if (quantity->format == Format::kBinary) written = write_binary(*quantity);
  if (!written) {
    const bool binary = quantity->format == Format::kBinary;
    const Wide digits = binary ? quantity->digits << (10 * quantity->binary) : quantity->digits;
    written =
        write_decimal(digits, quantity->exponent, binary ? Format::kDecimal : quantity->format);
  }
  if (!written) return std::string(text);
  return (quantity->negative ? "-" : "") + *written;
}

}  // namespace mesh::smcp
