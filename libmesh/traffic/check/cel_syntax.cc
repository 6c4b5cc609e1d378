#include "libmesh/traffic/check/cel_syntax.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace mesh::traffic {
namespace {

constexpr int kDeepest = 250;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

enum class Kind : uint8_t { kEnd, kName, kEscaped, kNumber, kText, kSign, kBad };

// One word at a time; a look at the next one without going on.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) { next(); }

  Kind kind() const { return kind_; }
  std::string_view word() const { return word_; }
  bool is(std::string_view sign) const { return kind_ == Kind::kSign && word_ == sign; }
  bool is_in() const { return kind_ == Kind::kName && word_ == "in"; }
  // Words that are values, and no names.
  bool is_literal() const {
    return kind_ == Kind::kName && (word_ == "true" || word_ == "false" || word_ == "null");
  }

  void next() {
    skip();
    const size_t start = at_;
    kind_ = at_ == text_.size() ? Kind::kEnd : read();
    word_ = text_.substr(start, at_ - start);
  }

 private:
  char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  // Spaces, and comments up to the end of a line.
  void skip() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
        ++at_;
      } else if (c == '/' && peek(1) == '/') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        return;
      }
    }
  }

  Kind read() {
    if (is_digit(peek()) || (peek() == '.' && is_digit(peek(1)))) return read_number();
    size_t prefix = 0;
    while (prefix < 2 && is_one_of(peek(prefix), "rRbB")) ++prefix;
    if (is_one_of(peek(prefix), "\"'")) return read_text(prefix);
    if (is_letter(peek())) {
      while (is_letter(peek()) || is_digit(peek())) ++at_;
      return Kind::kName;
    }
    if (peek() == '`') return read_escaped();
    constexpr std::array<std::string_view, 6> kPairs = {"==", "!=", "<=", ">=", "&&", "||"};
    const std::string_view two = text_.substr(at_, 2);
    if (std::find(kPairs.begin(), kPairs.end(), two) != kPairs.end()) {
      at_ += 2;
      return Kind::kSign;
    }
    return is_one_of(text_[at_++], "()[]{}.,:?<>+-*/%!") ? Kind::kSign : Kind::kBad;
  }

  static bool is_one_of(char c, std::string_view set) {
    return c != '\0' && set.find(c) != std::string_view::npos;
  }

  // 10, 10u, 0x1F, 1.5, .5, 1e-3; a point belongs to it only before a digit.
  Kind read_number() {
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X') && is_hex(peek(2))) {
      at_ += 2;
      while (is_hex(peek())) ++at_;
      if (is_one_of(peek(), "uU")) ++at_;
      return Kind::kNumber;
    }
    bool whole = true;
    while (is_digit(peek())) ++at_;
    if (peek() == '.' && is_digit(peek(1))) {
      whole = false;
      ++at_;
      while (is_digit(peek())) ++at_;
    }
    const size_t sign = is_one_of(peek(1), "+-") ? 1 : 0;
    if (is_one_of(peek(), "eE") && is_digit(peek(1 + sign))) {
      whole = false;
      at_ += 1 + sign;
      while (is_digit(peek())) ++at_;
    }
    if (whole && is_one_of(peek(), "uU")) ++at_;
    return Kind::kNumber;
  }

  // `a-b/c.d`, for names of fields that are no words.
  Kind read_escaped() {
    size_t end = at_ + 1;
    while (end < text_.size() &&
           (is_letter(text_[end]) || is_digit(text_[end]) || is_one_of(text_[end], ".-/ "))) {
      ++end;
    }
    const bool closed = end < text_.size() && text_[end] == '`' && end > at_ + 1;
    at_ = std::min(end + 1, text_.size());
    return closed ? Kind::kEscaped : Kind::kBad;
  }

  // Of \n, \x41, \u00e9, \U0001f600 and \101; 0 of none of them.
  size_t escape_length() const {
    const char c = peek(1);
    if (is_one_of(c, "abfnrtv\"'\\?`")) return 2;
    const bool octal = c >= '0' && c <= '3';
    const size_t digits =
        octal ? 2 : (is_one_of(c, "xX") ? 2 : (c == 'u' ? 4 : (c == 'U' ? 8 : 0)));
    for (size_t i = 0; i < digits; ++i) {
      const char digit = peek(2 + i);
      if (octal ? digit < '0' || digit > '7' : !is_hex(digit)) return 0;
    }
    return digits == 0 ? 0 : 2 + digits;
  }

  // "…", '…', """…""" and '''…''', raw behind r.
  Kind read_text(size_t prefix) {
    const bool raw = text_.substr(at_, prefix).find_first_of("rR") != std::string_view::npos;
    at_ += prefix;
    const char quote = text_[at_];
    const bool triple = peek(1) == quote && peek(2) == quote;
    const std::string end(triple ? 3 : 1, quote);
    at_ += end.size();
    while (at_ < text_.size()) {
      if (text_.substr(at_, end.size()) == end) {
        at_ += end.size();
        return Kind::kText;
      }
      if (!triple && (text_[at_] == '\n' || text_[at_] == '\r')) return Kind::kBad;
      if (!raw && text_[at_] == '\\') {
        const size_t length = escape_length();
        if (length == 0) return Kind::kBad;
        at_ += length - 1;
      }
      ++at_;
    }
    return Kind::kBad;
  }

  std::string_view text_;
  std::string_view word_;
  size_t at_ = 0;
  Kind kind_ = Kind::kEnd;
};

