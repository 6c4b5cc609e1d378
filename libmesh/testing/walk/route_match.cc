#include "libmesh/testing/walk/route_match.h"

#include <algorithm>

#include "libmesh/base/strings.h"

namespace mesh::testing {
namespace {

constexpr std::string_view kTemplate =
    "envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig";

bool is_grpc(const Exchange& exchange) {
  const auto type = exchange.header("content-type");
  if (!type || !type->starts_with("application/grpc")) return false;
  constexpr size_t kLength = std::string_view("application/grpc").size();
  return type->size() == kLength || (*type)[kLength] == '+' || (*type)[kLength] == ';';
}

bool segment_matches(std::string_view pattern, std::string_view segment) {
  if (pattern == "*" || pattern == "{*}") return !segment.empty();
  if (pattern.starts_with('{') && pattern.ends_with('}') && pattern.find('=') == pattern.npos) {
    return !segment.empty();
  }
  const size_t star = pattern.find('*');
  if (star == pattern.npos) return pattern == segment;
  const std::string_view before = pattern.substr(0, star);
  const std::string_view after = pattern.substr(star + 1);
  return segment.size() >= before.size() + after.size() && segment.starts_with(before) &&
         segment.ends_with(after);
}

}  // namespace

bool template_matches(std::string_view pattern, std::string_view path) {
  const auto cut = [](std::string_view& text) {
    text.remove_prefix(text.starts_with('/') ? 1 : 0);
    const size_t end = text.find('/');
    const std::string_view out = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end);
    return out;
  };
  while (!pattern.empty()) {
    const std::string_view wanted = cut(pattern);
    if (wanted.starts_with("**")) {
      // Takes as much as leaves enough for what comes behind it.
      const std::string_view tail = wanted.substr(2);
      if (pattern.empty() && tail.empty()) return true;
      for (std::string_view rest = path;; cut(rest)) {
        if (tail.empty() ? template_matches(pattern, rest) : rest.ends_with(tail)) return true;
        if (rest.empty()) return false;
      }
    }
    if (path.empty() || !segment_matches(wanted, cut(path))) return false;
  }
  return path.empty();
}

RouteMatch::RouteMatch(View match)
    : ignore_case_(!match.wrapped_flag("case_sensitive", true)),
      headers_(read_header_matchers(match, "headers")),
      grpc_(static_cast<bool>(match.at("grpc"))) {
  read_path(match);
  match.each("query_parameters", [&](View each) { query_.emplace_back(each); });
  match.each("dynamic_metadata", [&](View each) { metadata_.emplace_back(each); });
  match.each("headers", [&](View each) { text_ += ", header " + each.text("name"); });
  match.each("query_parameters", [&](View each) { text_ += ", query " + each.text("name"); });
  if (!metadata_.empty()) text_ += ", claims";
  if (match.has("runtime_fraction"))
    percent_ = testing::percent(match.at("runtime_fraction").at("default_value"));
  if (const View tls = match.at("tls_context"); tls && tls.has("presented")) {
    certificate_presented_ = tls.wrapped_flag("presented", true);
  }
  if (match.size("filter_state") > 0) unknown_ = "a route asks for filter state";
}

void RouteMatch::read_path(View match) {
  const std::string_view kind = match.which("path_specifier");
  text_ = std::string(kind);
  if (kind == "prefix" || kind == "path" || kind == "path_separated_prefix") {
    kind_ =
        kind == "prefix" ? Kind::kPrefix : (kind == "path" ? Kind::kPath : Kind::kSeparatedPrefix);
    path_ = match.text(kind);
    text_ += " " + path_;
    if (ignore_case_) path_ = lower_ascii(path_);
  } else if (kind == "safe_regex") {
    kind_ = Kind::kRegex;
    regex_.emplace(match.at("safe_regex"));
    text_ = "regex " + regex_->pattern();
  } else if (kind == "connect_matcher") {
    kind_ = Kind::kConnect;
  } else if (kind == "path_match_policy") {
    const Opened policy = open(match.at("path_match_policy").at("typed_config"));
    if (policy.type == kTemplate && policy.message) {
      kind_ = Kind::kTemplate;
      path_ = policy.message.text("path_template");
      text_ = "template " + path_;
    } else {
      unknown_ = "a route matches paths by " + policy.type;
    }
  }
}

bool RouteMatch::path_matches(const Exchange& exchange) const {
  if (kind_ == Kind::kConnect) return exchange.header(":method") == "CONNECT";
  const std::optional<std::string> whole = exchange.header(":path");
  if (!whole) return false;
  std::string small;
  std::string_view path = without_query(*whole);
  if (ignore_case_ && kind_ != Kind::kRegex) {
    small = lower_ascii(path);
    path = small;
  }
  switch (kind_) {
    case Kind::kPrefix:
      return path.starts_with(path_);
    case Kind::kPath:
      return path == path_;
    case Kind::kRegex:
      return regex_->matches(path);
    case Kind::kSeparatedPrefix:
      return path.starts_with(path_) && (path.size() == path_.size() || path[path_.size()] == '/');
    case Kind::kTemplate:
      return template_matches(path_, path);
    case Kind::kConnect:
    case Kind::kNothing:
      return false;
  }
  return false;
}

bool RouteMatch::matches(const Exchange& exchange) const {
  if (percent_ <= 0 || (grpc_ && !is_grpc(exchange)) || !all_match(headers_, exchange))
    return false;
  if (!query_.empty()) {
    const std::string path = exchange.header(":path").value_or("");
    if (!std::all_of(query_.begin(), query_.end(),
                     [&](const QueryMatcher& each) { return each.matches(path); })) {
      return false;
    }
  }
  if (certificate_presented_ && *certificate_presented_ == exchange.connection->principal.empty()) {
    return false;
  }
  return std::all_of(
             metadata_.begin(), metadata_.end(),
             [&](const MetadataMatcher& each) { return each.matches(exchange.metadata); }) &&
         path_matches(exchange);
}

std::string_view RouteMatch::matched_part(std::string_view path) const {
  switch (kind_) {
    case Kind::kPrefix:
    case Kind::kSeparatedPrefix:
      return path.substr(0, path_.size());
    case Kind::kPath:
    case Kind::kRegex:
    case Kind::kTemplate:
      return without_query(path);
    case Kind::kConnect:
    case Kind::kNothing:
      return {};
  }
  return {};
}

}  // namespace mesh::testing
