// GoLexer: the tokens of a template (text/template/parse/lex.go).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mesh::injection {

enum class GoToken : uint8_t {
  kError,  // the text says why
  kBool,
  kChar,  // a printable character that means nothing by itself, as ","
  kCharConstant,
  kComplex,
  kAssign,
  kDeclare,
  kEnd,  // of the text
  kField,
  kIdentifier,
  kLeftDelimiter,
  kLeftParen,
  kNumber,
  kPipe,
  kRawString,
  kRightDelimiter,
  kRightParen,
  kSpace,
  kString,
  kText,
  kVariable,
  kKeyword,  // those below are keywords
  kBlockWord,
  kBreakWord,
  kContinueWord,
  kDot,
  kDefineWord,
  kElseWord,
  kEndWord,
  kIfWord,
  kNilWord,
  kRangeWord,
  kTemplateWord,
  kWithWord,
};

struct GoItem {
  GoToken type = GoToken::kEnd;
  uint32_t position = 0;
  std::string_view text;
  uint32_t line = 1;
};

class GoLexer {
 public:
  explicit GoLexer(std::string_view source) : source_(source) {}
  GoItem next();

 private:
  static constexpr char32_t kEof = 0xffffffff;

  // Nothing after a comment, which is no token.
  std::optional<GoItem> text();
  std::optional<GoItem> left_delimiter();
  std::optional<GoItem> comment();
  GoItem inside();
  GoItem right_delimiter();
  GoItem space();
  GoItem word();
  GoItem field_or_variable(GoToken type);
  GoItem number();
  GoItem quoted(char quote);
  GoItem raw_quoted();
  bool scan_number();
  void accept_run(std::string_view digits);
  bool accept(std::string_view any);

  char32_t rune();  // consumes
  char32_t peek() const;
  bool at(std::string_view text) const { return source_.substr(position_).starts_with(text); }
  bool at_right_delimiter(bool& trims) const;
  bool at_terminator() const;
  GoItem emit(GoToken type);
  GoItem fail(std::string message);
  void ignore();

  const std::string_view source_;
  size_t position_ = 0;
  size_t start_ = 0;
  uint32_t start_line_ = 1;
  int parens_ = 0;
  bool inside_ = false;
  bool failed_ = false;
  std::string message_;
};

}  // namespace mesh::injection
