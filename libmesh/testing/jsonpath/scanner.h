// Scanner: the characters of a query, with what the grammar of RFC 9535 says of literals.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"

namespace mesh::testing::jsonpath {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool done() const { return at_ == text_.size(); }
  size_t offset() const { return at_; }
  void go_back(size_t offset) { at_ = offset; }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(std::string_view token) {
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }
  void skip_space();
  // A whole number as indexes have it: no leading zero, no -0, within 53 bits.
  Result<int64_t> integer();
  // 1, -0, 1.5e3: of filters.
  Result<document::Value> number();
  Result<std::string> quoted();
  // A member's name without quotes; empty when none stands here.
  std::string shorthand();
  // [a-z][a-z0-9_]*, or empty.
  std::string function_name();
  Error error(std::string_view what) const;

 private:
  size_t digits();
  Result<void> escape(char quote, std::string& out);
  std::optional<uint32_t> four_hex();

  const std::string_view text_;
  size_t at_ = 0;
};

}  // namespace mesh::testing::jsonpath
