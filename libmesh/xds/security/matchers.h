// Matchers of texts as security policies write them: "*", "*suffix", "prefix*" or the whole text
// (pilot/pkg/security/authz/matcher).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "libmesh/schema/gen/envoy/matcher.h"
#include "libmesh/schema/gen/envoy/route.h"

namespace mesh::xds {

// Where the JWT filter leaves the claims of a token.
inline constexpr std::string_view kJwtFilter = "envoy.filters.http.jwt_authn";
inline constexpr std::string_view kJwtPayload = "payload";

void write_exact(envoy::matcher::StringMatcher& out, std::string_view text);
void write_regex(envoy::matcher::StringMatcher& out, std::string_view regex);
// `before` comes before the text of the value: "spiffe://".
void write_pattern(envoy::matcher::StringMatcher& out, std::string_view value,
                   std::string_view before = {});
// Of a header; hosts are compared without regard to case.
void write_header_pattern(envoy::route::HeaderMatcher& out, std::string_view name,
                          std::string_view value, bool ignore_case);
// One of the values; a list of one is not wrapped.
void write_any_pattern(envoy::matcher::ValueMatcher& out, std::span<const std::string> values);

// Nothing yet, in memory that the thread keeps: for one text that is written at once.
std::string& empty_text();
// The text with all that means something in a regular expression escaped (Go's regexp.QuoteMeta).
void append_quoted(std::string_view text, std::string& out);

// A claim of a verified token, by the path to it: `write_value` writes a ValueMatcher, for the
// claim itself or one of the elements of a list.
template <typename F>
void write_claim(envoy::matcher::MetadataMatcher& out, std::span<const std::string_view> path,
                 F&& write_value) {
  out.filter(kJwtFilter);
  out.path([](auto& segment) { segment.key(kJwtPayload); });
  for (std::string_view key : path) out.path([&](auto& segment) { segment.key(key); });
  out.value([&](auto& value) {
    value.or_match([&](auto& either) {
      either.value_matchers(
          [&](auto& list) { list.list_match([&](auto& one) { one.one_of(write_value); }); });
      either.value_matchers(write_value);
    });
  });
}

}  // namespace mesh::xds
