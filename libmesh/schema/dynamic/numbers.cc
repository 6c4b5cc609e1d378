#include "libmesh/schema/dynamic/numbers.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>

namespace mesh::schema {
namespace {

using document::Value;

// As encoding/json prints a double: plain digits from 1e-6 to 1e21, the shortest that read back as the same number.
std::string go_text(double number) {
  char digits[64];
  const double size = std::fabs(number);
  const auto end =
      std::to_chars(digits, digits + sizeof digits, number, std::chars_format::scientific);
  std::string text(digits, end.ptr);
  if (size != 0 && (size < 1e-6 || size >= 1e21)) return text;
  const size_t e = text.find('e');
  int exponent = std::stoi(text.substr(e + 1));
  std::string sign = text[0] == '-' ? "-" : "";
  std::string mantissa;
  for (char c : text.substr(0, e)) {
    if (c >= '0' && c <= '9') mantissa += c;
  }
  if (exponent < 0) {
    return sign + "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + mantissa;
  }
  const auto whole = static_cast<size_t>(exponent) + 1;
  if (mantissa.size() <= whole) return sign + mantissa + std::string(whole - mantissa.size(), '0');
  return sign + mantissa.substr(0, whole) + "." + mantissa.substr(whole);
}

// The form of a number in JSON: no plus sign, no superfluous zero.
bool is_json_number(std::string_view text) {
  if (!text.empty() && text[0] == '-') text.remove_prefix(1);
  const auto digits = [&] {
    size_t n = 0;
    while (n < text.size() && text[n] >= '0' && text[n] <= '9') ++n;
    text.remove_prefix(n);
    return n > 0;
  };
  const bool zero = !text.empty() && text[0] == '0';
  if (zero) {
    text.remove_prefix(1);
  } else if (!digits()) {
    return false;
  }
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    if (!digits()) return false;
  }
  if (!text.empty() && (text[0] == 'e' || text[0] == 'E')) {
    text.remove_prefix(1);
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
    if (!digits()) return false;
  }
  return text.empty();
}

// False when the value is no number; "null" in quotes is a zero, as jsonpb only strips the quotes.
bool text_of(const Value& value, std::string& out) {
  using document::Type;
  switch (value.type()) {
    case Type::kInt:
    case Type::kUint:
    case Type::kDouble:
      out = go_text(number_of(value));
      return true;
    case Type::kString:
      out = *value.if_string() == "null" ? "0" : *value.if_string();
      return is_json_number(out);
    case Type::kNull:
    case Type::kBool:
    case Type::kList:
    case Type::kMap:
      return false;
  }
  return false;
}

template <typename T>
bool parse(const std::string& text, T& out) {
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, out);
  return read.ec == std::errc() && read.ptr == end;
}

template <typename T>
bool integer(const Value& value, T& out) {
  std::string text;
  if (!text_of(value, text)) return false;
  // "-0" is what Go prints of a negative zero; it reads it for signed fields only.
  return parse(text, out);
}

template <typename T>
bool real(const Value& value, T& out) {
  if (const std::string* text = value.if_string()) {
    if (*text == "NaN") return out = std::numeric_limits<T>::quiet_NaN(), true;
    if (*text == "Infinity") return out = std::numeric_limits<T>::infinity(), true;
    if (*text == "-Infinity") return out = -std::numeric_limits<T>::infinity(), true;
  }
  std::string text;
  if (!text_of(value, text)) return false;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, out);
  if (read.ec == std::errc::result_out_of_range) {
    // Too small is zero, too large is none.
    double wide = 0;
    const auto again = std::from_chars(text.data(), end, wide);
    const size_t e = text.find_first_of("eE");
    const bool tiny = again.ec == std::errc() ? std::fabs(wide) < 1
                                              : e != std::string::npos && text[e + 1] == '-';
    return tiny && (out = 0, true);
  }
  return read.ec == std::errc() && read.ptr == end;
}

}  // namespace

double number_of(const Value& value) {
  if (const int64_t* number = value.if_int()) return static_cast<double>(*number);
  if (const uint64_t* number = value.if_uint()) return static_cast<double>(*number);
  if (const double* number = value.if_double()) return *number;
  return 0;
}

bool read_integer(const Value& value, int32_t& out) { return integer(value, out); }
bool read_integer(const Value& value, int64_t& out) { return integer(value, out); }
bool read_integer(const Value& value, uint32_t& out) { return integer(value, out); }
bool read_integer(const Value& value, uint64_t& out) { return integer(value, out); }
bool read_real(const Value& value, float& out) { return real(value, out); }
bool read_real(const Value& value, double& out) { return real(value, out); }

}  // namespace mesh::schema
