// What Istio refuses in retries, faults, rewrites, redirects, responses and CORS.
#include "libmesh/traffic/check/rules_route_parts.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <utility>

#include "libmesh/base/expression.h"
#include "libmesh/traffic/check/go_text.h"
#include "libmesh/traffic/check/words.h"

namespace mesh::traffic {
namespace {

constexpr int64_t kLeastStatus = 200;
constexpr int64_t kMostStatus = 600;  // Istio's check takes it, too
constexpr const char* kStatus = "write one from 200 to 599";

// Those that Go knows a text for (http.StatusText).
bool is_known_status(int64_t number) {
  constexpr std::array<std::pair<int, int>, 11> kRanges = {{{100, 103},
                                                            {200, 208},
                                                            {226, 226},
                                                            {300, 305},
                                                            {307, 308},
                                                            {400, 418},
                                                            {421, 426},
                                                            {428, 429},
                                                            {431, 431},
                                                            {451, 451},
                                                            {500, 508}}};
  return number == 510 || number == 511 ||
         std::any_of(kRanges.begin(), kRanges.end(),
                     [&](const auto& r) { return r.first <= number && number <= r.second; });
}

// The conditions are not trimmed before they are compared.
void check_conditions(std::string_view text, const std::string& field, Finder& finder) {
  static const std::set<std::string> kWords = {"5xx",
                                               "gateway-error",
                                               "reset",
                                               "reset-before-request",
                                               "connect-failure",
                                               "envoy-ratelimited",
                                               "retriable-4xx",
                                               "refused-stream",
                                               "retriable-status-codes",
                                               "retriable-headers",
                                               "http3-post-connect-failure",
                                               "cancelled",
                                               "deadline-exceeded",
                                               "internal",
                                               "resource-exhausted",
                                               "unavailable"};
  for (size_t begin = 0; !text.empty() && begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string word(text.substr(begin, end - begin));
    begin = end + 1;
    if (kWords.contains(word) || is_known_status(go_number(word))) continue;
    finder.invalid(field, quoted(word) + " is no condition of retries",
                   word.find(' ') != std::string::npos
                       ? "write the conditions with commas and no spaces between them"
                       : Surroundings::mend_name(word, kWords, ""));
  }
}

void check_abort(const networking::HTTPFaultInjection_Abort& abort, const std::string& path,
                 Finder& finder) {
  static const std::set<std::string> kCodes = {
      "OK",        "CANCELLED",         "UNKNOWN",           "INVALID_ARGUMENT",
      "NOT_FOUND", "ALREADY_EXISTS",    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
      "ABORTED",   "DEADLINE_EXCEEDED", "OUT_OF_RANGE",      "FAILED_PRECONDITION",
      "INTERNAL",  "UNIMPLEMENTED",     "UNAVAILABLE",       "UNAUTHENTICATED",
      "DATA_LOSS"};
  check_percent(abort.percentage, path + ".percentage.value", finder);
  if (abort.http2_error) {
    finder.invalid(path + ".http2Error", "is not supported", "write httpStatus or grpcStatus");
  } else if (abort.grpc_status) {
    if (!kCodes.contains(*abort.grpc_status)) {
      finder.invalid(path + ".grpcStatus", quoted(*abort.grpc_status) + " is no status of gRPC",
                     Surroundings::mend_name(*abort.grpc_status, kCodes, ""));
    }
  } else if (!abort.http_status) {
    finder.warn(Code::kNoEffect, path, "does not say with what", "write httpStatus");
  } else if (*abort.http_status < kLeastStatus || *abort.http_status > kMostStatus) {
    finder.invalid(path + ".httpStatus", std::to_string(*abort.http_status) + " is no HTTP status",
                   kStatus);
  }
}

void check_origin(const networking::StringMatch& origin, const std::string& path, Finder& finder) {
  if (origin.regex) return check_expression(*origin.regex, path + ".regex", finder);
  if (!origin.exact.value_or("").empty() || !origin.prefix.value_or("").empty()) return;
  finder.invalid(path, "matches nothing", "write exact, prefix or regex");
}

}  // namespace

void check_expression(const std::string& text, const std::string& path, Finder& finder) {
  constexpr size_t kMost = 1024;
  if (text.empty()) return finder.invalid(path, "is empty", "write what is to match");
  if (text.size() > kMost) {
    return finder.invalid(path, "is longer than 1024 characters", "shorten it");
  }
  re2::RE2::Options quiet;
  quiet.set_log_errors(false);
  const re2::RE2 expression(with_old_groups(text), quiet);
  if (expression.ok() && has_any_byte(text)) {
    // Go's syntax has it not, and Istio compiles with Go.
    return finder.invalid(path, quoted(text) + " has \\C, which Istio does not take", "write .");
  }
  if (expression.ok()) return;
  finder.invalid(path, quoted(text) + " is no regular expression: " + expression.error(),
                 "the syntax is RE2's");
}

void check_percent(const schema::Box<networking::Percent>& percent, const std::string& path,
                   Finder& finder) {
  if (!percent || (percent->value >= 0 && percent->value <= 100)) return;
  finder.invalid(path, "is not from 0 to 100", "write a percentage");
}

void check_retries(const networking::HTTPRetry& retries, const std::string& path, Finder& finder) {
  if (retries.attempts < 0) {
    finder.invalid(path + ".attempts", "is negative", "write 0, which is no retry, or more");
  }
  if (retries.attempts == 0 &&
      (retries.per_try_timeout || !retries.retry_on.empty() || retries.retry_remote_localities)) {
    finder.invalid(path + ".attempts", "is 0, which is no retry, and stands beside how to retry",
                   "write how often, or leave all else of retries out");
  }
  check_duration(retries.per_try_timeout, path + ".perTryTimeout", finder);
  check_duration(retries.backoff, path + ".backoff", finder);
  check_conditions(retries.retry_on, path + ".retryOn", finder);
}

void check_fault(const networking::HTTPFaultInjection& fault, const std::string& path,
                 Finder& finder) {
  constexpr double kLeast = 0.0001;
  if (!fault.abort && !fault.delay) {
    finder.invalid(path, "has neither abort nor delay", "write one of them, or leave fault out");
  }
  auto small = [&](const schema::Box<networking::Percent>& percent, const char* key) {
    if (!percent || percent->value <= 0 || percent->value >= kLeast) return;
    finder.invalid(path + key, "is less than 0.0001", "write 0, or 0.0001 and more");
  };
  if (fault.abort) {
    check_abort(*fault.abort, path + ".abort", finder);
    small(fault.abort->percentage, ".abort.percentage.value");
  }
  if (!fault.delay) return;
  const networking::HTTPFaultInjection_Delay& delay = *fault.delay;
  check_percent(delay.percentage, path + ".delay.percentage.value", finder);
  small(delay.percentage, ".delay.percentage.value");
  check_duration(delay.fixed_delay, path + ".delay.fixedDelay", finder);
  if (delay.exponential_delay) {
    finder.invalid(path + ".delay.exponentialDelay", "is not supported", "write fixedDelay");
  } else if (!delay.fixed_delay) {
    finder.warn(Code::kNoEffect, path + ".delay.fixedDelay", "is not set", "write 1ms or more");
  }
}

void check_rewrite(const networking::HTTPRewrite& rewrite, const std::string& path,
                   Finder& finder) {
  const auto* regex = rewrite.uri_regex_rewrite.get();
  if (regex == nullptr) {
    if (rewrite.uri.empty() && rewrite.authority.empty()) {
      finder.invalid(path, "rewrites nothing", "write uri or authority");
    }
    return;
  }
  if (!rewrite.uri.empty()) {
    finder.invalid(path + ".uri", "stands beside uriRegexRewrite", "write one of them");
  }
  if (regex->rewrite.empty()) {
    finder.invalid(path + ".uriRegexRewrite.rewrite", "is not set", "write the new path");
  }
  check_expression(regex->match, path + ".uriRegexRewrite.match", finder);
}

void check_cors(const networking::CorsPolicy& cors, const std::string& path, Finder& finder) {
  for (size_t i = 0; i < cors.allow_origins.size(); ++i) {
    check_origin(cors.allow_origins[i], at(path + ".allowOrigins", i), finder);
  }
  static const std::set<std::string> kMethods = {"GET",     "HEAD",    "POST",  "PUT",   "DELETE",
                                                 "CONNECT", "OPTIONS", "TRACE", "PATCH", "*"};
  for (size_t i = 0; i < cors.allow_methods.size(); ++i) {
    if (kMethods.contains(cors.allow_methods[i])) continue;
    finder.invalid(at(path + ".allowMethods", i),
                   quoted(cors.allow_methods[i]) + " is no method of HTTP",
                   Surroundings::mend_name(cors.allow_methods[i], kMethods, ""));
  }
  for (const auto& [names, key] : {std::pair{&cors.allow_headers, ".allowHeaders"},
                                   {&cors.expose_headers, ".exposeHeaders"}}) {
    for (size_t i = 0; i < names->size(); ++i) {
      if (is_header_name((*names)[i])) continue;  // "*" is one, too
      finder.invalid(at(path + key, i), quoted((*names)[i]) + " is no name of a header",
                     "write names without spaces and colons, each by itself");
    }
  }
  check_duration(cors.max_age, path + ".maxAge", finder);
  if (cors.max_age && cors.max_age->nanos >= 1'000'000) {
    finder.invalid(path + ".maxAge", "has parts of a second", "write whole seconds");
  }
}

void check_redirect(const networking::HTTPRoute& route, const std::string& path, Finder& finder) {
  static const std::set<uint32_t> kCodes = {0, 301, 302, 303, 307, 308};
  const networking::HTTPRedirect& redirect = *route.redirect;
  const std::string number = std::to_string(redirect.redirect_code);
  if (redirect.redirect_code != 0 &&
      (redirect.redirect_code < 300 || redirect.redirect_code > 399)) {
    finder.invalid(path + ".redirectCode", number + " is no status of a redirect",
                   "write 301, 302, 303, 307 or 308");
  } else if (!kCodes.contains(redirect.redirect_code)) {
    finder.warn(Code::kNoEffect, path + ".redirectCode", number + " is no redirect of Envoy",
                "write 301, 302, 303, 307 or 308");
  }
  if (!redirect.scheme.empty() && redirect.scheme != "http" && redirect.scheme != "https") {
    finder.invalid(path + ".scheme", quoted(redirect.scheme) + " is neither http nor https",
                   "write http or https");
  }
  if (redirect.port.value_or(0) > 0) check_port_number(*redirect.port, path + ".port", finder);
  const bool prefix = !redirect.prefix_rewrite.empty();
  if (prefix && !redirect.uri.empty()) {
    finder.invalid(path + ".prefixRewrite", "stands beside uri", "write one of them");
  }
  for (size_t i = 0; prefix && i < route.match.size(); ++i) {
    if (!route.match[i].uri || route.match[i].uri->prefix) continue;
    finder.invalid(path + ".prefixRewrite", "stands beside a match that is of no prefix",
                   "match prefixes, or write uri");
    break;
  }
  if (!prefix && redirect.uri.empty() && redirect.authority.empty() && redirect.scheme.empty() &&
      !redirect.port && !redirect.derive_port) {
    finder.invalid(path, "redirects to where the request was for",
                   "write uri, authority, scheme or port");
  }
}

void check_direct_response(const networking::HTTPDirectResponse& response, const std::string& path,
                           Finder& finder) {
  constexpr size_t kMostBody = 1024 * 1024;
  if (response.status < kLeastStatus || response.status > kMostStatus) {
    finder.invalid(path + ".status", std::to_string(response.status) + " is no HTTP status",
                   kStatus);
  }
  if (!response.body) return;
  const size_t size =
      response.body->string.value_or("").size() + response.body->bytes.value_or("").size();
  if (size > kMostBody) {
    finder.invalid(path + ".body", "is larger than 1 MiB", "serve it from a workload");
  }
}

}  // namespace mesh::traffic
