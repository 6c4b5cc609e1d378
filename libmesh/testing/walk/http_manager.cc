#include "libmesh/testing/walk/http_manager.h"

#include <algorithm>
#include <set>
#include <utility>

#include "libmesh/base/strings.h"
#include "libmesh/testing/walk/path.h"

namespace mesh::testing {
namespace {

constexpr std::string_view kRbac = "envoy.extensions.filters.http.rbac.v3.RBAC";
constexpr std::string_view kJwt = "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication";
constexpr std::string_view kExtAuthz = "envoy.extensions.filters.http.ext_authz.v3.ExtAuthz";
constexpr std::string_view kFilterConfig = "envoy.config.route.v3.FilterConfig";

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// Envoy's codec of HTTP/1.1 takes these and no others.
bool is_method(std::string_view method) {
  static const std::set<std::string_view> kMethods = {
      "ACL",       "BIND",     "CHECKOUT", "CONNECT", "COPY",       "DELETE",     "GET",
      "HEAD",      "LINK",     "LOCK",     "MERGE",   "MKACTIVITY", "MKCALENDAR", "MKCOL",
      "MOVE",      "M-SEARCH", "NOTIFY",   "OPTIONS", "PATCH",      "POST",       "PROPFIND",
      "PROPPATCH", "PURGE",    "PUT",      "REBIND",  "REPORT",     "SEARCH",     "SOURCE",
      "SUBSCRIBE", "TRACE",    "UNBIND",   "UNLINK",  "UNLOCK",     "UNSUBSCRIBE"};
  return kMethods.contains(method);
}

bool is_header_name(std::string_view name) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != kMarks.npos;
  });
}

bool is_authority(std::string_view host) {
  constexpr std::string_view kMarks = "!$%&'()*+,-.:;=@[]_~";
  return std::all_of(host.begin(), host.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != kMarks.npos;
  });
}

// The `place`th address from the right of X-Forwarded-For.
Ip forwarded_for(const Exchange& exchange, uint64_t place) {
  const std::string all = exchange.header("x-forwarded-for").value_or("");
  std::string_view rest = all;
  while (true) {
    const size_t comma = rest.rfind(',');
    const std::string_view last = comma == rest.npos ? rest : rest.substr(comma + 1);
    if (place-- == 0) return parse_ip(trimmed(last));
    if (comma == rest.npos) return {};
    rest = rest.substr(0, comma);
  }
}

std::string asked_service(View config) {
  const std::string_view kind =
      config.type() == kExtAuthz ? config.which("services") : std::string_view("grpc_service");
  if (kind == "http_service") return config.at(kind).at("server_uri").text("cluster");
  if (kind != "grpc_service") return {};
  const View envoy = config.at(kind).at("envoy_grpc");
  return envoy ? envoy.text("cluster_name") : config.at(kind).at("google_grpc").text("target_uri");
}

}  // namespace

ExtAuthz::ExtAuthz(View config, std::string given)
    : filter(std::move(given)), service(asked_service(config)) {
  if (const View matcher = config.at("filter_enabled_metadata")) enabled.emplace(matcher);
}

bool ExtAuthz::asks(const Exchange& exchange) const {
  return !enabled || enabled->matches(exchange.metadata);
}

HttpManager::HttpManager(Opened config) : config_(std::move(config)) {
  const View manager = message();
  manager.each("http_filters", [&](View each) { read_filter(each); });
  const std::string_view routes = manager.which("route_specifier");
  if (routes == "rds") route_name_ = manager.at("rds").text("route_config_name");
  if (routes == "route_config") {
    inline_ = std::make_unique<RouteTable>(manager.at("route_config"));
  }
}

void HttpManager::read_filter(View filter) {
  HttpFilter out;
  out.name = filter.text("name");
  out.disabled = filter.flag("disabled");
  out.config = open(filter.at("typed_config"));
  out.type = out.config.type;
  if (out.config.message) {
    const View config = out.config.message;
    if (out.type == kRbac) out.rbac = std::make_unique<Rbac>(config, "envoy.filters.http.rbac");
    if (out.type == kJwt) out.jwt = std::make_unique<JwtAuthn>(config);
    if (out.type == kExtAuthz) {
      out.ext_authz = std::make_unique<ExtAuthz>(config, "envoy.filters.http.ext_authz");
    }
  }
  filters_.push_back(std::move(out));
}

