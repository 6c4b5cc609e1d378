// What Istio refuses in VirtualServices.
#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "libmesh/base/net.h"
#include "libmesh/model/host.h"
#include "libmesh/traffic/check/finder.h"
#include "libmesh/traffic/check/rules.h"
#include "libmesh/traffic/virtual_services.h"

namespace mesh::traffic {
namespace {

using networking::HTTPRoute;
using networking::StringMatch;
using networking::VirtualService;

constexpr const char* kMillisecond = "write 1ms or more";
constexpr const char* kPercent = "write a percentage";
constexpr const char* kStatus = "write one from 200 to 599";
constexpr const char* kName = "name the host that requests go to";

class RouteRules {
 public:
  RouteRules(const index::VirtualService& config, const std::set<std::string>& delegates,
             Diagnostics& out)
      : rule_(*config.spec),
        delegate_(delegates.contains(config.ns() + "/" + config.name())),
        finder_(*config.object, out) {}

  void check() {
    if (rule_.hosts.empty() && !delegate_) {
      finder_.invalid("spec.hosts", "names no host",
                      "a VirtualService that is no delegate has hosts");
    }
    check_hosts();
    if (rule_.http.empty() && rule_.tls.empty() && rule_.tcp.empty()) {
      finder_.invalid("spec", "has no route", "write http, tls or tcp");
    }
    for (size_t i = 0; i < rule_.http.size(); ++i) check_http(rule_.http[i], at("spec.http", i));
    for (size_t i = 0; i < rule_.tls.size(); ++i) {
      const std::string path = at("spec.tls", i);
      if (rule_.tls[i].match.empty()) {
        finder_.invalid(path + ".match", "is not set", "a TLS route matches names: sniHosts");
      }
      for (size_t j = 0; j < rule_.tls[i].match.size(); ++j) {
        if (rule_.tls[i].match[j].sni_hosts.empty()) {
          finder_.invalid(at(path + ".match", j) + ".sniHosts", "is not set",
                          "write the names that clients ask for");
        }
      }
      check_weights(rule_.tls[i].route, path + ".route");
    }
    for (size_t i = 0; i < rule_.tcp.size(); ++i) {
      check_weights(rule_.tcp[i].route, at("spec.tcp", i) + ".route");
    }
  }

 private:
  void check_hosts() {
    const bool sidecars = is_for_sidecars(rule_);
    std::set<std::string> seen;
    for (size_t i = 0; i < rule_.hosts.size(); ++i) {
      const std::string& host = rule_.hosts[i];
      if (sidecars && host == "*") {
        finder_.invalid(at("spec.hosts", i), "\"*\" is no host for sidecars",
                        "name the hosts, or a gateway other than mesh");
      }
      check_host_name(host, at("spec.hosts", i), finder_);
      if (!seen.insert(host).second) {
        finder_.invalid(at("spec.hosts", i), quoted(host) + " stands here twice", "write it once");
      }
    }
  }

  void check_http(const HTTPRoute& route, const std::string& path) {
    check_actions(route, path);
    for (size_t i = 0; i < route.match.size(); ++i) {
      check_match(route.match[i], at(path + ".match", i));
    }
    check_weights(route.route, path + ".route");
    check_duration(route.timeout, path + ".timeout");
    if (route.retries) {
      check_retries(*route.retries, path + ".retries");
      check_try(route, path + ".retries.perTryTimeout");
    }
    if (route.fault) check_fault(*route.fault, path + ".fault");
    check_percent(route.mirror_percentage, path + ".mirrorPercentage.value");
    for (size_t i = 0; i < route.mirrors.size(); ++i) {
      check_percent(route.mirrors[i].percentage, at(path + ".mirrors", i) + ".percentage.value");
    }
    if (route.mirror_percent && *route.mirror_percent > 100) {
      finder_.invalid(path + ".mirrorPercent", "is more than 100", kPercent);
    }
    if (route.rewrite) check_rewrite(*route.rewrite, path + ".rewrite");
    if (route.cors_policy) check_cors(*route.cors_policy, path + ".corsPolicy");
    if (route.redirect) check_redirect(*route.redirect, path + ".redirect");
    if (route.direct_response &&
        (route.direct_response->status < 200 || route.direct_response->status > 599)) {
      finder_.invalid(path + ".directResponse.status", "is no HTTP status", kStatus);
    }
    check_headers(route.headers, path + ".headers");
  }

  void check_actions(const HTTPRoute& route, const std::string& path) {
    const bool action = route.redirect || route.direct_response || route.delegate;
    if (!route.route.empty() && action) {
      finder_.invalid(path, "has destinations and another action",
                      "a route has one of route, redirect, directResponse and delegate");
    } else if (route.route.empty() && !action) {
      finder_.invalid(path, "does nothing with what it matches",
                      "write route, redirect, directResponse or delegate");
    }
    if (delegate_ && route.delegate) {
      finder_.invalid(path + ".delegate", "is of a delegate itself",
                      "delegates are one level deep");
    }
  }

