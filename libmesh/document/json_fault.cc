#include "libmesh/document/json_fault.h"

#include <vector>

#include "libmesh/document/utf8.h"

namespace mesh::document {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Characters that can belong to a word or number: for messages about what stands there.
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' ||
         c == '.' || c == '_';
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::optional<JsonFault> scan() {
    enum class Due { kValue, kValueOrEnd, kKey, kKeyOrEnd, kAfterValue };
    std::vector<char> open;  // the closing brackets that are due
    Due due = Due::kValue;
    for (;;) {
      skip_space();
      if (due == Due::kAfterValue && open.empty()) {
        return at_end() ? std::nullopt : fault("something follows the end of the value");
      }
      if (at_end()) return fault(open.empty() ? "the text is empty" : unclosed(open.back()));
      const char c = text_[at_];
      const bool may_close =
          due == Due::kAfterValue || due == Due::kValueOrEnd || due == Due::kKeyOrEnd;
      if (may_close && c == open.back()) {
        open.pop_back();
        ++at_;
        due = Due::kAfterValue;
        continue;
      }
      if (due == Due::kAfterValue) {
        if (c != ',') return fault(std::string("expected ',' or '") + open.back() + "'");
        ++at_;
        due = open.back() == '}' ? Due::kKey : Due::kValue;
        continue;
      }
      if (due == Due::kKey || due == Due::kKeyOrEnd) {
        if (c != '"') return fault("expected a key in double quotes");
        if (auto found = string()) return found;
        skip_space();
        if (at_end() || text_[at_] != ':') return fault("expected ':' after the key");
        ++at_;
        due = Due::kValue;
        continue;
      }
      if (c == '{' || c == '[') {
        open.push_back(c == '{' ? '}' : ']');
        ++at_;
        due = c == '{' ? Due::kKeyOrEnd : Due::kValueOrEnd;
        continue;
      }
      if (auto found = c == '"' ? string() : word()) return found;
      due = Due::kAfterValue;
    }
  }

 private:
  bool at_end() const { return at_ >= text_.size(); }
  std::optional<JsonFault> fault(std::string message) const {
    return JsonFault{at_, std::move(message)};
  }
  static std::string unclosed(char bracket) {
    return std::string(bracket == '}' ? "an object" : "an array") + " is not closed";
  }
  void skip_space() {
    while (!at_end() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }

  std::optional<JsonFault> word() {
    const size_t begin = at_;
    while (!at_end() && is_word(text_[at_])) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (word == "true" || word == "false" || word == "null" || is_json_number(word)) {
      return std::nullopt;
    }
    at_ = begin;
    if (word.empty()) return fault("expected a value");
    return fault("expected a value, not " + std::string(word.substr(0, 40)));
  }

  std::optional<JsonFault> string() {
    const size_t begin = at_++;
    for (; !at_end(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return std::nullopt;
      }
      if (static_cast<unsigned char>(c) < 0x20) {
        return fault(c == '\n' ? "a string is not closed on its line"
                               : "a control character stands in a string without escape");
      }
      if (c == '\\') {
        if (auto found = escape()) return found;
      }
    }
    at_ = begin;
    return fault("a string is not closed");
  }

  // Four hexadecimal digits from `at`, or nothing.
  std::optional<unsigned> code_unit(size_t at) const {
    if (at + 4 > text_.size()) return std::nullopt;
    unsigned code = 0;
    for (size_t i = at; i < at + 4; ++i) {
      if (!is_hex(text_[i])) return std::nullopt;
      const char c = text_[i];
      code = code * 16 + static_cast<unsigned>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return code;
  }

  // Leaves at_ on the last character of the escape.
  std::optional<JsonFault> escape() {
    const std::string_view rest = text_.substr(at_ + 1);
    if (rest.empty()) return std::nullopt;  // the end of the text is told by string()
    if (rest[0] != 'u') {
      if (std::string_view("\"\\/bfnrt").find(rest[0]) == std::string_view::npos) {
        return fault("a string has an escape that JSON does not know");
      }
      ++at_;
      return std::nullopt;
    }
    const auto first = code_unit(at_ + 2);
    if (!first) return fault("an escape \\u takes four hexadecimal digits");
    const bool high = *first >= 0xD800 && *first <= 0xDBFF;
    const bool low = *first >= 0xDC00 && *first <= 0xDFFF;
    const auto second =
        high && text_.substr(at_ + 6, 2) == "\\u" ? code_unit(at_ + 8) : std::nullopt;
    const bool pair = second && *second >= 0xDC00 && *second <= 0xDFFF;
    if (low || (high && !pair)) return fault("an escape \\u is half of a surrogate pair");
    at_ += high ? 11 : 5;
    return std::nullopt;
  }

  const std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

bool is_json_number(std::string_view text) {
  size_t i = 0;
  const auto digits = [&] {
    const size_t begin = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i - begin;
  };
  if (i < text.size() && text[i] == '-') ++i;
  const bool zero = i < text.size() && text[i] == '0';
  const size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (digits() == 0) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

std::optional<JsonFault> find_json_fault(std::string_view text) {
  auto fault = Scanner(text).scan();
  const size_t bad = find_invalid_utf8(text);
  if (bad == std::string_view::npos || (fault && fault->offset < bad)) return fault;
  return JsonFault{bad, "the byte is not UTF-8"};
}

}  // namespace mesh::document
