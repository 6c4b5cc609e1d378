#include "libmesh/testing/walk/matchers.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>

#include "libmesh/base/expression.h"
#include "libmesh/base/strings.h"

namespace mesh::testing {

Regex::Regex(View matcher)
    : pattern_(matcher.text("regex")),
      compiled_(std::make_shared<re2::RE2>(with_old_groups(pattern_), re2::RE2::Quiet)) {}

bool Regex::matches(std::string_view text) const {
  return compiled_->ok() &&
         re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

std::string Regex::replace(std::string_view text, const std::string& substitution) const {
  std::string out(text);
  if (compiled_->ok()) re2::RE2::GlobalReplace(&out, *compiled_, substitution);
  return out;
}

TextMatcher::TextMatcher(View matcher)
    : TextMatcher(matcher.which("match_pattern"),
                  matcher.which("match_pattern").empty()
                      ? ""
                      : matcher.text(matcher.which("match_pattern")),
                  matcher.flag("ignore_case")) {
  if (matcher.which("match_pattern") != "safe_regex") return;
  kind_ = Kind::kRegex;
  regex_.emplace(matcher.at("safe_regex"));
}

TextMatcher::TextMatcher(std::string_view pattern, std::string text, bool ignore_case)
    : text_(ignore_case ? lower_ascii(text) : std::move(text)), ignore_case_(ignore_case) {
  if (pattern == "exact") kind_ = Kind::kExact;
  if (pattern == "prefix") kind_ = Kind::kPrefix;
  if (pattern == "suffix") kind_ = Kind::kSuffix;
  if (pattern == "contains") kind_ = Kind::kContains;
}

bool TextMatcher::matches(std::string_view given) const {
  std::string small;
  if (ignore_case_ && kind_ != Kind::kRegex) {
    small = lower_ascii(given);
    given = small;
  }
  switch (kind_) {
    case Kind::kNothing:
      return false;
    case Kind::kExact:
      return given == text_;
    case Kind::kPrefix:
      return given.starts_with(text_);
    case Kind::kSuffix:
      return given.ends_with(text_);
    case Kind::kContains:
      return given.find(text_) != given.npos;
    case Kind::kRegex:
      return regex_->matches(given);
  }
  return false;
}

std::string TextMatcher::describe() const {
  switch (kind_) {
    case Kind::kNothing:
      return "nothing";
    case Kind::kExact:
      return "exact:" + text_;
    case Kind::kPrefix:
      return "prefix:" + text_;
    case Kind::kSuffix:
      return "suffix:" + text_;
    case Kind::kContains:
      return "contains:" + text_;
    case Kind::kRegex:
      return "regex:" + regex_->pattern();
  }
  return "";
}

HeaderMatcher::HeaderMatcher(View matcher)
    : name_(lower_ascii(matcher.text("name"))),
      invert_(matcher.flag("invert_match")),
      missing_is_empty_(matcher.flag("treat_missing_header_as_empty")) {
  const std::string_view kind = matcher.which("header_match_specifier");
  if (kind.empty()) return;
  if (kind == "present_match") {
    present_ = matcher.flag("present_match");
    return;
  }
  present_kind_ = false;
  if (kind == "string_match") {
    text_.emplace(matcher.at("string_match"));
  } else if (kind == "safe_regex_match") {
    regex_.emplace(matcher.at("safe_regex_match"));
  } else if (kind == "range_match") {
    const View range = matcher.at("range_match");
    range_.emplace(static_cast<int64_t>(range.number("start")),
                   static_cast<int64_t>(range.number("end")));
  } else {
    // exact_match, prefix_match, suffix_match, contains_match
    text_.emplace(kind.substr(0, kind.rfind('_')), matcher.text(kind), false);
  }
}

bool HeaderMatcher::value_matches(std::string_view value) const {
  if (text_) return text_->matches(value);
  if (regex_) return regex_->matches(value);
  if (!range_) return false;
  int64_t number = 0;
  const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), number);
  return fault == std::errc() && end == value.data() + value.size() && number >= range_->first &&
         number < range_->second;
}

bool HeaderMatcher::matches(const Exchange& exchange) const {
  const std::optional<std::string> value = exchange.header(name_);
  if (present_kind_) {
    const bool is_there = value.has_value() || missing_is_empty_;
    return (is_there == present_) != invert_;
  }
  // Inverted, too: what is not there does not match, unless it counts as empty.
  if (!value && !missing_is_empty_) return false;
  return value_matches(value.value_or("")) != invert_;
}

