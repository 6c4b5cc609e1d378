#include "libmesh/injection/template/lexer.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "libmesh/injection/template/go_numbers.h"

namespace mesh::injection {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";

bool is_space(char32_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// unicode.IsLetter and IsDigit: exact for ASCII; beyond it, all but Latin-1's signs, and the
// blocks of punctuation and symbols.
bool is_alphanumeric(char32_t c) {
  if (c < 0x80) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }
  if (c < 0xc0) return c == 0xaa || c == 0xb5 || c == 0xba;
  if (c == 0xd7 || c == 0xf7 || c == 0xfffd || c > 0x10ffff) return false;
  return !(c >= 0x2000 && c <= 0x2bff) && !(c >= 0x3000 && c <= 0x3004) && go_is_print(c);
}

bool trims_left(std::string_view s) {
  return s.size() >= 2 && s[0] == '-' && is_space(static_cast<unsigned char>(s[1]));
}
bool trims_right(std::string_view s) {
  return s.size() >= 2 && is_space(static_cast<unsigned char>(s[0])) && s[1] == '-';
}

constexpr std::pair<std::string_view, GoToken> kWords[] = {
    {"block", GoToken::kBlockWord},
    {"break", GoToken::kBreakWord},
    {"continue", GoToken::kContinueWord},
    {"define", GoToken::kDefineWord},
    {"else", GoToken::kElseWord},
    {"end", GoToken::kEndWord},
    {"if", GoToken::kIfWord},
    {"range", GoToken::kRangeWord},
    {"nil", GoToken::kNilWord},
    {"template", GoToken::kTemplateWord},
    {"with", GoToken::kWithWord},
    {"true", GoToken::kBool},
    {"false", GoToken::kBool},
};

// fmt's %#U.
std::string rune_text(char32_t c, std::string_view bytes) {
  char code[16];
  std::snprintf(code, sizeof code, "U+%04X", static_cast<unsigned>(c));
  return go_is_print(c) ? std::string(code) + " '" + std::string(bytes) + "'" : code;
}

}  // namespace

char32_t GoLexer::peek() const {
  if (position_ >= source_.size()) return kEof;
  size_t length = 0;
  return go_decode_rune(source_.substr(position_), length);
}

char32_t GoLexer::rune() {
  if (position_ >= source_.size()) return kEof;
  size_t length = 0;
  const char32_t c = go_decode_rune(source_.substr(position_), length);
  position_ += length;
  return c;
}

void GoLexer::ignore() {
  const std::string_view skipped = source_.substr(start_, position_ - start_);
  start_line_ += static_cast<uint32_t>(std::count(skipped.begin(), skipped.end(), '\n'));
  start_ = position_;
}

GoItem GoLexer::emit(GoToken type) {
  GoItem item{type, static_cast<uint32_t>(start_), source_.substr(start_, position_ - start_),
              start_line_};
  ignore();
  return item;
}

GoItem GoLexer::fail(std::string message) {
  failed_ = true;
  message_ = std::move(message);
  return {GoToken::kError, static_cast<uint32_t>(start_), message_, start_line_};
}

GoItem GoLexer::next() {
  if (failed_) return {GoToken::kEnd, static_cast<uint32_t>(position_), "EOF", start_line_};
  if (inside_) return inside();
  for (;;) {
    if (const auto item = text()) return *item;
  }
}

std::optional<GoItem> GoLexer::text() {
  const size_t found = source_.find("{{", position_);
  if (found == std::string_view::npos) {
    position_ = source_.size();
    if (position_ > start_) return emit(GoToken::kText);
    return GoItem{GoToken::kEnd, static_cast<uint32_t>(position_), "EOF", start_line_};
  }
  position_ = found;
  if (found > start_) {
    size_t end = found;
    if (trims_left(source_.substr(found + 2))) {
      while (end > start_ && kSpaces.find(source_[end - 1]) != std::string_view::npos) --end;
    }
    position_ = end;
    const GoItem item = emit(GoToken::kText);
    position_ = found;
    ignore();
    if (!item.text.empty()) return item;
  }
  return left_delimiter();
}

std::optional<GoItem> GoLexer::left_delimiter() {
  position_ += 2;
  const size_t marker = trims_left(source_.substr(position_)) ? 2 : 0;
  if (source_.substr(position_ + marker).starts_with("/*")) {
    position_ += marker;
    ignore();
    return comment();
  }
  const GoItem item = emit(GoToken::kLeftDelimiter);
  inside_ = true;
  position_ += marker;
  ignore();
  parens_ = 0;
  return item;
}

std::optional<GoItem> GoLexer::comment() {
  const size_t close = source_.find("*/", position_ + 2);
  if (close == std::string_view::npos) return fail("unclosed comment");
  position_ = close + 2;
  bool trims = false;
  if (!at_right_delimiter(trims)) return fail("comment ends before closing delimiter");
  position_ += trims ? 4 : 2;
  if (trims) {
    while (position_ < source_.size() && is_space(static_cast<unsigned char>(source_[position_]))) {
      ++position_;
    }
  }
  ignore();
  return std::nullopt;
}

bool GoLexer::at_right_delimiter(bool& trims) const {
  const std::string_view rest = source_.substr(position_);
  trims = trims_right(rest) && rest.substr(2).starts_with("}}");
  return trims || rest.starts_with("}}");
}

GoItem GoLexer::right_delimiter() {
  bool trims = false;
  at_right_delimiter(trims);
  if (trims) {
    position_ += 2;
    ignore();
  }
  position_ += 2;
  const GoItem item = emit(GoToken::kRightDelimiter);
  if (trims) {
    while (position_ < source_.size() && is_space(static_cast<unsigned char>(source_[position_]))) {
      ++position_;
    }
    ignore();
  }
  inside_ = false;
  return item;
}

