#include "libmesh/xds/rds/route_parts.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "libmesh/schema/gen/envoy/common_fault.h"
#include "libmesh/schema/gen/envoy/cors.h"
#include "libmesh/schema/gen/envoy/http_fault.h"
#include "libmesh/xds/security/claim_route.h"
#include "libmesh/xds/security/matchers.h"

namespace mesh::xds {
namespace {

namespace er = envoy::route;
using networking::StringMatch;

constexpr std::string_view kFaultFilter = "envoy.filters.http.fault";
constexpr std::string_view kCorsFilter = "envoy.filters.http.cors";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

// No condition, and Istio's own "*" (which is no RE2 expression), ask only that it is there.
bool only_presence(const StringMatch& match) {
  if (match.regex) return *match.regex == "*";
  return !match.exact && !match.prefix;
}

void write_header_match(er::RouteMatch& out, std::string_view name, const StringMatch& match,
                        bool invert) {
  if (const auto claim = routing_claim(name); !claim.empty()) {
    out.dynamic_metadata([&](envoy::matcher::MetadataMatcher metadata) {
      write_claim(metadata, claim, [&](envoy::matcher::ValueMatcher value) {
        value.string_match([&](envoy::matcher::StringMatcher m) { write_string_match(m, match); });
      });
      metadata.invert(invert);
    });
    return;
  }
  out.headers([&](er::HeaderMatcher header) {
    header.name(name);
    if (only_presence(match)) {
      header.present_match(true);
    } else {
      header.string_match([&](envoy::matcher::StringMatcher m) { write_string_match(m, match); });
    }
    if (!invert) return;
    header.invert_match(true);
    // Envoy refuses this beside present_match.
    if (!only_presence(match)) header.treat_missing_header_as_empty(true);
  });
}

// By name, as Istio sorts them; the pseudo headers come after.
void write_header_matches(er::RouteMatch& out, const networking::HTTPMatchRequest& match) {
  auto with = match.headers.begin();
  auto without = match.without_headers.begin();
  while (with != match.headers.end() || without != match.without_headers.end()) {
    bool take_with = without == match.without_headers.end() ||
                     (with != match.headers.end() && with->first <= without->first);
    if (take_with) {
      write_header_match(out, with->first, with->second, false);
      ++with;
    } else {
      write_header_match(out, without->first, without->second, true);
      ++without;
    }
  }
  if (match.method) write_header_match(out, ":method", *match.method, false);
  if (match.authority) write_header_match(out, ":authority", *match.authority, false);
  if (match.scheme) write_header_match(out, ":scheme", *match.scheme, false);
}

void write_query_match(er::RouteMatch& out, const std::string& name, const StringMatch& match) {
  out.query_parameters([&](er::QueryParameterMatcher parameter) {
    parameter.name(name);
    if (only_presence(match)) {
      parameter.present_match(true);
    } else {
      parameter.string_match(
          [&](envoy::matcher::StringMatcher m) { write_string_match(m, match); });
    }
  });
}

void write_path(er::RouteMatch& out, const networking::HTTPMatchRequest& match, bool separated,
                MatchSummary& summary) {
  const StringMatch* uri = match.uri.get();
  if (uri != nullptr && uri->exact) {
    out.path(*uri->exact);
    summary = {*uri->exact, false, false};
  } else if (uri != nullptr && uri->regex) {
    out.safe_regex([&](envoy::matcher::RegexMatcher m) { m.regex(*uri->regex); });
    summary = {*uri->regex, false, *uri->regex == ".*"};
  } else if (separated && uri != nullptr && uri->prefix && *uri->prefix != "/") {
    std::string_view prefix = *uri->prefix;
    if (prefix.ends_with('/')) prefix.remove_suffix(1);
    out.path_separated_prefix(prefix);
    summary = {"/", true, false};  // traces do not tell such a prefix (getRouteOperation)
  } else {
    std::string_view prefix = uri != nullptr && uri->prefix ? std::string_view(*uri->prefix) : "/";
    out.prefix(prefix);
    summary = {prefix, true, prefix == "/"};
  }
}

void write_fraction(envoy::type::FractionalPercent out, const networking::Percent& percent) {
  out.numerator(static_cast<uint32_t>(percent.value * 10000));
  out.denominator(envoy::type::FractionalPercent::MILLION);
}

void write_delay(envoy::common_fault::FaultDelay out,
                 const networking::HTTPFaultInjection_Delay& delay) {
  out.percentage([&](envoy::type::FractionalPercent p) {
    if (delay.percentage) {
      write_fraction(p, *delay.percentage);
    } else {
      p.numerator(static_cast<uint32_t>(delay.percent));
    }
  });
  out.fixed_delay(*delay.fixed_delay);
}

constexpr std::array<std::pair<std::string_view, uint32_t>, 17> kGrpcStatus = {{
    {"OK", 0},
    {"CANCELLED", 1},
    {"UNKNOWN", 2},
    {"INVALID_ARGUMENT", 3},
    {"DEADLINE_EXCEEDED", 4},
    {"NOT_FOUND", 5},
    {"ALREADY_EXISTS", 6},
    {"PERMISSION_DENIED", 7},
    {"RESOURCE_EXHAUSTED", 8},
    {"FAILED_PRECONDITION", 9},
    {"ABORTED", 10},
    {"OUT_OF_RANGE", 11},
    {"UNIMPLEMENTED", 12},
    {"INTERNAL", 13},
    {"UNAVAILABLE", 14},
    {"DATA_LOSS", 15},
    {"UNAUTHENTICATED", 16},
}};

uint32_t grpc_status(std::string_view name) {
  for (const auto& [text, number] : kGrpcStatus) {
    if (text == name) return number;
  }
  return 0;
}

void write_abort(envoy::http_fault::FaultAbort out,
                 const networking::HTTPFaultInjection_Abort& abort) {
  if (abort.percentage) {
    out.percentage([&](envoy::type::FractionalPercent p) { write_fraction(p, *abort.percentage); });
  }
  if (abort.http_status) {
    out.http_status(static_cast<uint32_t>(*abort.http_status));
  } else {
    out.grpc_status(grpc_status(*abort.grpc_status));
  }
}

std::string join(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += ',';
    out += part;
  }
  return out;
}

}  // namespace

