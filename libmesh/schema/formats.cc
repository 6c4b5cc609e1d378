#include "libmesh/schema/formats.h"

#include <array>
#include <cstdint>
#include <limits>

namespace mesh::schema {
namespace {

__extension__ typedef __int128 Wide;

constexpr int64_t kNanosPerSecond = 1'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads from the front of a text.
struct Cursor {
  std::string_view rest;

  bool take(char c) {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  std::string_view digits() {
    size_t n = 0;
    while (n < rest.size() && is_digit(rest[n])) ++n;
    const std::string_view found = rest.substr(0, n);
    rest.remove_prefix(n);
    return found;
  }
  // Exactly `count` digits.
  std::optional<int> number(size_t count) {
    if (rest.size() < count) return std::nullopt;
    int value = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!is_digit(rest[i])) return std::nullopt;
      value = value * 10 + (rest[i] - '0');
    }
    rest.remove_prefix(count);
    return value;
  }
};

struct Unit {
  std::string_view name;
  int64_t nanos;
};
// Longer names first: "ms" before "m".
constexpr Unit kUnits[] = {
    {"ns", 1},
    {"us", 1000},
    {"\u00b5s", 1000},
    {"\u03bcs", 1000},
    {"ms", 1'000'000},
    {"s", kNanosPerSecond},
    {"m", 60 * kNanosPerSecond},
    {"h", 3600 * kNanosPerSecond},
};

// One "1.5s" of a duration, in nanoseconds.
std::optional<Wide> duration_part(Cursor& in) {
  const std::string_view whole = in.digits();
  const std::string_view fraction = in.take('.') ? in.digits() : std::string_view();
  if (whole.empty() && fraction.empty()) return std::nullopt;
  for (const Unit& unit : kUnits) {
    if (!in.rest.starts_with(unit.name)) continue;
    in.rest.remove_prefix(unit.name.size());
    Wide nanos = 0;
    for (const char c : whole) {
      nanos = nanos * 10 + (c - '0');
      if (nanos > Wide{1} << 63) return std::nullopt;
    }
    nanos *= unit.nanos;
    Wide scaled = 0;
    Wide scale = 1;
    for (const char c : fraction.substr(0, 18)) {
      scaled = scaled * 10 + (c - '0');
      scale *= 10;
    }
    return nanos + scaled * unit.nanos / scale;
  }
  return std::nullopt;
}

// Days since 1970-01-01 in the Gregorian calendar.
int64_t days_from_civil(int64_t year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

int days_in_month(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

// "Z" or "+02:00", in seconds east of UTC.
std::optional<int64_t> zone(Cursor& in) {
  if (in.take('Z') || in.take('z')) return 0;
  const bool west = in.take('-');
  if (!west && !in.take('+')) return std::nullopt;
  const auto hours = in.number(2);
  if (!hours || *hours > 23 || !in.take(':')) return std::nullopt;
  const auto minutes = in.number(2);
  if (!minutes || *minutes > 59) return std::nullopt;
  const int64_t seconds = *hours * 3600 + *minutes * 60;
  return west ? -seconds : seconds;
}

int base64_digit(char c, bool relaxed) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (is_digit(c)) return c - '0' + 52;
  if (c == '+' || (relaxed && c == '-')) return 62;
  if (c == '/' || (relaxed && c == '_')) return 63;
  return -1;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  Cursor in{text};
  const bool negative = in.take('-');
  if (!negative) in.take('+');
  if (in.rest == "0") return Duration{};
  if (in.rest.empty()) return std::nullopt;
  Wide total = 0;
  while (!in.rest.empty()) {
    const auto part = duration_part(in);
    if (!part) return std::nullopt;
    total += *part;
    // The most negative duration has no positive counterpart, and Go takes it.
    if (total > Wide{std::numeric_limits<int64_t>::max()} + (negative ? 1 : 0)) return std::nullopt;
  }
  const auto nanos = static_cast<int64_t>(negative ? -total : total);
  return Duration{nanos / kNanosPerSecond, static_cast<int32_t>(nanos % kNanosPerSecond)};
}

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  Cursor in{text};
  const auto year = in.number(4);
  if (!year || !in.take('-')) return std::nullopt;
  const auto month = in.number(2);
  if (!month || *month < 1 || *month > 12 || !in.take('-')) return std::nullopt;
  const auto day = in.number(2);
  if (!day || *day < 1 || *day > days_in_month(*year, *month)) return std::nullopt;
  if (!in.take('T') && !in.take('t')) return std::nullopt;
  const auto hour = in.number(2);
  if (!hour || *hour > 23 || !in.take(':')) return std::nullopt;
  const auto minute = in.number(2);
  if (!minute || *minute > 59 || !in.take(':')) return std::nullopt;
  const auto second = in.number(2);
  if (!second || *second > 59) return std::nullopt;
  int32_t nanos = 0;
  if (in.take('.')) {
    const std::string_view fraction = in.digits();
    if (fraction.empty()) return std::nullopt;
    int32_t scale = 100'000'000;
    for (const char c : fraction.substr(0, 9)) {
      nanos += (c - '0') * scale;
      scale /= 10;
    }
  }
  const auto east = zone(in);
  if (!east || !in.rest.empty()) return std::nullopt;
  const int64_t seconds =
      days_from_civil(*year, *month, *day) * 86400 + *hour * 3600 + *minute * 60 + *second - *east;
  return Timestamp{seconds, nanos};
}

bool is_quantity(std::string_view text) {
  if (text.empty()) return false;
  Cursor in{text};
  if (!in.take('-')) in.take('+');
  in.digits();
  if (in.take('.')) in.digits();
  constexpr std::string_view kSuffixes[] = {"",  "n", "u",  "m",  "k",  "M",  "G",  "T",
                                            "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
  for (const std::string_view suffix : kSuffixes) {
    if (in.rest == suffix) return true;
  }
  if (!in.take('e') && !in.take('E')) return false;
  if (!in.take('-')) in.take('+');
  return !in.digits().empty() && in.rest.empty();
}

std::optional<std::string> decode_base64(std::string_view text, bool relaxed) {
  std::string out;
  out.reserve(text.size() / 4 * 3);
  uint32_t bits = 0;
  int held = 0;  // characters of the quantum that is under way
  size_t padding = 0;
  for (const char c : text) {
    if (c == '\r' || c == '\n') continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const int digit = base64_digit(c, relaxed);
    if (digit < 0 || padding > 0) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    if (++held < 4) continue;
    for (const int shift : {16, 8, 0}) out.push_back(static_cast<char>(bits >> shift));
    bits = 0;
    held = 0;
  }
  const size_t expected = held == 0 ? 0 : static_cast<size_t>(4 - held);
  if (held == 1 || (padding != expected && !(relaxed && padding == 0))) return std::nullopt;
  if (held >= 2) out.push_back(static_cast<char>(bits >> (held == 2 ? 4 : 10)));
  if (held == 3) out.push_back(static_cast<char>(bits >> 2));
  return out;
}

}  // namespace mesh::schema