GoItem GoLexer::inside() {
  bool trims = false;
  if (at_right_delimiter(trims)) {
    return parens_ == 0 ? right_delimiter() : fail("unclosed left paren");
  }
  const size_t before = position_;
  const char32_t c = rune();
  if (c == kEof) return fail("unclosed action");
  if (is_space(c)) {
    position_ = before;
    return space();
  }
  switch (c) {
    case '=':
      return emit(GoToken::kAssign);
    case ':':
      if (rune() != '=') return fail("expected :=");
      return emit(GoToken::kDeclare);
    case '|':
      return emit(GoToken::kPipe);
    case '"':
    case '\'':
      return quoted(static_cast<char>(c));
    case '`':
      return raw_quoted();
    case '$':
      if (at_terminator()) return emit(GoToken::kVariable);
      return field_or_variable(GoToken::kVariable);
    case '(':
      ++parens_;
      return emit(GoToken::kLeftParen);
    case ')':
      if (--parens_ < 0) return fail("unexpected right paren");
      return emit(GoToken::kRightParen);
    default:
      break;
  }
  const bool digit_next =
      position_ < source_.size() && source_[position_] >= '0' && source_[position_] <= '9';
  if (c == '.' && !digit_next) return field_or_variable(GoToken::kField);
  if (c == '.' || c == '+' || c == '-' || (c >= '0' && c <= '9')) {
    position_ = before;
    return number();
  }
  if (is_alphanumeric(c)) {
    position_ = before;
    return word();
  }
  if (c < 0x80 && go_is_print(c)) return emit(GoToken::kChar);
  return fail("unrecognized character in action: " +
              rune_text(c, source_.substr(before, position_ - before)));
}

GoItem GoLexer::space() {
  size_t count = 0;
  while (is_space(peek())) {
    ++position_;
    ++count;
  }
  // A closing delimiter with a trim marker begins with a space.
  const std::string_view last = source_.substr(position_ - 1);
  if (trims_right(last) && last.substr(2).starts_with("}}")) {
    --position_;
    if (count == 1) return right_delimiter();
  }
  return emit(GoToken::kSpace);
}

bool GoLexer::at_terminator() const {
  const char32_t c = peek();
  if (is_space(c) || c == kEof || at("}}")) return true;
  return c == '.' || c == ',' || c == '|' || c == ':' || c == ')' || c == '(';
}

GoItem GoLexer::word() {
  while (is_alphanumeric(peek())) rune();
  const size_t end = position_;
  if (!at_terminator()) {
    const char32_t c = rune();
    return fail("bad character " + rune_text(c, source_.substr(end, position_ - end)));
  }
  const std::string_view name = source_.substr(start_, end - start_);
  for (const auto& [known, token] : kWords) {
    if (name == known) return emit(token);
  }
  return emit(GoToken::kIdentifier);
}

GoItem GoLexer::field_or_variable(GoToken type) {
  if (at_terminator()) return emit(type == GoToken::kVariable ? type : GoToken::kDot);
  while (is_alphanumeric(peek())) rune();
  const size_t end = position_;
  if (!at_terminator()) {
    const char32_t c = rune();
    return fail("bad character " + rune_text(c, source_.substr(end, position_ - end)));
  }
  return emit(type);
}

bool GoLexer::accept(std::string_view any) {
  if (position_ >= source_.size() || any.find(source_[position_]) == std::string_view::npos) {
    return false;
  }
  ++position_;
  return true;
}

void GoLexer::accept_run(std::string_view digits) {
  while (accept(digits)) {
  }
}

bool GoLexer::scan_number() {
  accept("+-");
  std::string_view digits = "0123456789_";
  if (accept("0")) {
    if (accept("xX")) {
      digits = "0123456789abcdefABCDEF_";
    } else if (accept("oO")) {
      digits = "01234567_";
    } else if (accept("bB")) {
      digits = "01_";
    }
  }
  accept_run(digits);
  if (accept(".")) accept_run(digits);
  if (digits.size() == 11 && accept("eE")) {
    accept("+-");
    accept_run("0123456789_");
  }
  if (digits.size() == 23 && accept("pP")) {
    accept("+-");
    accept_run("0123456789_");
  }
  accept("i");
  if (!is_alphanumeric(peek())) return true;
  rune();
  return false;
}

GoItem GoLexer::number() {
  const auto bad = [&] {
    std::string quoted;
    append_go_quoted(quoted, source_.substr(start_, position_ - start_));
    return fail("bad number syntax: " + quoted);
  };
  if (!scan_number()) return bad();
  if (peek() == '+' || peek() == '-') {
    if (!scan_number() || source_[position_ - 1] != 'i') return bad();
    return emit(GoToken::kComplex);
  }
  return emit(GoToken::kNumber);
}

GoItem GoLexer::quoted(char quote) {
  const bool character = quote == '\'';
  for (;;) {
    char32_t c = rune();
    if (c == static_cast<char32_t>(quote)) break;
    if (c == '\\') c = rune();
    if (c == kEof || c == '\n') {
      return fail(character ? "unterminated character constant" : "unterminated quoted string");
    }
  }
  return emit(character ? GoToken::kCharConstant : GoToken::kString);
}

GoItem GoLexer::raw_quoted() {
  const size_t close = source_.find('`', position_);
  if (close == std::string_view::npos) return fail("unterminated raw quoted string");
  position_ = close + 1;
  return emit(GoToken::kRawString);
}

}  // namespace mesh::injection
