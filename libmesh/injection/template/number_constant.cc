#include "libmesh/injection/template/number_constant.h"

#include <cmath>
#include <string>

#include "libmesh/injection/template/go_numbers.h"

namespace mesh::injection {
namespace {

Error constant_error(std::string_view what, std::string_view text) {
  std::string message(what);
  append_go_quoted(message, text);
  return Error{ErrorCode::kParse, std::move(message)};
}

GoNumber of_rune(char32_t rune) {
  GoNumber made;
  made.is_int = made.is_uint = made.is_float = true;
  made.integer = static_cast<int64_t>(rune);
  made.natural = rune;
  made.number = static_cast<double>(rune);
  return made;
}

bool looks_like_float(std::string_view text) {
  const bool hex = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') &&
                   text.find_first_of("pP") == std::string_view::npos;
  return !hex && text.find_first_of(".eEpP") != std::string_view::npos;
}

void read_float(GoNumber& made, double value) {
  made.is_float = true;
  made.number = value;
  if (value >= -9.2e18 && value <= 9.2e18 && std::trunc(value) == value) {
    made.is_int = true;
    made.integer = static_cast<int64_t>(value);
  }
  if (value >= 0 && value <= 1.8e19 && std::trunc(value) == value) {
    made.is_uint = true;
    made.natural = static_cast<uint64_t>(value);
  }
}

}  // namespace

Result<GoNumber> read_number_constant(const GoItem& item) {
  const std::string_view text = item.text;
  if (item.type == GoToken::kCharConstant) {
    const auto rune = go_unquote_char(text);
    if (!rune) {
      return Error{ErrorCode::kParse, "malformed character constant: " + std::string(text)};
    }
    return of_rune(*rune);
  }
  if (item.type == GoToken::kComplex || text.ends_with('i')) {
    return constant_error("complex constants are not supported: ", text);
  }
  GoNumber made;
  made.written_as_float = looks_like_float(text);
  if (const auto natural = parse_go_uint(text, 0)) {
    made.is_uint = true;
    made.natural = *natural;
  }
  if (const auto integer = parse_go_int(text, 0)) {
    made.is_int = true;
    made.integer = *integer;
    if (*integer == 0) made.is_uint = true;
  }
  if (made.is_int || made.is_uint) {
    made.is_float = true;
    made.number =
        made.is_int ? static_cast<double>(made.integer) : static_cast<double>(made.natural);
    return made;
  }
  const auto value = parse_go_float(text);
  if (!value) return constant_error("illegal number syntax: ", text);
  if (text.find_first_of(".eEpP") == std::string_view::npos) {
    return constant_error("integer overflow: ", text);
  }
  read_float(made, *value);
  return made;
}

}  // namespace mesh::injection
