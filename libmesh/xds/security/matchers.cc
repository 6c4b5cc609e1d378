#include "libmesh/xds/security/matchers.h"

#include <array>

#include "libmesh/xds/common.h"

namespace mesh::xds {

using envoy::matcher::StringMatcher;

namespace {

bool has_meaning(char c) {
  static constexpr auto kMeaning = [] {
    std::array<bool, 256> out{};
    for (const char each : std::string_view("\\.+*?()|[]{}^$"))
      out[static_cast<uint8_t>(each)] = true;
    return out;
  }();
  return kMeaning[static_cast<uint8_t>(c)];
}

}  // namespace

std::string& empty_text() {
  thread_local std::string text;
  text.clear();
  return text;
}

void write_exact(StringMatcher& out, std::string_view text) { out.exact(text); }

void write_regex(StringMatcher& out, std::string_view regex) {
  out.safe_regex([&](auto& expression) { expression.regex(regex); });
}

void append_quoted(std::string_view text, std::string& out) {
  size_t copied = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if (!has_meaning(text[at])) continue;
    append_texts(out, text.substr(copied, at - copied), "\\");
    copied = at;
  }
  out.append(text.substr(copied));
}

void write_pattern(StringMatcher& out, std::string_view value, std::string_view before) {
  const auto whole = [&]() -> std::string_view {
    if (before.empty()) return value;
    std::string& text = empty_text();
    append_texts(text, before, value);
    return text;
  };
  // Envoy takes no empty prefix or suffix.
  if (value == "*") {
    write_regex(out, ".+");
  } else if (value.starts_with('*')) {
    value.remove_prefix(1);
    if (before.empty()) {
      out.suffix(value);
      return;
    }
    std::string& text = empty_text();
    append_texts(text, before, ".*");
    append_quoted(value, text);
    write_regex(out, text);
  } else if (value.ends_with('*')) {
    value.remove_suffix(1);
    out.prefix(whole());
  } else {
    out.exact(whole());
  }
}

void write_header_pattern(envoy::route::HeaderMatcher& out, std::string_view name,
                          std::string_view value, bool ignore_case) {
  out.name(name);
  if (value == "*") {
    out.present_match(true);
    return;
  }
  out.string_match([&](StringMatcher match) {
    write_pattern(match, value);
    match.ignore_case(ignore_case);
  });
}

void write_any_pattern(envoy::matcher::ValueMatcher& out, std::span<const std::string> values) {
  const auto write_one = [](std::string_view value) {
    return [value](envoy::matcher::ValueMatcher one) {
      one.string_match([&](StringMatcher match) { write_pattern(match, value); });
    };
  };
  if (values.size() == 1) {
    write_one(values.front())(out);
    return;
  }
  out.or_match([&](auto& any) {
    for (const std::string& value : values) any.value_matchers(write_one(value));
  });
}

}  // namespace mesh::xds
