// A request in an HTTP connection manager: its route, its HTTP filters in order, and what the route does.
#include <algorithm>
#include <optional>
#include <set>

#include "libmesh/base/strings.h"
#include "libmesh/testing/walk/way.h"

namespace mesh::testing {
namespace {

constexpr std::string_view kExtensions = "envoy.extensions.filters.http.";
constexpr std::string_view kFault = "envoy.extensions.filters.http.fault.v3.HTTPFault";
constexpr std::string_view kCors = "envoy.extensions.filters.http.cors.v3.Cors";
constexpr std::string_view kCorsPolicy = "envoy.extensions.filters.http.cors.v3.CorsPolicy";
constexpr std::string_view kRouter = "envoy.extensions.filters.http.router.v3.Router";
constexpr std::string_view kRbacPerRoute = "envoy.extensions.filters.http.rbac.v3.RBACPerRoute";
constexpr std::string_view kExtAuthzPerRoute =
    "envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute";

// Filters that change nothing of what is answered here: they measure, or shape bodies and what endpoints see.
bool is_harmless(std::string_view type) {
  static const std::set<std::string_view> kHarmless = {
      "grpc_stats",     "grpc_web",         "compressor",         "decompressor",
      "buffer",         "set_filter_state", "header_to_metadata", "stateful_session",
      "upstream_codec", "original_src",     "grpc_http1_bridge",  "connect_grpc_bridge"};
  if (type.starts_with("io.istio.http.peer_metadata") || type.starts_with("stats.") ||
      type.starts_with("istio.envoy.config.filter.http.alpn")) {
    return true;
  }
  if (!type.starts_with(kExtensions)) return false;
  type.remove_prefix(kExtensions.size());
  return kHarmless.contains(type.substr(0, type.find('.')));
}

// What upgrade_configs of a connection manager or of a route say of a protocol.
std::optional<bool> offers(View holder, std::string_view protocol) {
  std::optional<bool> out;
  holder.each("upgrade_configs", [&](View each) {
    if (lower_ascii(each.text("upgrade_type")) == protocol) {
      out = each.wrapped_flag("enabled", true);
    }
  });
  return out;
}

class HttpWalk {
 public:
  HttpWalk(Way& way, const HttpManager& manager, const std::string& resource)
      : way_(way), manager_(manager), resource_(resource) {
    exchange_.connection = &way.connection;
  }
  void go();

 private:
  bool find_table();
  void choose_route();
  std::string refused_upgrade() const;
  bool pass(const HttpFilter& filter);
  bool pass_fault(const HttpFilter& filter, const std::optional<Override>& given);
  bool pass_cors(const std::optional<Override>& given);
  bool pass_jwt(const HttpFilter& filter);
  std::optional<Override> override_for(const std::string& filter) const;
  void answer();

