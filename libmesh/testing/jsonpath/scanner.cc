#include "libmesh/testing/jsonpath/scanner.h"

#include <charconv>

#include "libmesh/document/utf8.h"

namespace mesh::testing::jsonpath {
namespace {

constexpr int64_t kLargest = (int64_t{1} << 53) - 1;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_name_start(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<signed char>(c) < 0;
}

}  // namespace

Error Scanner::error(std::string_view what) const {
  return {ErrorCode::kParse,
          "JSONPath: at offset " + std::to_string(at_) + ": " + std::string(what)};
}

void Scanner::skip_space() {
  while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') ++at_;
}

size_t Scanner::digits() {
  const size_t begin = at_;
  while (is_digit(peek())) ++at_;
  return at_ - begin;
}

Result<int64_t> Scanner::integer() {
  const size_t begin = at_;
  const bool negative = take("-");
  const bool zero = peek() == '0';
  const size_t count = digits();
  if (count == 0) return error("a number is expected");
  if (zero && (count > 1 || negative)) return error("a number has no leading zero");
  int64_t out = 0;
  const auto read = std::from_chars(text_.data() + begin, text_.data() + at_, out);
  if (read.ec != std::errc() || out > kLargest || out < -kLargest) {
    return error("the number is beyond 53 bits");
  }
  return out;
}

Result<document::Value> Scanner::number() {
  const size_t begin = at_;
  take("-");
  const bool zero = peek() == '0';
  const size_t count = digits();
  if (count == 0 || (zero && count > 1)) return error("a number is expected");
  bool whole = true;
  if (take(".")) {
    whole = false;
    if (digits() == 0) return error("a fraction has digits");
  }
  if (peek() == 'e' || peek() == 'E') {
    ++at_;
    whole = false;
    if (!take("-")) take("+");
    if (digits() == 0) return error("an exponent has digits");
  }
  int64_t integer = 0;
  const char* const first = text_.data() + begin;
  const char* const last = text_.data() + at_;
  if (whole && std::from_chars(first, last, integer).ec == std::errc()) {
    return document::Value(integer);
  }
  double out = 0;
  if (std::from_chars(first, last, out).ec != std::errc()) return error("the number is too large");
  return document::Value(out);
}

std::optional<uint32_t> Scanner::four_hex() {
  uint32_t out = 0;
  const std::string_view text = text_.substr(at_, 4);
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out, 16);
  if (text.size() != 4 || read.ec != std::errc() || read.ptr != text.data() + 4)
    return std::nullopt;
  at_ += 4;
  return out;
}

Result<void> Scanner::escape(char quote, std::string& out) {
  constexpr std::string_view kLetters = "bfnrt/\\";
  constexpr std::string_view kMeant = "\b\f\n\r\t/\\";
  const char c = peek();
  if (const size_t found = kLetters.find(c); c != '\0' && found != std::string_view::npos) {
    out.push_back(kMeant[found]);
    ++at_;
    return {};
  }
  if (c == quote) {
    out.push_back(c);
    ++at_;
    return {};
  }
  if (!take("u")) return error("there is no such escape");
  const auto code = four_hex();
  if (!code) return error("\\u has four hexadecimal digits");
  if (*code >= 0xDC00 && *code <= 0xDFFF) return error("half a surrogate pair");
  if (*code < 0xD800 || *code > 0xDBFF) {
    document::append_utf8(out, *code);
    return {};
  }
  const auto low = take("\\u") ? four_hex() : std::nullopt;
  if (!low || *low < 0xDC00 || *low > 0xDFFF) return error("half a surrogate pair");
  document::append_utf8(out, 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00));
  return {};
}

Result<std::string> Scanner::quoted() {
  const char quote = peek();
  if (quote != '\'' && quote != '"') return error("a string is expected");
  ++at_;
  std::string out;
  while (!done()) {
    const char c = peek();
    if (c == quote) {
      ++at_;
      return out;
    }
    if (static_cast<unsigned char>(c) < 0x20) return error("a control character in a string");
    ++at_;
    if (c != '\\') {
      out.push_back(c);
    } else if (auto escaped = escape(quote, out); !escaped) {
      return escaped.error();
    }
  }
  return error("the string has no end");
}

std::string Scanner::shorthand() {
  const size_t begin = at_;
  if (!is_name_start(peek())) return "";
  while (is_name_start(peek()) || is_digit(peek())) ++at_;
  return std::string(text_.substr(begin, at_ - begin));
}

std::string Scanner::function_name() {
  const size_t begin = at_;
  if (!is_lower(peek())) return "";
  while (is_lower(peek()) || is_digit(peek()) || peek() == '_') ++at_;
  return std::string(text_.substr(begin, at_ - begin));
}

}  // namespace mesh::testing::jsonpath
