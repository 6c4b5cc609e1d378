// sprig's numbers (numeric.go) and durations (date.go).
#include <algorithm>
#include <cmath>

#include "libmesh/injection/template/functions.h"
#include "libmesh/injection/template/go_numbers.h"
#include "libmesh/injection/template/go_text.h"

namespace mesh::injection {
namespace {

const GoTypes& types() { return GoTypes::get(); }
GoValue int64_value(int64_t value) { return go_typed_int(types().int64, value); }
// Overflow wraps, as Go's does.
int64_t wrap(uint64_t value) { return static_cast<int64_t>(value); }
uint64_t bits(int64_t value) { return static_cast<uint64_t>(value); }

GoValue atoi(const GoCall& call) { return go_int(parse_go_int(call.text(0), 10).value_or(0)); }
GoValue to_int(const GoCall& call) { return go_int(go_to_int64(call[0])); }
GoValue to_int64(const GoCall& call) { return int64_value(go_to_int64(call[0])); }
GoValue to_float64(const GoCall& call) { return go_float(go_to_float64(call[0])); }

GoValue to_decimal(const GoCall& call) {
  std::string text;
  go_sprint(call.arena, text, call.arguments);
  return int64_value(parse_go_int(text, 8).value_or(0));
}

GoValue add(const GoCall& call) {
  uint64_t sum = 0;
  for (const GoValue& value : call.arguments) sum += bits(go_to_int64(value));
  return int64_value(wrap(sum));
}

GoValue add1(const GoCall& call) { return int64_value(wrap(bits(go_to_int64(call[0])) + 1)); }

GoValue sub(const GoCall& call) {
  return int64_value(wrap(bits(go_to_int64(call[0])) - bits(go_to_int64(call[1]))));
}

GoValue mul(const GoCall& call) {
  uint64_t product = 1;
  for (const GoValue& value : call.arguments) product *= bits(go_to_int64(value));
  return int64_value(wrap(product));
}

int64_t divisor(const GoCall& call) {
  const int64_t value = go_to_int64(call[1]);
  if (value == 0) go_fail("runtime error: integer divide by zero");
  return value;
}

GoValue div(const GoCall& call) {
  const int64_t a = go_to_int64(call[0]);
  const int64_t b = divisor(call);
  return int64_value(b == -1 ? wrap(~bits(a) + 1) : a / b);
}

GoValue mod(const GoCall& call) {
  const int64_t b = divisor(call);
  return int64_value(b == -1 ? 0 : go_to_int64(call[0]) % b);
}

// sprig calculates in decimals: 0.1 + 0.2 is 0.3. The sum of doubles, rounded to the digits that a
// double can carry, is that for all but the longest fractions.
double decimal(double value) {
  if (!std::isfinite(value)) return 0;
  std::string text;
  append_go_float(text, value, 'e', 14);
  const double rounded = parse_go_float(text).value_or(value);
  return std::abs(rounded - value) <= std::abs(value) * 4e-16 ? rounded : value;
}

template <typename Operation>
GoValue decimals(double first, std::span<const GoValue> rest, Operation operation) {
  double value = first;
  for (const GoValue& item : rest) value = decimal(operation(value, go_to_float64(item)));
  return go_float(value);
}

GoValue addf(const GoCall& call) {
  return decimals(0, call.arguments, [](double a, double b) { return a + b; });
}
GoValue add1f(const GoCall& call) { return go_float(decimal(go_to_float64(call[0]) + 1)); }
GoValue subf(const GoCall& call) {
  return decimals(go_to_float64(call[0]), call.arguments.subspan(1),
                  [](double a, double b) { return a - b; });
}
GoValue mulf(const GoCall& call) {
  return decimals(go_to_float64(call[0]), call.arguments.subspan(1),
                  [](double a, double b) { return a * b; });
}
GoValue divf(const GoCall& call) {
  double value = go_to_float64(call[0]);
  for (const GoValue& item : call.arguments.subspan(1)) {
    const double by = go_to_float64(item);
    if (by == 0) go_fail("decimal division by 0");
    value /= by;
  }
  return go_float(value);
}

GoValue max(const GoCall& call) {
  int64_t best = go_to_int64(call[0]);
  for (const GoValue& value : call.arguments) best = std::max(best, go_to_int64(value));
  return int64_value(best);
}
GoValue min(const GoCall& call) {
  int64_t best = go_to_int64(call[0]);
  for (const GoValue& value : call.arguments) best = std::min(best, go_to_int64(value));
  return int64_value(best);
}
GoValue maxf(const GoCall& call) {
  double best = go_to_float64(call[0]);
  for (const GoValue& value : call.arguments) best = std::max(best, go_to_float64(value));
  return go_float(best);
}
GoValue minf(const GoCall& call) {
  double best = go_to_float64(call[0]);
  for (const GoValue& value : call.arguments) best = std::min(best, go_to_float64(value));
  return go_float(best);
}

GoValue ceil(const GoCall& call) { return go_float(std::ceil(go_to_float64(call[0]))); }
GoValue floor(const GoCall& call) { return go_float(std::floor(go_to_float64(call[0]))); }

GoValue round(const GoCall& call) {
  const double on = call.size() > 2 ? call[2].number : 0.5;
  const double power = std::pow(10, static_cast<double>(call.integer(1)));
  const double digit = power * go_to_float64(call[0]);
  double whole = 0;
  const double fraction = std::modf(digit, &whole);
  return go_float((fraction >= on ? std::ceil(digit) : std::floor(digit)) / power);
}

GoValue duration(const GoCall& call) {
  int64_t seconds = 0;
  if (call[0].kind() == GoKind::kString) {
    seconds = parse_go_int(call.text(0), 10).value_or(0);
  } else if (call[0].type == types().int64) {
    seconds = call.integer(0);
  }
  return call.string(go_duration_text(wrap(bits(seconds) * 1'000'000'000u)));
}

GoValue duration_round(const GoCall& call) {
  int64_t nanos = 0;
  if (call[0].kind() == GoKind::kString) {
    nanos = parse_go_duration(call.text(0)).value_or(0);
  } else if (call[0].type == types().int64) {
    nanos = call.integer(0);
  }
  const uint64_t size = nanos < 0 ? ~bits(nanos) + 1 : bits(nanos);
  constexpr uint64_t kHour = 3'600'000'000'000;
  const std::pair<uint64_t, std::string_view> units[] = {
      {kHour * 24 * 365, "y"}, {kHour * 24 * 30, "mo"}, {kHour * 24, "d"}, {kHour, "h"},
      {60'000'000'000, "m"},   {1'000'000'000, "s"}};
  for (const auto& [unit, name] : units) {
    if (size > unit) return call.string(std::to_string(size / unit) + std::string(name));
  }
  return go_string("0s");
}

constexpr GoFunction kFunctions[] = {
    {"atoi", "s", atoi},
    {"int", "a", to_int},
    {"int64", "a", to_int64},
    {"float64", "a", to_float64},
    {"toDecimal", "a", to_decimal},
    {"add", "a*", add},
    {"add1", "a", add1},
    {"sub", "aa", sub},
    {"mul", "aa*", mul},
    {"div", "aa", div},
    {"mod", "aa", mod},
    {"addf", "a*", addf},
    {"add1f", "a", add1f},
    {"subf", "aa*", subf},
    {"mulf", "aa*", mulf},
    {"divf", "aa*", divf},
    {"max", "aa*", max},
    {"biggest", "aa*", max},
    {"min", "aa*", min},
    {"maxf", "aa*", maxf},
    {"minf", "aa*", minf},
    {"ceil", "a", ceil},
    {"floor", "a", floor},
    {"round", "aif*", round},
    {"duration", "a", duration},
    {"durationRound", "a", duration_round},
};

}  // namespace

std::span<const GoFunction> go_number_functions() { return kFunctions; }

}  // namespace mesh::injection
