#include "libmesh/xds/security/matchers.h"

namespace mesh::xds {

using envoy::matcher::StringMatcher;

void write_exact(StringMatcher& out, std::string_view text) { out.exact(text); }

void write_regex(StringMatcher& out, std::string_view regex) {
  out.safe_regex([&](auto& expression) { expression.regex(regex); });
}

void append_quoted(std::string_view text, std::string& out) {
  for (char c : text) {
    if (std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos) out.push_back('\\');
    out.push_back(c);
  }
}

void write_pattern(StringMatcher& out, std::string_view value, std::string_view before) {
  std::string text;
  // Envoy takes no empty prefix or suffix.
  if (value == "*") {
    write_regex(out, ".+");
  } else if (value.starts_with('*')) {
    value.remove_prefix(1);
    if (before.empty()) {
      out.suffix(value);
      return;
    }
    text.append(before).append(".*");
    append_quoted(value, text);
    write_regex(out, text);
  } else if (value.ends_with('*')) {
    value.remove_suffix(1);
    out.prefix(before.empty() ? value : std::string_view(text.append(before).append(value)));
  } else {
    out.exact(before.empty() ? value : std::string_view(text.append(before).append(value)));
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