  void check_text(const schema::Box<StringMatch>& match, const std::string& path) {
    if (match) check_text(*match, path);
  }

  void check_text(const StringMatch& match, const std::string& path) {
    if (match.regex) check_expression(*match.regex, path + ".regex");
  }

  void check_expression(const std::string& text, const std::string& path) {
    re2::RE2::Options quiet;
    quiet.set_log_errors(false);
    const re2::RE2 expression(text, quiet);
    if (expression.ok()) return;
    finder_.invalid(path, quoted(text) + " is no regular expression: " + expression.error(),
                    "the syntax is RE2's");
  }

  void check_match(const networking::HTTPMatchRequest& match, const std::string& path) {
    check_text(match.uri, path + ".uri");
    check_text(match.scheme, path + ".scheme");
    check_text(match.method, path + ".method");
    check_text(match.authority, path + ".authority");
    for (const auto& [name, text] : match.headers) {
      check_text(text, path + ".headers." + name);
      check_header_name(name, path + ".headers." + name);
    }
    for (const auto& [name, text] : match.without_headers) {
      check_text(text, path + ".withoutHeaders." + name);
    }
    for (const auto& [name, text] : match.query_params) {
      check_text(text, path + ".queryParams." + name);
    }
    // A path begins with a slash, so such a prefix is none.
    if (!match.uri) return;
    for (const auto& [text, key] : {std::pair{&match.uri->prefix, ".uri.prefix"},
                                    std::pair{&match.uri->exact, ".uri.exact"}}) {
      if (!text->has_value() || (!(*text)->empty() && (*text)->front() == '/')) continue;
      if ((*text)->empty() || **text == "*") continue;
      finder_.warn(Code::kNoEffect, path + key,
                   quoted(**text) + " matches no request: paths begin with /",
                   "write \"/" + **text + "\"");
    }
  }

  void check_header_name(const std::string& name, const std::string& path) {
    // ":authority" and the like are names of HTTP/2.
    if (!name.empty() && name.find_first_of(" \t:", 1) == std::string::npos && name.front() != ' ')
      return;
    finder_.invalid(path, quoted(name) + " is no name of a header",
                    "names have no spaces, and colons only in front");
  }

  template <typename Route>
  void check_weights(const std::vector<Route>& routes, const std::string& path) {
    int64_t total = 0;
    for (size_t i = 0; i < routes.size(); ++i) {
      if (routes[i].weight < 0) {
        finder_.invalid(at(path, i) + ".weight", "is negative", "write 0 or more");
      }
      total += std::max<int64_t>(routes[i].weight, 0);
      if (!routes[i].destination) {
        finder_.invalid(at(path, i) + ".destination", "is not set", kName);
      } else if (routes[i].destination->host.empty()) {
        finder_.invalid(at(path, i) + ".destination.host", "is not set", kName);
      }
    }
    // Shares need not add up to 100; what nearly does was meant to.
    if (routes.size() > 1 && total >= 80 && total <= 120 && total != 100) {
      finder_.remark(Code::kOutOfRange, path,
                     "has weights that add up to " + std::to_string(total) +
                         ", not to 100: they are shares, no percentages",
                     "share out 100");
    }
    if (routes.size() > 1 && total == 0) {
      finder_.invalid(path, "has destinations of which none has a weight",
                      "give each one its weight");
    }
  }

  void check_duration(const std::optional<schema::Duration>& duration, const std::string& path) {
    if (!duration || (duration->seconds == 0 && duration->nanos == 0)) return;
    if (duration->seconds < 0 || duration->nanos < 0) {
      finder_.invalid(path, "is negative", kMillisecond);
    } else if (duration->seconds == 0 && duration->nanos < 1'000'000) {
      finder_.invalid(path, "is less than a millisecond", kMillisecond);
    }
  }

  // The timeout of the whole ends a try that may last longer.
  void check_try(const HTTPRoute& route, const std::string& path) {
    const auto& one = route.retries->per_try_timeout;
    if (!one || !route.timeout || (route.timeout->seconds == 0 && route.timeout->nanos == 0))
      return;
    if (std::pair(one->seconds, one->nanos) <=
        std::pair(route.timeout->seconds, route.timeout->nanos)) {
      return;
    }
    finder_.warn(Code::kNoEffect, path,
                 "is longer than the timeout of the route, which ends it first",
                 "write less than the timeout, or a longer timeout");
  }

  void check_retries(const networking::HTTPRetry& retries, const std::string& path) {
    static constexpr std::array<std::string_view, 16> kWords = {"5xx",
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
    if (retries.attempts < 0) {
      finder_.invalid(path + ".attempts", "is negative", "write 0, which is no retry, or more");
    }
    check_duration(retries.per_try_timeout, path + ".perTryTimeout");
    const std::string_view text = retries.retry_on;
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find(',', begin), text.size());
      std::string_view word = text.substr(begin, end - begin);
      begin = end + 1;
      while (word.starts_with(' ')) word.remove_prefix(1);
      while (word.ends_with(' ')) word.remove_suffix(1);
      const bool status = word.size() == 3 && word.find_first_not_of("0123456789") == word.npos;
      if (status || std::find(kWords.begin(), kWords.end(), word) != kWords.end()) continue;
      finder_.invalid(path + ".retryOn", quoted(word) + " is no condition of retries",
                      Surroundings::mend_name(word, {kWords.begin(), kWords.end()}, ""));
    }
  }

