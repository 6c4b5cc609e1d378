#include "libmesh/document/scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>

#include "libmesh/document/numbers.h"
#include "libmesh/document/utf8.h"

namespace mesh::document {
namespace {

constexpr std::string_view kTagPrefix = "tag:yaml.org,2002:";

// What resolve.go calls a tag; kOther is one it does not look at.
enum class Kind : uint8_t { kNull, kBool, kInt, kFloat, kString, kTimestamp, kBinary, kOther };

struct Resolved {
  Kind kind = Kind::kString;
  Value value;           // of kInt, kBool, and kFloat where finite
  bool in_json = true;   // false for infinities and NaN
  std::string_view key;  // of those, as a key
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Word {
  std::string_view text;
  Kind kind;
  bool truth;
};

// resolve.go, resolveMapList.
constexpr std::array kWords = {
    Word{"y", Kind::kBool, true},      Word{"Y", Kind::kBool, true},
    Word{"yes", Kind::kBool, true},    Word{"Yes", Kind::kBool, true},
    Word{"YES", Kind::kBool, true},    Word{"true", Kind::kBool, true},
    Word{"True", Kind::kBool, true},   Word{"TRUE", Kind::kBool, true},
    Word{"on", Kind::kBool, true},     Word{"On", Kind::kBool, true},
    Word{"ON", Kind::kBool, true},     Word{"n", Kind::kBool, false},
    Word{"N", Kind::kBool, false},     Word{"no", Kind::kBool, false},
    Word{"No", Kind::kBool, false},    Word{"NO", Kind::kBool, false},
    Word{"false", Kind::kBool, false}, Word{"False", Kind::kBool, false},
    Word{"FALSE", Kind::kBool, false}, Word{"off", Kind::kBool, false},
    Word{"Off", Kind::kBool, false},   Word{"OFF", Kind::kBool, false},
    Word{"~", Kind::kNull, false},     Word{"null", Kind::kNull, false},
    Word{"Null", Kind::kNull, false},  Word{"NULL", Kind::kNull, false},
};

std::optional<Resolved> resolve_word(std::string_view text) {
  if (text.empty()) return Resolved{Kind::kNull, Value(), true, {}};
  if (text.size() > 5) return std::nullopt;
  for (const Word& word : kWords) {
    if (word.text != text) continue;
    if (word.kind == Kind::kNull) return Resolved{Kind::kNull, Value(), true, {}};
    return Resolved{Kind::kBool, Value(word.truth), true, {}};
  }
  return std::nullopt;
}

std::optional<Resolved> resolve_not_in_json(std::string_view text) {
  const bool negative = !text.empty() && text[0] == '-';
  std::string_view word = text;
  if (negative || (!text.empty() && text[0] == '+')) word.remove_prefix(1);
  if (word == ".inf" || word == ".Inf" || word == ".INF") {
    return Resolved{Kind::kFloat, Value(), false, negative ? "-.inf" : ".inf"};
  }
  if (text == ".nan" || text == ".NaN" || text == ".NAN") {
    return Resolved{Kind::kFloat, Value(), false, ".nan"};
  }
  return std::nullopt;
}

// strconv.ParseUint(text, 0, 64), underscores gone already.
std::optional<uint64_t> parse_natural(std::string_view text) {
  int base = 10;
  if (text.size() >= 3 && text[0] == '0') {
    const char prefix = static_cast<char>(text[1] | 0x20);
    if (prefix == 'b') base = 2;
    if (prefix == 'o') base = 8;
    if (prefix == 'x') base = 16;
    if (base != 10) text.remove_prefix(2);
  }
  if (base == 10 && text.size() >= 2 && text[0] == '0') {
    base = 8;
    text.remove_prefix(1);
  }
  uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

// strconv.ParseInt(text, 0, 64).
std::optional<int64_t> parse_integer(std::string_view text) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative || (!text.empty() && text[0] == '+')) text.remove_prefix(1);
  const std::optional<uint64_t> size = parse_natural(text);
  constexpr uint64_t kMin = uint64_t{1} << 63;
  if (!size || *size > kMin || (*size == kMin && !negative)) return std::nullopt;
  return negative ? static_cast<int64_t>(~*size + 1) : static_cast<int64_t>(*size);
}

// strconv.ParseInt(text, 2, 64) of what follows "0b", where resolve.go also lets a sign pass.
std::optional<int64_t> parse_signed_binary(std::string_view text) {
  bool negative = text.substr(0, 1) == "-";
  if (negative) text.remove_prefix(1);
  if (text.substr(0, 2) != "0b") return std::nullopt;
  text.remove_prefix(2);
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    if (negative) return std::nullopt;
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const std::string digits = "0b" + std::string(text);
  if (text.empty() || !(text[0] == '0' || text[0] == '1')) return std::nullopt;
  return parse_integer(negative ? "-" + digits : digits);
}

// resolve.go, yamlStyleFloat: [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool is_yaml_float(std::string_view text) {
  size_t i = 0;
  const auto digits = [&] {
    const size_t begin = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i - begin;
  };
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
  const size_t before = digits();
  size_t after = 0;
  if (i < text.size() && text[i] == '.') {
    ++i;
    after = digits();
  }
  if (before + after == 0) return false;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

std::optional<Resolved> resolve_float(std::string_view text) {
  if (!is_yaml_float(text)) return std::nullopt;
  const std::optional<double> number = parse_double(text);
  if (!number) return std::nullopt;
  return Resolved{Kind::kFloat, Value(*number), true, {}};
}

std::optional<Resolved> resolve_number(std::string_view text) {
  std::string plain(text);
  plain.erase(std::remove(plain.begin(), plain.end(), '_'), plain.end());
  if (const auto integer = parse_integer(plain)) {
    return Resolved{Kind::kInt, Value(*integer), true, {}};
  }
  if (const auto natural = parse_natural(plain)) {
    return Resolved{Kind::kInt, Value(*natural), true, {}};
  }
  if (auto number = resolve_float(plain)) return number;
  if (const auto integer = parse_signed_binary(plain)) {
    return Resolved{Kind::kInt, Value(*integer), true, {}};
  }
  return std::nullopt;
}

// strconv.ParseFloat of what begins with a point: an underscore may stand between two digits.
std::optional<Resolved> resolve_fraction(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      plain.push_back(text[i]);
    } else if (i + 1 == text.size() || !is_digit(text[i - 1]) || !is_digit(text[i + 1])) {
      return std::nullopt;
    }
  }
  return resolve_float(plain);
}