std::vector<HeaderMatcher> read_header_matchers(View message, std::string_view field) {
  std::vector<HeaderMatcher> out;
  message.each(field, [&](View each) { out.emplace_back(each); });
  return out;
}

bool all_match(const std::vector<HeaderMatcher>& matchers, const Exchange& exchange) {
  return std::all_of(matchers.begin(), matchers.end(),
                     [&](const HeaderMatcher& each) { return each.matches(exchange); });
}

QueryMatcher::QueryMatcher(View matcher) : name_(matcher.text("name")) {
  const std::string_view kind = matcher.which("query_parameter_match_specifier");
  if (kind == "string_match") text_.emplace(matcher.at("string_match"));
  if (kind == "present_match") present_ = matcher.flag("present_match");
}

bool QueryMatcher::matches(std::string_view path) const {
  const std::optional<std::string> value = query_parameter(path, name_);
  if (present_) return value.has_value() == *present_;
  return value && (!text_ || text_->matches(*value));
}

ValueMatcher::ValueMatcher(View matcher) {
  const std::string_view pattern = matcher.which("match_pattern");
  if (pattern == "null_match") {
    kind_ = Kind::kNull;
  } else if (pattern == "double_match") {
    kind_ = Kind::kNumber;
    const View number = matcher.at("double_match");
    if (number.which("match_pattern") == "range") {
      low_ = number.at("range").real("start");
      high_ = number.at("range").real("end");
    } else {
      low_ = high_ = number.real("exact");
    }
  } else if (pattern == "string_match") {
    kind_ = Kind::kText;
    text_.emplace(matcher.at("string_match"));
  } else if (pattern == "bool_match") {
    kind_ = Kind::kBool;
    flag_ = matcher.flag("bool_match");
  } else if (pattern == "present_match") {
    kind_ = Kind::kPresent;
    flag_ = matcher.flag("present_match");
  } else if (pattern == "list_match") {
    kind_ = Kind::kList;
    inner_.emplace_back(matcher.at("list_match").at("one_of"));
  } else if (pattern == "or_match") {
    kind_ = Kind::kAny;
    matcher.at("or_match").each("value_matchers", [&](View each) { inner_.emplace_back(each); });
  }
}

bool ValueMatcher::matches(const document::Value& value) const {
  const auto one_of = [&](const document::Value& each) {
    return std::any_of(inner_.begin(), inner_.end(),
                       [&](const ValueMatcher& matcher) { return matcher.matches(each); });
  };
  switch (kind_) {
    case Kind::kNothing:
      return false;
    case Kind::kNull:
      return value.is_null();
    case Kind::kNumber: {
      const int64_t* whole = value.if_int();
      const double* real = value.if_double();
      if (whole == nullptr && real == nullptr) return false;
      const double number = whole != nullptr ? static_cast<double>(*whole) : *real;
      return low_ == high_ ? number == low_ : number >= low_ && number < high_;
    }
    case Kind::kText:
      return value.is_string() && text_->matches(*value.if_string());
    case Kind::kBool:
      return value.if_bool() != nullptr && *value.if_bool() == flag_;
    case Kind::kPresent:
      return flag_ != value.is_null();
    case Kind::kList: {
      const document::List* list = value.if_list();
      return list != nullptr && std::any_of(list->begin(), list->end(), one_of);
    }
    case Kind::kAny:
      return one_of(value);
  }
  return false;
}

MetadataMatcher::MetadataMatcher(View matcher)
    : filter_(matcher.text("filter")),
      value_(matcher.at("value")),
      invert_(matcher.flag("invert")) {
  matcher.each("path", [&](View segment) { path_.push_back(segment.text("key")); });
}

bool MetadataMatcher::matches(const document::Value& metadata) const {
  static const document::Value kNull;
  const document::Value* at = metadata.find(filter_);
  for (const std::string& key : path_) {
    if (at != nullptr) at = at->find(key);
  }
  return value_.matches(at == nullptr ? kNull : *at) != invert_;
}

std::optional<std::string> query_parameter(std::string_view path, std::string_view name) {
  const size_t start = path.find('?');
  if (start == path.npos) return {};
  std::string_view rest = path.substr(start + 1);
  rest = rest.substr(0, rest.find('#'));
  while (!rest.empty()) {
    const size_t end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    const size_t equals = pair.find('=');
    if (pair.substr(0, equals) == name) {
      return std::string(equals == pair.npos ? "" : pair.substr(equals + 1));
    }
    if (end == rest.npos) break;
    rest.remove_prefix(end + 1);
  }
  return {};
}

std::string_view without_query(std::string_view path) {
  return path.substr(0, path.find_first_of("?#"));
}

}  // namespace mesh::testing
