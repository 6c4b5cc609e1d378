#include "libmesh/document/numbers.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

namespace mesh::document {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Decides for a number outside a double's range whether it is too small rather than too large: by
// the power of ten of its first significant digit.
bool is_tiny(std::string_view text) {
  long long power = 0;  // of the digit before the point
  bool significant = false;
  bool point = false;
  size_t i = 0;
  for (; i < text.size() && (is_digit(text[i]) || text[i] == '.'); ++i) {
    if (text[i] == '.') {
      point = true;
    } else if (significant) {
      power += point ? 0 : 1;
    } else {
      significant = text[i] != '0';
      power -= point ? 1 : 0;
    }
  }
  if (i >= text.size()) return power < 0;
  ++i;  // the 'e'
  const bool negative = i < text.size() && text[i] == '-';
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
  long long exponent = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + i, end, exponent);
  if (error == std::errc::result_out_of_range) return negative;
  return power + (negative ? -exponent : exponent) < 0;
}

}  // namespace

std::optional<double> parse_double(std::string_view text) {
  std::string_view digits = text;
  if (!digits.empty() && (digits[0] == '+' || digits[0] == '-')) digits.remove_prefix(1);
  // from_chars would also take "inf" and "nan".
  if (digits.empty() || !(is_digit(digits[0]) || digits[0] == '.')) return std::nullopt;
  double number = 0;
  const char* end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, number);
  if (rest != end) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    if (!is_tiny(digits)) return std::nullopt;
    number = 0;
  } else if (error != std::errc()) {
    return std::nullopt;
  }
  return text[0] == '-' ? -number : number;
}

std::optional<Value> parse_json_number(std::string_view text) {
  if (text == "-0") return Value(-0.0);  // what append_double writes for it
  if (text.find_first_of(".eE") == std::string_view::npos) {
    const char* end = text.data() + text.size();
    int64_t integer = 0;
    if (auto [rest, error] = std::from_chars(text.data(), end, integer); error == std::errc()) {
      return Value(integer);
    }
    uint64_t natural = 0;
    if (auto [rest, error] = std::from_chars(text.data(), end, natural);
        error == std::errc() && rest == end) {
      return Value(natural);
    }
  }
  const std::optional<double> number = parse_double(text);
  if (!number) return std::nullopt;
  return Value(*number);
}

void append_double(std::string& out, double number) {
  if (std::isnan(number)) {
    out.append("\"NaN\"");
    return;
  }
  if (std::isinf(number)) {
    out.append(number < 0 ? "\"-Infinity\"" : "\"Infinity\"");
    return;
  }
  char buffer[400];  // the longest fixed form below 1e21 is far shorter
  const double size = std::fabs(number);
  const bool scientific = size != 0 && (size < 1e-6 || size >= 1e21);
  const auto format = scientific ? std::chars_format::scientific : std::chars_format::fixed;
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, number, format);
  std::string_view text(buffer, static_cast<size_t>(result.ptr - buffer));
  // encoding/json writes e-9 where to_chars writes e-09.
  const size_t exponent = text.find("e-0");
  if (exponent == std::string_view::npos) {
    out.append(text);
  } else {
    out.append(text.substr(0, exponent + 2)).append(text.substr(exponent + 3));
  }
}

}  // namespace mesh::document