// By descent; each function reads one rule of the grammar, and is false when it does not hold.
class Grammar {
 public:
  explicit Grammar(std::string_view text) : words_(text) {}

  std::string fault() {
    const bool good = expression() && words_.kind() == Kind::kEnd;
    if (good) return "";
    if (depth_ > kDeepest) return "is nested too deeply";
    if (words_.kind() == Kind::kEnd) return "ends where it has to go on";
    return "is no expression from \"" + std::string(words_.word()) + "\" on";
  }

 private:
  bool take(std::string_view sign) {
    if (!words_.is(sign)) return false;
    words_.next();
    return true;
  }

  bool expression() {
    if (++depth_ > kDeepest) return false;
    if (!operation()) return false;
    if (take("?")) {
      if (!operation() || !take(":") || !expression()) return false;
    }
    --depth_;
    return true;
  }

  // All operators between two are read alike: which of them binds more is no question of what is written.
  bool operation() {
    static constexpr std::array<std::string_view, 13> kSigns = {
        "||", "&&", "<", "<=", ">", ">=", "==", "!=", "+", "-", "*", "/", "%"};
    while (true) {
      if (!unary()) return false;
      const bool more = words_.is_in() || std::any_of(kSigns.begin(), kSigns.end(),
                                                      [&](auto sign) { return words_.is(sign); });
      if (!more) return true;
      words_.next();
    }
  }

  // Signs of one sort only: !! and --, but not !-; a number has a sign of its own.
  bool unary() {
    if (words_.is("!")) {
      while (take("!")) {
      }
      if (take("-") && words_.kind() != Kind::kNumber) return false;
    } else {
      while (take("-")) {
      }
    }
    return primary() && members();
  }

  bool members() {
    while (true) {
      if (take(".")) {
        if (words_.kind() == Kind::kEscaped) {
          words_.next();
        } else if (!name()) {
          return false;
        }
        if (!words_.is("(")) continue;
        may_be_message_ = false;
        if (!list("(", ")")) return false;
      } else if (take("[")) {
        if (!expression() || !take("]")) return false;
        may_be_message_ = false;
      } else if (words_.is("{") && may_be_message_) {
        if (!entries(true)) return false;
        may_be_message_ = false;
      } else {
        return true;
      }
    }
  }

  bool name() {
    if (words_.kind() != Kind::kName || words_.is_in() || words_.is_literal()) return false;
    words_.next();
    return true;
  }

  bool primary() {
    may_be_message_ = false;
    if (words_.kind() == Kind::kNumber || words_.kind() == Kind::kText || words_.is_literal()) {
      words_.next();
      return true;
    }
    if (words_.is("(")) return group();
    if (words_.is("[")) return list("[", "]");
    if (words_.is("{")) return entries(false);
    take(".");
    static constexpr std::array<std::string_view, 17> kReserved = {
        "as",  "break", "const",   "continue",  "else",   "for", "function", "if",   "import",
        "let", "loop",  "package", "namespace", "return", "var", "void",     "while"};
    if (std::find(kReserved.begin(), kReserved.end(), words_.word()) != kReserved.end()) {
      return false;
    }
    if (!name()) return false;
    if (words_.is("(")) return list("(", ")");
    may_be_message_ = true;
    return true;
  }

  bool group() {
    if (!take("(") || !expression()) return false;
    may_be_message_ = false;
    return take(")");
  }

  // "(a, b)" and "[a, b,]".
  bool list(std::string_view open, std::string_view close) {
    take(open);
    while (!words_.is(close)) {
      if (!expression()) return false;
      if (!take(",")) break;
      if (open == "(" && words_.is(close)) return false;
    }
    may_be_message_ = false;
    return take(close);
  }

  // "{a: b, c: d,}", of mappings and of messages, whose keys are names.
  bool entries(bool message) {
    take("{");
    while (!words_.is("}")) {
      if (message && words_.kind() == Kind::kEscaped) {
        words_.next();
      } else if (message ? !name() : !expression()) {
        return false;
      }
      if (!take(":") || !expression()) return false;
      if (!take(",")) break;
    }
    may_be_message_ = false;
    return take("}");
  }

  Words words_;
  int depth_ = 0;
  bool may_be_message_ = false;
};

}  // namespace

std::string cel_fault(std::string_view text) { return Grammar(text).fault(); }

}  // namespace mesh::traffic
