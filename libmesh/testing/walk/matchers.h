// Envoy's matchers of texts, headers, query parameters and metadata, read once.
//
// As source/common/common/matchers.cc and source/common/http/header_utility.cc in Envoy. A regular expression that
// RE2 does not take matches nothing: Envoy would refuse the whole resource.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/testing/walk/exchange.h"
#include "libmesh/testing/walk/view.h"

namespace re2 {
class RE2;
}  // namespace re2

namespace mesh::testing {

// envoy.type.matcher.v3.RegexMatcher. Matches the whole text.
class Regex {
 public:
  explicit Regex(View matcher);
  bool matches(std::string_view text) const;
  // All that matches replaced; "\1" in the substitution is a group.
  std::string replace(std::string_view text, const std::string& substitution) const;
  const std::string& pattern() const { return pattern_; }

 private:
  std::string pattern_;
  std::shared_ptr<const re2::RE2> compiled_;
};

// envoy.type.matcher.v3.StringMatcher
class TextMatcher {
 public:
  explicit TextMatcher(View matcher);
  // `pattern`: "exact", "prefix", "suffix" or "contains".
  TextMatcher(std::string_view pattern, std::string text, bool ignore_case);
  bool matches(std::string_view text) const;
  // "exact:a", "prefix:a", "regex:a.*", …
  std::string describe() const;

 private:
  enum class Kind : uint8_t { kNothing, kExact, kPrefix, kSuffix, kContains, kRegex };
  Kind kind_ = Kind::kNothing;
  std::string text_;  // in small letters when case does not count
  bool ignore_case_ = false;
  std::optional<Regex> regex_;
};

// envoy.config.route.v3.HeaderMatcher
class HeaderMatcher {
 public:
  explicit HeaderMatcher(View matcher);
  bool matches(const Exchange& exchange) const;

 private:
  bool value_matches(std::string_view value) const;

  std::string name_;
  bool invert_ = false;
  bool missing_is_empty_ = false;
  bool present_kind_ = true;  // asks only whether the header is there
  bool present_ = true;
  std::optional<TextMatcher> text_;
  std::optional<Regex> regex_;
  std::optional<std::pair<int64_t, int64_t>> range_;
};
std::vector<HeaderMatcher> read_header_matchers(View message, std::string_view field);
bool all_match(const std::vector<HeaderMatcher>& matchers, const Exchange& exchange);

// envoy.config.route.v3.QueryParameterMatcher
class QueryMatcher {
 public:
  explicit QueryMatcher(View matcher);
  // `path` with its query.
  bool matches(std::string_view path) const;

 private:
  std::string name_;
  std::optional<TextMatcher> text_;
  std::optional<bool> present_;
};

// envoy.type.matcher.v3.ValueMatcher
class ValueMatcher {
 public:
  explicit ValueMatcher(View matcher);
  bool matches(const document::Value& value) const;

 private:
  enum class Kind : uint8_t { kNothing, kNull, kNumber, kText, kBool, kPresent, kList, kAny };
  Kind kind_ = Kind::kNothing;
  double low_ = 0;
  double high_ = 0;  // equal to low_: exactly that
  bool flag_ = false;
  std::optional<TextMatcher> text_;
  std::vector<ValueMatcher> inner_;  // of a list's elements; alternatives
};

// envoy.type.matcher.v3.MetadataMatcher
class MetadataMatcher {
 public:
  explicit MetadataMatcher(View matcher);
  bool matches(const document::Value& metadata) const;

 private:
  std::string filter_;
  std::vector<std::string> path_;
  ValueMatcher value_;
  bool invert_ = false;
};

// The first value of a parameter of the path's query, as it stands there.
std::optional<std::string> query_parameter(std::string_view path, std::string_view name);
// The path without query and fragment.
std::string_view without_query(std::string_view path);

}  // namespace mesh::testing