bool is_internal_header(std::string_view name) {
  return (!name.empty() && name.front() == ':') || equal_ignoring_case(name, "host");
}

std::string_view authority_of(const networking::Headers& headers) {
  if (!headers.request) return {};
  auto find = [](const std::map<std::string, std::string>& entries) {
    std::string_view found;
    for (const auto& [key, value] : entries) {
      if (equal_ignoring_case(key, ":authority") || equal_ignoring_case(key, "host")) found = value;
    }
    return found;
  };
  const std::string_view set = find(headers.request->set);
  return set.empty() ? find(headers.request->add) : set;
}

void write_string_match(envoy::matcher::StringMatcher out, const StringMatch& match) {
  if (match.exact) {
    out.exact(*match.exact);
  } else if (match.prefix) {
    out.prefix(*match.prefix);
  } else if (match.regex) {
    out.safe_regex([&](envoy::matcher::RegexMatcher m) { m.regex(*match.regex); });
  }
}

MatchSummary write_match(er::RouteMatch out, const networking::HTTPMatchRequest* match,
                         bool separated) {
  MatchSummary summary;
  if (match == nullptr) {
    out.prefix("/");
    return summary;
  }
  write_path(out, *match, separated, summary);
  write_header_matches(out, *match);
  out.case_sensitive(!match->ignore_uri_case);
  for (const auto& [name, value] : match->query_params) write_query_match(out, name, value);
  summary.catch_all = summary.catch_all && match->headers.empty() &&
                      match->without_headers.empty() && match->query_params.empty() &&
                      !match->method && !match->authority && !match->scheme;
  return summary;
}

bool is_supported_redirect(const networking::HTTPRedirect& redirect) {
  switch (redirect.redirect_code) {
    case 0:
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return true;
    default:
      return false;
  }
}

void write_redirect(er::RedirectAction out, const networking::HTTPRedirect& redirect, uint32_t port,
                    bool tls) {
  using Action = er::RedirectAction;
  out.host_redirect(redirect.authority);
  if (!redirect.prefix_rewrite.empty()) {
    out.prefix_rewrite(redirect.prefix_rewrite);
  } else {
    out.path_redirect(redirect.uri);
  }
  if (!redirect.scheme.empty()) out.scheme_redirect(redirect.scheme);
  uint32_t to = 0;
  if (redirect.port) {
    to = *redirect.port;
  } else if (redirect.derive_port &&
             *redirect.derive_port ==
                 networking::HTTPRedirect_RedirectPortSelection::FROM_REQUEST_PORT) {
    to = port;
  }
  std::string_view scheme = redirect.scheme;
  if (scheme.empty()) scheme = tls ? "https" : "http";
  // The scheme's own port is not put into the Location.
  if (!(to == 80 && scheme == "http") && !(to == 443 && scheme == "https")) out.port_redirect(to);
  switch (redirect.redirect_code) {
    case 302:
      out.response_code(Action::FOUND);
      break;
    case 303:
      out.response_code(Action::SEE_OTHER);
      break;
    case 307:
      out.response_code(Action::TEMPORARY_REDIRECT);
      break;
    case 308:
      out.response_code(Action::PERMANENT_REDIRECT);
      break;
    default:
      break;
  }
}