// resolve.go, resolve: the first byte decides what a text can be at all.
Resolved resolve(std::string_view text) {
  const char hint = text.empty() ? '~' : text[0];
  switch (hint) {
    case 'y':
    case 'Y':
    case 'n':
    case 'N':
    case 't':
    case 'T':
    case 'f':
    case 'F':
    case 'o':
    case 'O':
    case '~':
      if (auto word = resolve_word(text)) return *word;
      break;
    case '.':
      if (auto special = resolve_not_in_json(text)) return *special;
      if (auto number = resolve_fraction(text)) return *number;
      break;
    case '+':
    case '-':
      if (auto special = resolve_not_in_json(text)) return *special;
      [[fallthrough]];
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
      if (auto number = resolve_number(text)) return *number;
      break;
  }
  return Resolved{Kind::kString, Value(text), true, {}};
}

// A double reaches the API server as JSON text, where 1e3 is written 1000 and read as an integer.
// encoding/json writes the shortest digits and fills up with zeros, so above 2^53 the integer is
// not that of the double.
Value through_json(const Value& value) {
  const double* number = value.if_double();
  if (number == nullptr || std::trunc(*number) != *number || std::fabs(*number) >= 1e21) {
    return value;
  }
  char buffer[40];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, *number, std::chars_format::scientific).ptr;
  const std::string_view text(buffer, static_cast<size_t>(end - buffer));
  const size_t mark = text.find('e');
  size_t exponent = 0;  // not negative, the number being an integer
  std::from_chars(text.data() + mark + 2, end, exponent);
  std::string digits;
  for (char c : text.substr(0, mark)) {
    if (c != '.') digits.push_back(c);
  }
  digits.resize(exponent + (digits[0] == '-' ? 2 : 1), '0');
  const std::optional<int64_t> integer = parse_integer(digits);
  return integer ? Value(*integer) : value;
}

Scalar to_scalar(Resolved resolved) {
  if (!resolved.in_json) return NotInJson{};
  return through_json(resolved.value);
}

Kind kind_of_tag(std::string_view tag) {
  if (tag.substr(0, kTagPrefix.size()) != kTagPrefix) return Kind::kOther;
  const std::string_view name = tag.substr(kTagPrefix.size());
  if (name == "str") return Kind::kString;
  if (name == "bool") return Kind::kBool;
  if (name == "int") return Kind::kInt;
  if (name == "float") return Kind::kFloat;
  if (name == "null") return Kind::kNull;
  if (name == "timestamp") return Kind::kTimestamp;
  if (name == "binary") return Kind::kBinary;
  return Kind::kOther;
}

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (is_digit(c)) return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