  void check_percent(const schema::Box<networking::Percent>& percent, const std::string& path) {
    if (!percent || (percent->value >= 0 && percent->value <= 100)) return;
    finder_.invalid(path, "is not from 0 to 100", kPercent);
  }

  void check_fault(const networking::HTTPFaultInjection& fault, const std::string& path) {
    if (!fault.abort && !fault.delay) {
      finder_.invalid(path, "has neither abort nor delay", "write one of them, or leave fault out");
    }
    if (fault.abort) {
      check_percent(fault.abort->percentage, path + ".abort.percentage.value");
      if (!fault.abort->http_status && !fault.abort->grpc_status && !fault.abort->http2_error) {
        finder_.invalid(path + ".abort", "does not say with what", "write httpStatus");
      } else if (fault.abort->http_status &&
                 (*fault.abort->http_status < 200 || *fault.abort->http_status > 599)) {
        finder_.invalid(path + ".abort.httpStatus",
                        std::to_string(*fault.abort->http_status) + " is no HTTP status", kStatus);
      }
    }
    if (fault.delay) {
      check_percent(fault.delay->percentage, path + ".delay.percentage.value");
      check_duration(fault.delay->fixed_delay, path + ".delay.fixedDelay");
      if (!fault.delay->fixed_delay && !fault.delay->exponential_delay) {
        finder_.invalid(path + ".delay.fixedDelay", "is not set", kMillisecond);
      }
    }
  }

  void check_rewrite(const networking::HTTPRewrite& rewrite, const std::string& path) {
    if (rewrite.uri_regex_rewrite) {
      check_expression(rewrite.uri_regex_rewrite->match, path + ".uriRegexRewrite.match");
      if (!rewrite.uri.empty()) {
        finder_.invalid(path + ".uri", "stands beside uriRegexRewrite", "write one of them");
      }
    } else if (rewrite.uri.empty() && rewrite.authority.empty()) {
      finder_.invalid(path, "rewrites nothing", "write uri or authority");
    }
  }

  void check_cors(const networking::CorsPolicy& cors, const std::string& path) {
    for (size_t i = 0; i < cors.allow_origins.size(); ++i) {
      check_text(cors.allow_origins[i], at(path + ".allowOrigins", i));
    }
    static const std::set<std::string> kMethods = {"GET",     "HEAD",    "POST",  "PUT",   "DELETE",
                                                   "CONNECT", "OPTIONS", "TRACE", "PATCH", "*"};
    for (size_t i = 0; i < cors.allow_methods.size(); ++i) {
      if (kMethods.contains(cors.allow_methods[i])) continue;
      finder_.invalid(at(path + ".allowMethods", i),
                      quoted(cors.allow_methods[i]) + " is no method of HTTP",
                      Surroundings::mend_name(cors.allow_methods[i], kMethods, ""));
    }
    check_duration(cors.max_age, path + ".maxAge");
  }

  void check_redirect(const networking::HTTPRedirect& redirect, const std::string& path) {
    static const std::set<uint32_t> kCodes = {0, 301, 302, 303, 307, 308};
    if (!kCodes.contains(redirect.redirect_code)) {
      finder_.invalid(path + ".redirectCode",
                      std::to_string(redirect.redirect_code) + " is no status of a redirect",
                      "write 301, 302, 303, 307 or 308");
    }
    if (!redirect.scheme.empty() && redirect.scheme != "http" && redirect.scheme != "https") {
      finder_.invalid(path + ".scheme", quoted(redirect.scheme) + " is neither http nor https",
                      "write http or https");
    }
  }

  void check_headers(const schema::Box<networking::Headers>& headers, const std::string& path) {
    if (!headers) return;
    for (const auto& [side, key] :
         {std::pair{&headers->request, ".request"}, std::pair{&headers->response, ".response"}}) {
      if (!*side) continue;
      for (const auto& [name, value] : (*side)->set) check_header_name(name, path + key + ".set");
      for (const auto& [name, value] : (*side)->add) check_header_name(name, path + key + ".add");
    }
  }

  const VirtualService& rule_;
  const bool delegate_;
  Finder finder_;
};

}  // namespace

Diagnostics check_route_rules(const index::Mesh& mesh) {
  std::set<std::string> delegates;
  for (const index::VirtualService& config : *mesh.virtual_services) {
    for (const HTTPRoute& route : config->http) {
      if (!route.delegate) continue;
      const std::string& ns = route.delegate->namespace_;
      delegates.insert((ns.empty() ? config.ns() : ns) + "/" + route.delegate->name);
    }
  }
  Diagnostics out;
  for (const index::VirtualService& config : *mesh.virtual_services) {
    RouteRules(config, delegates, out).check();
  }
  return out;
}

}  // namespace mesh::traffic