  Way& way_;
  const HttpManager& manager_;
  const std::string& resource_;
  Exchange exchange_;
  std::shared_ptr<const RouteTable> discovered_;
  const RouteTable* table_ = nullptr;
  const VirtualHost* host_ = nullptr;
  const Route* route_ = nullptr;
  bool to_https_ = false;
};

bool HttpWalk::find_table() {
  table_ = manager_.inline_routes();
  std::string resource = resource_;
  if (!manager_.route_name().empty()) {
    discovered_ = way_.readings.routes(way_.config, manager_.route_name());
    table_ = discovered_.get();
    way_.out.route_configuration = manager_.route_name();
    resource = "routes/" + manager_.route_name();
  } else if (table_ != nullptr) {
    way_.out.route_configuration = table_->name();
  }
  if (table_ == nullptr) return false;
  way_.step("route-configuration", way_.out.route_configuration, resource,
            manager_.route_name().empty() ? "stands in the filter chain" : "is asked for by name");
  return true;
}

void HttpWalk::choose_route() {
  const std::string resource =
      manager_.route_name().empty() ? resource_ : "routes/" + manager_.route_name();
  host_ = nullptr;
  route_ = nullptr;
  to_https_ = false;
  const std::string authority = exchange_.header(":authority").value_or("");
  const RouteTable::Found found = table_->find(authority);
  host_ = found.host;
  if (host_ == nullptr) return;
  way_.out.virtual_host = host_->name();
  way_.step("virtual-host", host_->name(), resource, found.why, object_of(host_->message()));
  enum { kNone, kExternalOnly, kAll };
  if (host_->message().number("require_tls") == kAll &&
      exchange_.header("x-forwarded-proto") != "https") {
    to_https_ = true;
    return;
  }
  for (const Route& route : host_->routes()) {
    if (!route.match.unknown().empty()) way_.cannot_tell(route.match.unknown());
    if (!route.match.matches(exchange_)) continue;
    route_ = &route;
    way_.out.route = route.name;
    way_.step("route", route.name.empty() ? route.match.describe() : route.name, resource,
              "the first that matches: " + route.match.describe(), route.object);
    if (route.match.percent() < 100) {
      way_.cannot_tell("the route takes only a part of the requests that match it");
    }
    return;
  }
}

// The protocol that the request wants to go over to, when it may not: ActiveStream::createFilterChain answers with 403.
// Where there is no route it is not found first.
std::string HttpWalk::refused_upgrade() const {
  if (route_ == nullptr && !to_https_) return {};
  const std::string protocol = lower_ascii(exchange_.header("upgrade").value_or(""));
  const std::string connection = lower_ascii(exchange_.header("connection").value_or(""));
  if (way_.request.protocol != Protocol::kHttp1 || protocol.empty() ||
      connection.find("upgrade") == connection.npos) {
    return {};
  }
  std::optional<bool> offered;
  if (route_ != nullptr) offered = offers(route_->message.at("route"), protocol);
  if (!offered) offered = offers(manager_.message(), protocol);
  return offered.value_or(false) ? "" : protocol;
}

std::optional<Override> HttpWalk::override_for(const std::string& filter) const {
  if (host_ == nullptr) return {};
  if (route_ != nullptr) {
    if (auto found = override_of(route_->message, filter)) return found;
  }
  if (auto found = override_of(host_->message(), filter)) return found;
  return override_of(table_->message(), filter);
}

bool HttpWalk::pass_fault(const HttpFilter& filter, const std::optional<Override>& given) {
  const View config = given ? given->config.message : filter.config.message;
  if (!config || !all_match(read_header_matchers(config, "headers"), exchange_)) return true;
  const std::string cluster = config.text("upstream_cluster");
  if (!cluster.empty() &&
      (route_ == nullptr || route_->message.at("route").text("cluster") != cluster)) {
    return true;
  }
  Fault fault;
  if (const View delay = config.at("delay"); delay.at("fixed_delay")) {
    fault.delay_ms = *delay.milliseconds("fixed_delay");
    fault.delay_percent = percent(delay.at("percentage"));
  }
  if (const View abort = config.at("abort")) {
    fault.abort_percent = percent(abort.at("percentage"));
    const std::string_view kind = abort.which("error_type");
    if (kind == "http_status") fault.abort_code = static_cast<uint32_t>(abort.number(kind));
    if (kind == "grpc_status") fault.abort_grpc_code = static_cast<uint32_t>(abort.number(kind));
  }
  if (fault.delay_percent <= 0 && fault.abort_percent <= 0) return true;
  way_.out.fault = fault;
  way_.step("filter", filter.name, resource_, "a fault is injected",
            route_ == nullptr ? "" : route_->object);
  if (fault.abort_percent < 100) return true;
  way_.end(Verdict::kAborted, "a fault ends every such request");
  return false;
}

bool HttpWalk::pass_cors(const std::optional<Override>& given) {
  const View policy = given ? given->config.message : View();
  if (!policy || policy.type() != kCorsPolicy) return true;
  if (policy.has("filter_enabled") &&
      percent(policy.at("filter_enabled").at("default_value")) <= 0) {
    return true;
  }
  Cors cors;
  bool allowed = false;
  const std::string origin = exchange_.header("origin").value_or("");
  policy.each("allow_origin_string_match", [&](View each) {
    const TextMatcher matcher(each);
    cors.allow_origins.push_back(matcher.describe());
    allowed = allowed || (!origin.empty() && matcher.matches(origin));
  });
  cors.allow_methods = policy.text("allow_methods");
  cors.allow_headers = policy.text("allow_headers");
  cors.expose_headers = policy.text("expose_headers");
  cors.max_age = policy.text("max_age");
  if (const auto value = policy.wrapped("allow_credentials")) cors.allow_credentials = *value != 0;
  way_.out.cors = std::move(cors);
  if (!is_preflight(exchange_)) return true;
  if (!allowed && policy.wrapped_flag("forward_not_matching_preflights", true)) return true;
  way_.step("filter", "envoy.filters.http.cors", resource_,
            allowed ? "a preflight request of an origin that may come"
                    : "a preflight request of an origin that may not come");
  way_.out.direct_response = DirectResponse{200, ""};
  way_.end(Verdict::kDirectResponse, "the preflight request is answered with 200");
  return false;
}

bool HttpWalk::pass_jwt(const HttpFilter& filter) {
  for (const std::string& each : filter.jwt->unknown()) way_.cannot_tell(each);
  const JwtAuthn::Answer answer =
      filter.jwt->decide(exchange_, way_.request.tokens, way_.request.time);
  way_.step("filter", filter.name, resource_,
            answer.allowed ? "the request's tokens are what it asks for" : answer.why);
  if (!answer.allowed) {
    way_.end(Verdict::kUnauthenticated, answer.why);
    return false;
  }
  if (answer.route_changes) choose_route();
  return true;
}

bool HttpWalk::pass(const HttpFilter& filter) {
  const std::optional<Override> given = override_for(filter.name);
  if (given ? given->disabled : filter.disabled) return true;
  if (filter.type == kFault) return pass_fault(filter, given);
  if (filter.type == kCors) return pass_cors(given);
  if (filter.jwt) return pass_jwt(filter);
  if (filter.rbac) {
    if (!given || given->config.type != kRbacPerRoute) {
      return pass_rbac(way_, *filter.rbac, exchange_, resource_);
    }
    const Rbac own(given->config.message.at("rbac"), filter.rbac->filter());
    return pass_rbac(way_, own, exchange_, resource_);
  }
  if (filter.ext_authz) {
    const bool off =
        given && given->config.type == kExtAuthzPerRoute && given->config.message.flag("disabled");
    if (!off) pass_ext_authz(way_, *filter.ext_authz, exchange_, resource_);
    return true;
  }
  if (!is_harmless(filter.type)) {
    way_.cannot_tell("the HTTP filter " + filter.name +
                     (filter.type.empty() ? "" : " (" + filter.type + ")"));
  }
  return true;
}

void HttpWalk::answer() {
  const std::string authority = exchange_.header(":authority").value_or("");
  if (host_ == nullptr) {
    return way_.end(Verdict::kNoVirtualHost, "no virtual host is for \"" + authority + "\"");
  }
  if (to_https_) {
    Redirect redirect{301, "https://" + authority + exchange_.header(":path").value_or("/")};
    way_.end(Verdict::kRedirect, "301 to " + redirect.location);
    way_.out.redirect = std::move(redirect);
    return;
  }
  if (route_ == nullptr) {
    return way_.end(Verdict::kNoRoute, "no route of " + host_->name() + " matches");
  }
  take_route(way_, *table_, *host_, *route_, exchange_);
}

void HttpWalk::go() {
  if (way_.request.protocol == Protocol::kTcp) {
    return way_.end(Verdict::kNotHttp, "the filter chain speaks HTTP, the client does not");
  }
  if (const auto fault = manager_.begin(way_.request, exchange_)) {
    return way_.end(Verdict::kNotHttp, *fault);
  }
  if (!find_table()) {
    return way_.end(Verdict::kNoRoute, "there is no route configuration " + manager_.route_name());
  }
  choose_route();
  if (const std::string protocol = refused_upgrade(); !protocol.empty()) {
    return way_.end(Verdict::kNotHttp, "an upgrade to " + protocol + " is not offered");
  }
  for (const HttpFilter& filter : manager_.filters()) {
    if (filter.type == kRouter) return answer();
    if (!pass(filter)) return;
  }
  way_.cannot_tell("there is no router among the HTTP filters");
  way_.end(Verdict::kUnknown, "there is no router among the HTTP filters");
}

}  // namespace

void walk_http(Way& way, const HttpManager& manager, const std::string& resource) {
  HttpWalk(way, manager, resource).go();
}

}  // namespace mesh::testing