// base64.StdEncoding, which skips line ends and demands the padding.
std::optional<std::string> decode_base64(std::string_view text) {
  std::string out;
  uint32_t bits = 0;
  size_t digits = 0;
  size_t padding = 0;
  for (char c : text) {
    if (c == '\n' || c == '\r') continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const int digit = base64_digit(c);
    if (digit < 0 || padding > 0) return std::nullopt;
    bits = (bits << 6) | static_cast<uint32_t>(digit);
    if (++digits % 4 != 0) continue;
    out.push_back(static_cast<char>(bits >> 16));
    out.push_back(static_cast<char>(bits >> 8));
    out.push_back(static_cast<char>(bits));
  }
  const size_t rest = digits % 4;
  if (rest == 1 || padding != (4 - rest) % 4) return std::nullopt;
  if (rest == 2) out.push_back(static_cast<char>(bits >> 4));
  if (rest == 3) {
    out.push_back(static_cast<char>(bits >> 10));
    out.push_back(static_cast<char>(bits >> 2));
  }
  return out;
}

std::variant<Resolved, WrongTag> resolve_with_tag(std::string_view tag, std::string_view text) {
  const Kind wanted = kind_of_tag(tag);
  const Resolved as_text{Kind::kString, Value(text), true, {}};
  if (wanted == Kind::kString || wanted == Kind::kOther) return as_text;
  if (wanted == Kind::kBinary) {
    auto bytes = decode_base64(text);
    if (!bytes) return WrongTag{"the !!binary value is not base64"};
    // encoding/json writes U+FFFD for what is not UTF-8.
    return Resolved{Kind::kString, Value(to_valid_utf8(*bytes)), true, {}};
  }
  // go-yaml keeps a timestamp's text where no time is asked for. (It refuses a text that is none;
  // nobody tags timestamps, so that is not looked at here.)
  Resolved resolved = resolve(text);
  if (wanted == Kind::kTimestamp && resolved.kind == Kind::kString) return as_text;
  if (wanted == Kind::kFloat && resolved.kind == Kind::kInt && resolved.value.if_int() != nullptr) {
    return Resolved{Kind::kFloat, Value(static_cast<double>(*resolved.value.if_int())), true, {}};
  }
  if (resolved.kind == wanted) return resolved;
  return WrongTag{"the text \"" + std::string(text) + "\" is no !!" +
                  std::string(tag.substr(kTagPrefix.size()))};
}

// strconv.FormatFloat(number, 'g', -1, 32), which sigs.k8s.io/yaml takes for keys.
std::string format_key(double number) {
  const float narrow = static_cast<float>(number);
  if (std::isinf(narrow)) return narrow < 0 ? "-.inf" : ".inf";
  char buffer[64];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, narrow, std::chars_format::scientific).ptr;
  const std::string_view text(buffer, static_cast<size_t>(end - buffer));
  const size_t mark = text.find('e');
  int exponent = 0;
  const size_t sign = text[mark + 1] == '+' ? 2 : 1;
  std::from_chars(text.data() + mark + sign, end, exponent);
  if (exponent < -4 || exponent >= 6) return std::string(text);  // ftoa.go, %g, shortest
  const auto fixed =
      std::to_chars(buffer, buffer + sizeof buffer, narrow, std::chars_format::fixed).ptr;
  return std::string(buffer, static_cast<size_t>(fixed - buffer));
}

}  // namespace

Scalar resolve_plain(std::string_view text) { return to_scalar(resolve(text)); }

Scalar resolve_tagged(std::string_view tag, std::string_view text) {
  auto resolved = resolve_with_tag(tag, text);
  if (auto* wrong = std::get_if<WrongTag>(&resolved)) return std::move(*wrong);
  return to_scalar(std::get<Resolved>(std::move(resolved)));
}

std::variant<std::string, WrongTag> key_of(std::string_view tag, std::string_view text) {
  auto result =
      tag.empty() ? std::variant<Resolved, WrongTag>(resolve(text)) : resolve_with_tag(tag, text);
  if (auto* wrong = std::get_if<WrongTag>(&result)) return std::move(*wrong);
  const Resolved& resolved = std::get<Resolved>(result);
  const Value& value = resolved.value;
  if (!resolved.in_json) return std::string(resolved.key);
  if (const std::string* string = value.if_string()) return *string;
  if (const bool* truth = value.if_bool()) return std::string(*truth ? "true" : "false");
  if (const int64_t* integer = value.if_int()) return std::to_string(*integer);
  if (const double* number = value.if_double()) return format_key(*number);
  return WrongTag{value.is_null() ? "a key cannot be null" : "the key is too large a number"};
}

bool resolves_to_itself(std::string_view text) { return resolve(text).kind == Kind::kString; }

}  // namespace mesh::document
