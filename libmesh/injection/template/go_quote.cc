// Go's quoted strings: strconv.Quote, Unquote and UnquoteChar.
#include <algorithm>

#include "libmesh/document/utf8.h"
#include "libmesh/injection/template/go_numbers.h"

namespace mesh::injection {
namespace {

constexpr char kHex[] = "0123456789abcdef";

void append_hex(std::string& out, uint32_t value, int digits) {
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) out += kHex[(value >> shift) & 15];
}

void append_quoted_rune(std::string& out, char32_t c, std::string_view bytes) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\a':
      out += "\\a";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\v':
      out += "\\v";
      return;
    default:
      break;
  }
  if (go_is_print(c)) {
    out += bytes;
  } else if (c < ' ' || c == 0x7f) {
    out += "\\x";
    append_hex(out, c, 2);
  } else if (c < 0x10000) {
    out += "\\u";
    append_hex(out, c, 4);
  } else {
    out += "\\U";
    append_hex(out, c, 8);
  }
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

struct Escape {
  char32_t rune = 0;
  bool byte = false;  // stands for one byte, not for a rune
};

std::optional<Escape> read_digits(std::string_view& rest, size_t count, int base) {
  if (rest.size() < count) return std::nullopt;
  char32_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    const int digit = hex_digit(rest[i]);
    if (digit < 0 || digit >= base) return std::nullopt;
    value = value * static_cast<char32_t>(base) + static_cast<char32_t>(digit);
  }
  rest.remove_prefix(count);
  return Escape{value, false};
}

std::optional<Escape> read_simple_escape(char c, char quote) {
  static constexpr std::string_view kNames = "abfnrtv\\";
  static constexpr std::string_view kRunes = "\a\b\f\n\r\t\v\\";
  if (c == quote && (c == '"' || c == '\'')) return Escape{static_cast<unsigned char>(c), false};
  const size_t at = kNames.find(c);
  if (at == std::string_view::npos) return std::nullopt;
  return Escape{static_cast<unsigned char>(kRunes[at]), false};
}

// What follows a backslash.
std::optional<Escape> read_escape(std::string_view& rest, char quote) {
  if (rest.empty()) return std::nullopt;
  const char c = rest[0];
  if (c >= '0' && c <= '7') {
    auto octal = read_digits(rest, 3, 8);
    if (!octal || octal->rune > 255) return std::nullopt;
    octal->byte = true;
    return octal;
  }
  rest.remove_prefix(1);
  if (c == 'x') {
    auto made = read_digits(rest, 2, 16);
    if (made) made->byte = true;
    return made;
  }
  if (c == 'u' || c == 'U') {
    const auto made = read_digits(rest, c == 'u' ? 4 : 8, 16);
    if (!made || made->rune > 0x10ffff || (made->rune >= 0xd800 && made->rune < 0xe000)) {
      return std::nullopt;
    }
    return made;
  }
  return read_simple_escape(c, quote);
}

}  // namespace

bool go_is_print(char32_t c) {
  if (c < 0x80) return c >= ' ' && c < 0x7f;
  if (c < 0xa1 || c == 0xad) return false;
  if (c >= 0x2000 && c <= 0x200f) return false;  // spaces, joiners, marks of direction
  if (c >= 0x2028 && c <= 0x202f) return false;  // separators, embedding
  if (c >= 0x205f && c <= 0x206f) return false;
  if (c == 0x1680 || c == 0x3000 || c == 0xfeff || c == 0x061c || c == 0x180e) return false;
  if (c >= 0xd800 && c <= 0xf8ff) return false;  // surrogates, private use
  if (c >= 0xfff0 && c <= 0xfffb) return false;
  return (c & 0xfffe) != 0xfffe && c < 0xe0000;
}

char32_t go_decode_rune(std::string_view text, size_t& length) {
  length = document::utf8_sequence(text);
  if (length == 0) {
    length = 1;
    return 0xfffd;
  }
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (length == 1) return byte(0);
  char32_t rune = byte(0) & (0x7fu >> length);
  for (size_t i = 1; i < length; ++i) rune = rune << 6 | (byte(i) & 0x3fu);
  return rune;
}

void append_go_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    size_t length = 0;
    const char32_t c = go_decode_rune(text, length);
    if (c == 0xfffd && length == 1) {
      out += "\\x";
      append_hex(out, static_cast<unsigned char>(text[0]), 2);
    } else {
      append_quoted_rune(out, c, text.substr(0, length));
    }
    text.remove_prefix(length);
  }
  out += '"';
}

std::optional<std::string> go_unquote(std::string_view quoted) {
  if (quoted.size() < 2 || quoted.front() != quoted.back()) return std::nullopt;
  const char quote = quoted[0];
  std::string_view rest = quoted.substr(1, quoted.size() - 2);
  std::string out;
  if (quote == '`') {
    if (rest.find('`') != std::string_view::npos) return std::nullopt;
    std::copy_if(rest.begin(), rest.end(), std::back_inserter(out),
                 [](char c) { return c != '\r'; });
    return out;
  }
  if (quote != '"' || rest.find('\n') != std::string_view::npos) return std::nullopt;
  while (!rest.empty()) {
    const char c = rest[0];
    if (c == quote) return std::nullopt;
    rest.remove_prefix(1);
    if (c != '\\') {
      out += c;
      continue;
    }
    const auto escape = read_escape(rest, quote);
    if (!escape) return std::nullopt;
    if (escape->byte) {
      out += static_cast<char>(escape->rune);
    } else {
      document::append_utf8(out, escape->rune);
    }
  }
  return out;
}

std::optional<char32_t> go_unquote_char(std::string_view quoted) {
  if (quoted.size() < 3 || quoted.front() != '\'' || quoted.back() != '\'') return std::nullopt;
  std::string_view rest = quoted.substr(1, quoted.size() - 2);
  if (rest[0] == '\'') return std::nullopt;
  if (rest[0] == '\\') {
    rest.remove_prefix(1);
    const auto escape = read_escape(rest, '\'');
    if (!escape || !rest.empty()) return std::nullopt;
    return escape->rune;
  }
  size_t length = 0;
  const char32_t c = go_decode_rune(rest, length);
  if (length != rest.size()) return std::nullopt;
  return c;
}

}  // namespace mesh::injection