std::string HttpManager::stripped_host(const Request& request) const {
  const View manager = message();
  std::string host = request.host;
  const size_t port = port_start(host);
  const bool any = manager.which("strip_port_mode") == "strip_any_host_port" &&
                   manager.flag("strip_any_host_port");
  const bool matching = manager.flag("strip_matching_host_port");
  if (port != host.npos &&
      (any || (matching && host.substr(port + 1) == std::to_string(request.port)))) {
    host.resize(port);
  }
  if (manager.flag("strip_trailing_host_dot")) {
    const size_t end = std::min(port_start(host), host.size());
    if (end > 0 && host[end - 1] == '.') host.erase(end - 1, 1);
  }
  return host;
}

void HttpManager::put_headers(const Request& request, Exchange& exchange) const {
  const Connection& connection = *exchange.connection;
  for (const Header& each : request.headers) {
    exchange.append(lower_ascii(each.name), std::string(trimmed(each.value)));
  }
  exchange.set(":authority", stripped_host(request));
  exchange.set(":method", request.method);
  const std::string scheme = connection.terminated ? "https" : "http";
  exchange.set(":scheme", scheme);
  // A client that is no proxy of ours is not believed.
  const bool edge = message().wrapped_flag("use_remote_address", false) &&
                    message().number("xff_num_trusted_hops") == 0;
  if (edge || !exchange.header("x-forwarded-proto")) exchange.set("x-forwarded-proto", scheme);
}

std::optional<std::string> HttpManager::put_path(const Request& request, Exchange& exchange) const {
  enum { kDefault, kKeep, kReject, kRedirect, kForward };
  const View manager = message();
  std::string path = request.path.empty() ? "/" : request.path;
  if (path.find('#') != path.npos) return "the path has a fragment";
  const uint64_t escaped = manager.number("path_with_escaped_slashes_action");
  if (has_escaped_slashes(path)) {
    if (escaped == kReject) return "the path has escaped slashes";
    if (escaped == kRedirect || escaped == kForward) path = with_unescaped_slashes(path);
  }
  if (manager.wrapped_flag("normalize_path", false)) {
    const auto normal = normalized_path(path);
    if (!normal) return "the path does not begin with a slash";
    path = *normal;
  }
  if (manager.flag("merge_slashes")) path = with_merged_slashes(path);
  exchange.set(":path", path);
  return {};
}

// Which address is the client's: source/common/http/conn_manager_utility.cc, mutateRequestHeaders.
void HttpManager::put_remote(Exchange& exchange) const {
  exchange.remote = exchange.connection->source;
  const uint64_t hops = message().number("xff_num_trusted_hops");
  const bool edge = message().wrapped_flag("use_remote_address", false);
  if (message().size("original_ip_detection_extensions") > 0) return;
  if (!exchange.header("x-forwarded-for") || (edge && hops == 0)) return;
  const Ip found = forwarded_for(exchange, edge ? hops - 1 : hops);
  if (found.family != AddressFamily::kNone) exchange.remote = found;
}

std::optional<std::string> HttpManager::begin(const Request& request, Exchange& exchange) const {
  if (request.protocol == Protocol::kHttp1 && !is_method(request.method)) {
    return "the method " + request.method + " is none of HTTP/1.1";
  }
  if (!is_authority(request.host)) return "\"" + request.host + "\" is no host";
  for (const Header& each : request.headers) {
    if (!is_header_name(each.name)) return "\"" + each.name + "\" is no header name";
  }
  put_headers(request, exchange);
  put_remote(exchange);
  return put_path(request, exchange);
}

std::optional<Override> override_of(View message, std::string_view filter) {
  std::optional<Override> out;
  message.each("typed_per_filter_config", [&](View entry) {
    if (entry.text("key") != filter) return;
    Override found;
    found.config = open(entry.at("value"));
    if (found.config.type == kFilterConfig && found.config.message) {
      found.disabled = found.config.message.flag("disabled");
      const Opened wrapper = std::exchange(found.config, open(found.config.message.at("config")));
      if (found.config.own == nullptr) found.config.own = wrapper.own;
    }
    out = std::move(found);
  });
  return out;
}

}  // namespace mesh::testing