void write_direct_response(er::DirectResponseAction out,
                           const networking::HTTPDirectResponse& response) {
  out.status(response.status);
  if (!response.body) return;
  out.body([&](envoy::core::DataSource body) {
    if (response.body->string) {
      body.inline_string(*response.body->string);
    } else if (response.body->bytes) {
      body.inline_bytes(*response.body->bytes);
    }
  });
}

void write_fault(er::Route& out, const networking::HTTPFaultInjection& fault) {
  bool delay = fault.delay && fault.delay->fixed_delay;
  bool abort = fault.abort && (fault.abort->http_status || fault.abort->grpc_status);
  out.typed_per_filter_config<envoy::http_fault::HTTPFault>(
      kFaultFilter, [&](envoy::http_fault::HTTPFault f) {
        if (delay) {
          f.delay([&](envoy::common_fault::FaultDelay d) { write_delay(d, *fault.delay); });
        }
        if (abort) {
          f.abort([&](envoy::http_fault::FaultAbort a) { write_abort(a, *fault.abort); });
        }
      });
}

void write_cors(er::Route& out, const networking::CorsPolicy& cors) {
  out.typed_per_filter_config<envoy::cors::CorsPolicy>(kCorsFilter, [&](envoy::cors::CorsPolicy c) {
    for (const StringMatch& origin : cors.allow_origins) {
      c.allow_origin_string_match(
          [&](envoy::matcher::StringMatcher m) { write_string_match(m, origin); });
    }
    if (cors.allow_origins.empty()) {
      for (const std::string& origin : cors.allow_origin) {
        c.allow_origin_string_match([&](envoy::matcher::StringMatcher m) { m.exact(origin); });
      }
    }
    c.filter_enabled([](envoy::core::RuntimeFractionalPercent r) {
      r.default_value([](envoy::type::FractionalPercent p) { p.numerator(100); });
    });
    if (cors.allow_credentials) c.allow_credentials(*cors.allow_credentials);
    c.allow_headers(join(cors.allow_headers));
    c.allow_methods(join(cors.allow_methods));
    c.expose_headers(join(cors.expose_headers));
    if (cors.max_age) c.max_age(std::to_string(cors.max_age->seconds));
    c.forward_not_matching_preflights(cors.unmatched_preflights !=
                                      networking::CorsPolicy_UnmatchedPreflights::IGNORE);
  });
}

void write_hash_policy(er::RouteAction& out,
                       const networking::LoadBalancerSettings_ConsistentHashLB& hash) {
  // A hash over nothing chooses the load balancer only (ConsistentHashToHashPolicy).
  if (!hash.http_header_name && !hash.http_cookie && !hash.use_source_ip &&
      !hash.http_query_parameter_name) {
    return;
  }
  out.hash_policy([&](er::RouteAction_HashPolicy policy) {
    if (hash.http_header_name) {
      policy.header(
          [&](er::RouteAction_HashPolicy_Header h) { h.header_name(*hash.http_header_name); });
    } else if (hash.http_cookie) {
      policy.cookie([&](er::RouteAction_HashPolicy_Cookie c) {
        c.name(hash.http_cookie->name);
        if (hash.http_cookie->ttl) c.ttl(*hash.http_cookie->ttl);
        c.path(hash.http_cookie->path);
        for (const auto& attribute : hash.http_cookie->attributes) {
          c.attributes([&](er::RouteAction_HashPolicy_CookieAttribute a) {
            a.name(attribute.name);
            a.value(attribute.value);
          });
        }
      });
    } else if (hash.use_source_ip) {
      policy.connection_properties([&](er::RouteAction_HashPolicy_ConnectionProperties c) {
        c.source_ip(*hash.use_source_ip);
      });
    } else if (hash.http_query_parameter_name) {
      policy.query_parameter([&](er::RouteAction_HashPolicy_QueryParameter q) {
        q.name(*hash.http_query_parameter_name);
      });
    }
  });
}

void write_mirror(er::RouteAction& out, std::string_view cluster,
                  const networking::Percent* percentage, const uint32_t* percent) {
  if (percentage != nullptr && !(percentage->value > 0)) return;
  if (percentage == nullptr && percent != nullptr && *percent == 0) return;
  out.request_mirror_policies([&](er::RouteAction_RequestMirrorPolicy mirror) {
    mirror.cluster(cluster);
    mirror.runtime_fraction([&](envoy::core::RuntimeFractionalPercent r) {
      r.default_value([&](envoy::type::FractionalPercent p) {
        if (percentage != nullptr) {
          write_fraction(p, *percentage);
        } else {
          p.numerator(percent != nullptr ? *percent : 100);
        }
      });
    });
    mirror.trace_sampled(false);
    mirror.disable_shadow_host_suffix_append(true);
  });
}

}  // namespace mesh::xds
