// canonical_quantity (go_json.h): apimachinery's resource.Quantity, CanonicalizeBytes.
#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "libmesh/injection/pod/go_json.h"

namespace mesh::injection {
namespace {

constexpr std::string_view kDecimal = "num kMGTPE";  // 10^-9 … 10^18; a space is none
constexpr std::string_view kBinary = "KMGTPE";

struct Suffix {
  bool binary = false;
  bool exponent_form = false;  // "1e3"
  int exponent = 0;            // of 10, or of 1024
};

std::optional<Suffix> parse_suffix(std::string_view text) {
  Suffix out;
  if (text.empty()) return out;
  if (text.size() == 2 && text[1] == 'i') {
    const size_t place = kBinary.find(text[0]);
    if (place == std::string_view::npos) return std::nullopt;
    return Suffix{true, false, static_cast<int>(place) + 1};
  }
  const size_t place = kDecimal.find(text[0]);
  if (text.size() == 1 && text[0] != ' ' && place != std::string_view::npos) {
    return Suffix{false, false, static_cast<int>(place) * 3 - 9};
  }
  if (text[0] != 'e' && text[0] != 'E') return std::nullopt;
  text.remove_prefix(text.size() > 1 && text[1] == '+' ? 2 : 1);
  out.exponent_form = true;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out.exponent);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

// digits without a point, and how many of them stood behind it.
bool parse_digits(std::string_view text, int64_t& number, int& fraction) {
  bool point = false;
  for (char c : text) {
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9' || number > (std::numeric_limits<int64_t>::max() - 9) / 10) return false;
    number = number * 10 + (c - '0');
    if (point) ++fraction;
  }
  return true;
}

bool scale(int64_t& number, int64_t factor, int times) {
  for (int i = 0; i < times; ++i) {
    if (number > std::numeric_limits<int64_t>::max() / factor) return false;
    number *= factor;
  }
  return true;
}

// number * 10^exponent in steps of a thousand.
std::optional<std::string> decimal_text(int64_t number, int exponent, bool exponent_form) {
  while (number % 10 == 0 && number != 0) {
    number /= 10;
    ++exponent;
  }
  if (number == 0) return "0";
  while (exponent < -9) {  // nothing is finer than a billionth; rounded up
    number = (number + 9) / 10;
    ++exponent;
  }
  while (number % 10 == 0) {
    number /= 10;
    ++exponent;
  }
  const int down = ((exponent % 3) + 3) % 3;
  if (!scale(number, 10, down)) return std::nullopt;
  exponent -= down;
  std::string out = std::to_string(number);
  if (exponent == 0) return out;
  if (exponent_form) return out + "e" + std::to_string(exponent);
  if (exponent > 18) return std::nullopt;
  return out + kDecimal[static_cast<size_t>((exponent + 9) / 3)];
}

std::optional<std::string> binary_text(int64_t number, int fraction, int exponent) {
  if (!scale(number, 1024, exponent)) return std::nullopt;
  int64_t divisor = 1;
  if (!scale(divisor, 10, fraction)) return std::nullopt;
  if (number < 1024 * divisor) return decimal_text(number, -fraction, false);
  number = number / divisor + (number % divisor == 0 ? 0 : 1);
  size_t steps = 0;
  while (number % 1024 == 0 && steps < kBinary.size()) {
    number /= 1024;
    ++steps;
  }
  std::string out = std::to_string(number);
  return steps == 0 ? out : out + kBinary[steps - 1] + "i";
}

}  // namespace

std::string canonical_quantity(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  const size_t end = std::min(rest.find_first_not_of("0123456789."), rest.size());
  int64_t number = 0;
  int fraction = 0;
  const auto suffix = parse_suffix(rest.substr(end));
  if (!suffix || end == 0 || !parse_digits(rest.substr(0, end), number, fraction)) {
    return std::string(text);
  }
  const auto canonical =
      suffix->binary ? binary_text(number, fraction, suffix->exponent)
                     : decimal_text(number, suffix->exponent - fraction, suffix->exponent_form);
  if (!canonical) return std::string(text);
  return negative && *canonical != "0" ? "-" + *canonical : *canonical;
}

}  // namespace mesh::injection
