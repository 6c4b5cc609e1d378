// What a route does with a request: source/common/router/config_impl.cc in Envoy (finalizeRequestHeaders, newUri).
#include <algorithm>
#include <optional>

#include "libmesh/base/strings.h"
#include "libmesh/testing/walk/way.h"

namespace mesh::testing {
namespace {

// ---- headers -----------------------------------------------------------------------------------

HeaderChange::Kind kind_of(View option) {
  enum { kAppend, kAddIfAbsent, kOverwriteOrAdd, kOverwriteIfPresent };
  if (const auto append = option.wrapped("append")) {
    return *append != 0 ? HeaderChange::Kind::kAppend : HeaderChange::Kind::kSet;
  }
  switch (option.number("append_action")) {
    case kAddIfAbsent:
      return HeaderChange::Kind::kAddIfAbsent;
    case kOverwriteOrAdd:
      return HeaderChange::Kind::kSet;
    case kOverwriteIfPresent:
      return HeaderChange::Kind::kOverwriteIfPresent;
    default:
      return HeaderChange::Kind::kAppend;
  }
}

// Of a route, a virtual host, …: what is removed goes first.
void read_changes(View message, const std::string& side, std::vector<HeaderChange>& out) {
  for (const std::string& name : message.texts(side + "_headers_to_remove")) {
    out.push_back({HeaderChange::Kind::kRemove, lower_ascii(name), ""});
  }
  message.each(side + "_headers_to_add", [&](View option) {
    const View header = option.at("header");
    out.push_back({kind_of(option), lower_ascii(header.text("key")), header.text("value")});
  });
}

void change_headers(const std::vector<HeaderChange>& changes, Exchange& exchange) {
  for (const HeaderChange& change : changes) {
    const std::string name = change.name == "host" ? std::string(":authority") : change.name;
    const bool present = exchange.header(name).has_value();
    switch (change.kind) {
      case HeaderChange::Kind::kAppend:
        if (name.starts_with(':')) exchange.remove(name);
        exchange.append(name, change.value);
        break;
      case HeaderChange::Kind::kSet:
        exchange.set(name, change.value);
        break;
      case HeaderChange::Kind::kAddIfAbsent:
        if (!present) exchange.set(name, change.value);
        break;
      case HeaderChange::Kind::kOverwriteIfPresent:
        if (present) exchange.set(name, change.value);
        break;
      case HeaderChange::Kind::kRemove:
        exchange.remove(name);
        break;
    }
  }
}

// ---- paths and hosts ---------------------------------------------------------------------------

struct RegexRewrite {
  explicit RegexRewrite(View rewrite)
      : pattern(rewrite.at("pattern")), substitution(rewrite.text("substitution")) {}
  Regex pattern;
  std::string substitution;
};

// `action` is a RouteAction or a RedirectAction.
std::string rewritten_path(View action, std::string_view prefix_rewrite, const Route& route,
                           const std::string& path) {
  if (!prefix_rewrite.empty()) {
    const size_t matched = route.match.matched_part(path).size();
    return std::string(prefix_rewrite) + path.substr(matched);
  }
  if (const View rewrite = action.at("regex_rewrite")) {
    const RegexRewrite by(rewrite);
    const std::string_view bare = without_query(path);
    return by.pattern.replace(bare, by.substitution) + path.substr(bare.size());
  }
  return path;
}

void rewrite_host(View action, Exchange& exchange) {
  const std::string_view kind = action.which("host_rewrite_specifier");
  if (kind == "host_rewrite_literal") {
    exchange.set(":authority", action.text(kind));
  } else if (kind == "host_rewrite_header") {
    const auto value = exchange.header(lower_ascii(action.text(kind)));
    if (value && !value->empty()) exchange.set(":authority", *value);
  } else if (kind == "host_rewrite_path_regex") {
    const RegexRewrite by(action.at(kind));
    const std::string path = exchange.header(":path").value_or("");
    exchange.set(":authority", by.pattern.replace(without_query(path), by.substitution));
  }
}

// ---- redirects ---------------------------------------------------------------------------------

// The request's host for a redirect: without its port when that would no longer be right.
std::string redirect_host(const Exchange& exchange, const std::string& scheme, bool new_port) {
  const std::string host = exchange.header(":authority").value_or("");
  size_t end = host.starts_with('[') ? host.rfind("]:") : host.rfind(':');
  if (end == host.npos) return host;
  if (host.starts_with('[')) ++end;
  const std::string was = exchange.header("x-forwarded-proto").value_or("");
  const std::string port = host.substr(end);
  const bool other_scheme =
      scheme != was && ((was == "https" && port == ":443") || (was == "http" && port == ":80"));
  return new_port || other_scheme ? host.substr(0, end) : host;
}

std::string redirect_path(View action, const Route& route, const std::string& path) {
  const bool strip = action.flag("strip_query");
  const std::string_view bare = without_query(path);
  const std::string query = strip ? "" : path.substr(bare.size());
  const std::string_view kind = action.which("path_rewrite_specifier");
  // One that is set and empty changes nothing.
  if (kind == "path_redirect" && !action.text(kind).empty()) {
    const std::string given = action.text(kind);
    return given.find('?') == given.npos ? given + query : given;
  }
  const std::string base = strip ? std::string(bare) : path;
  const std::string prefix = kind == "prefix_rewrite" ? action.text(kind) : "";
  return rewritten_path(action, prefix, route, base);
}

void redirect(Way& way, const Route& route, const Exchange& exchange) {
  const View action = route.message.at("redirect");
  constexpr uint32_t kCodes[] = {301, 302, 303, 307, 308};
  std::string scheme = exchange.header(":scheme").value_or("http");
  const std::string_view kind = action.which("scheme_rewrite_specifier");
  if (kind == "scheme_redirect") scheme = action.text(kind);
  if (kind == "https_redirect" && action.flag(kind)) scheme = "https";
  const uint64_t port = action.number("port_redirect");
  std::string host = action.text("host_redirect");
  if (host.empty()) host = redirect_host(exchange, scheme, port != 0);
  Redirect out;
  std::string path = redirect_path(action, route, exchange.header(":path").value_or("/"));
  if (!path.starts_with('/')) path.insert(0, "/");
  out.location = scheme + "://" + host + (port == 0 ? "" : ":" + std::to_string(port)) + path;
  const uint64_t code = action.number("response_code");
  out.code = kCodes[code < 5 ? code : 0];
  way.end(Verdict::kRedirect, std::to_string(out.code) + " to " + out.location);
  way.out.redirect = std::move(out);
}

// ---- what comes along --------------------------------------------------------------------------

void put_retry(View policy, Outcome& out) {
  if (!policy) return;
  Retry retry;
  retry.attempts = static_cast<uint32_t>(policy.wrapped("num_retries").value_or(1));
  retry.on = policy.text("retry_on");
  retry.per_try_timeout_ms = policy.milliseconds("per_try_timeout");
  out.retry = std::move(retry);
}

void put_mirrors(Way& way, View holder) {
  holder.each("request_mirror_policies", [&](View policy) {
    Mirror mirror;
    mirror.destination = destination_of(way, policy.text("cluster"), 0);
    if (const View fraction = policy.at("runtime_fraction")) {
      mirror.percent = percent(fraction.at("default_value"));
    }
    way.out.mirrors.push_back(std::move(mirror));
  });
}

void put_hash_policy(View action, Outcome& out) {
  action.each("hash_policy", [&](View policy) {
    const std::string_view kind = policy.which("policy_specifier");
    const View inner = kind.empty() ? View() : policy.at(kind);
    if (kind == "header") out.hash_policy.push_back("header:" + inner.text("header_name"));
    if (kind == "cookie") out.hash_policy.push_back("cookie:" + inner.text("name"));
    if (kind == "query_parameter") out.hash_policy.push_back("query:" + inner.text("name"));
    if (kind == "connection_properties" && inner.flag("source_ip")) {
      out.hash_policy.push_back("source-ip");
    }
  });
}

void put_policies(Way& way, const RouteTable& table, const VirtualHost& host, View action) {
  constexpr uint64_t kDefaultTimeoutMs = 15000;
  Outcome& out = way.out;
  out.timeout_ms = action.milliseconds("timeout").value_or(kDefaultTimeoutMs);
  put_retry(
      action.has("retry_policy") ? action.at("retry_policy") : host.message().at("retry_policy"),
      out);
  for (const View holder : {action, host.message(), table.message()}) {
    if (out.mirrors.empty()) put_mirrors(way, holder);
  }
  put_hash_policy(action, out);
}

// ---- clusters ----------------------------------------------------------------------------------

void put_weighted(Way& way, View weighted, Exchange& exchange) {
  weighted.each("clusters", [&](View each) {
    std::string name = each.text("name");
    if (name.empty()) {
      name = exchange.header(lower_ascii(each.text("cluster_header"))).value_or("");
    }
    add_destination(way, name, static_cast<uint32_t>(each.wrapped("weight").value_or(0)));
    Destination& out = way.out.destinations.back();
    read_changes(each, "request", out.request_headers);
    read_changes(each, "response", out.response_headers);
    out.host_rewrite = each.text("host_rewrite_literal");
  });
}

// False: a header names the cluster, and it is not there.
bool put_clusters(Way& way, View action, Exchange& exchange) {
  const std::string_view kind = action.which("cluster_specifier");
  if (kind == "cluster") {
    add_destination(way, action.text(kind), kWhole);
  } else if (kind == "weighted_clusters") {
    put_weighted(way, action.at(kind), exchange);
  } else if (kind == "cluster_header") {
    const auto name = exchange.header(lower_ascii(action.text(kind)));
    if (!name) return false;
    add_destination(way, *name, kWhole);
  } else {
    way.cannot_tell("the cluster is chosen by " + std::string(kind));
  }
  return true;
}

void forward(Way& way, const RouteTable& table, const VirtualHost& host, const Route& route,
             Exchange& exchange) {
  const View action = route.message.at("route");
  if (!put_clusters(way, action, exchange)) {
    return way.end(Verdict::kNoRoute, "the header that names the cluster is not there");
  }
  put_policies(way, table, host, action);
  change_headers(way.out.request_headers, exchange);
  rewrite_host(action, exchange);
  if (action.at("path_rewrite_policy")) way.cannot_tell("the path is rewritten by a template");
  exchange.set(":path", rewritten_path(action, action.text("prefix_rewrite"), route,
                                       exchange.header(":path").value_or("/")));
  way.out.host = exchange.header(":authority").value_or("");
  way.out.path = exchange.header(":path").value_or("");
  way.out.method = exchange.header(":method").value_or("");
  end_at_destinations(way);
}

void put_changes(const RouteTable& table, const VirtualHost& host, const Route& route,
                 const std::string& side, std::vector<HeaderChange>& out) {
  std::vector<View> levels = {route.message, host.message(), table.message()};
  if (table.message().flag("most_specific_header_mutations_wins")) {
    std::reverse(levels.begin(), levels.end());
  }
  for (const View level : levels) read_changes(level, side, out);
}

}  // namespace

void take_route(Way& way, const RouteTable& table, const VirtualHost& host, const Route& route,
                Exchange& exchange) {
  put_changes(table, host, route, "response", way.out.response_headers);
  const std::string_view action = route.message.which("action");
  if (action == "redirect") return redirect(way, route, exchange);
  if (action == "direct_response") {
    const View given = route.message.at(action);
    DirectResponse response;
    response.code = static_cast<uint32_t>(given.number("status"));
    const std::string_view kind = given.at("body").which("specifier");
    if (kind.starts_with("inline_")) response.body = given.at("body").text(kind);
    way.end(Verdict::kDirectResponse, "is answered with " + std::to_string(response.code));
    way.out.direct_response = std::move(response);
    return;
  }
  if (action != "route") {
    return way.end(Verdict::kUnknown, "the route's action is " + std::string(action));
  }
  put_changes(table, host, route, "request", way.out.request_headers);
  forward(way, table, host, route, exchange);
}

}  // namespace mesh::testing
