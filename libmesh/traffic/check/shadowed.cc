#include "libmesh/traffic/check/shadowed.h"

#include <algorithm>

#include "libmesh/base/strings.h"
#include "libmesh/model/host.h"
#include "libmesh/traffic/check/finder.h"

namespace mesh::traffic {
namespace {

using networking::HTTPMatchRequest;
using networking::StringMatch;
using networking::VirtualService;

// Every text that `narrow` matches, `wide` matches too.
bool covers(const StringMatch& wide, const StringMatch& narrow) {
  if (wide == narrow) return true;
  if (wide.regex) return *wide.regex == ".*";
  if (!wide.prefix) return false;
  if (narrow.exact) return narrow.exact->starts_with(*wide.prefix);
  return narrow.prefix && narrow.prefix->starts_with(*wide.prefix);
}

bool covers(const schema::Box<StringMatch>& wide, const schema::Box<StringMatch>& narrow) {
  return !wide || (narrow && covers(*wide, *narrow));
}

// Of paths: "/" is every path; ignoring case matches more.
bool covers_path(const HTTPMatchRequest& wide, const HTTPMatchRequest& narrow) {
  if (!wide.uri || (wide.uri->prefix && *wide.uri->prefix == "/")) return true;
  if (!narrow.uri || (narrow.ignore_uri_case && !wide.ignore_uri_case)) return false;
  if (!wide.ignore_uri_case) return covers(*wide.uri, *narrow.uri);
  auto lowered = [](StringMatch match) {
    if (match.exact) match.exact = lower_ascii(*match.exact);
    if (match.prefix) match.prefix = lower_ascii(*match.prefix);
    return match;
  };
  return covers(lowered(*wide.uri), lowered(*narrow.uri));
}

bool covers(const std::map<std::string, StringMatch>& wide,
            const std::map<std::string, StringMatch>& narrow) {
  return std::all_of(wide.begin(), wide.end(), [&](const auto& entry) {
    const auto found = narrow.find(entry.first);
    return found != narrow.end() &&
           (covers(entry.second, found->second) || entry.second == StringMatch{});
  });
}

bool covers(const std::map<std::string, std::string>& wide,
            const std::map<std::string, std::string>& narrow) {
  return std::includes(narrow.begin(), narrow.end(), wide.begin(), wide.end());
}

bool covers_gateways(const std::vector<std::string>& wide, const std::vector<std::string>& narrow) {
  if (wide.empty()) return true;
  return !narrow.empty() && std::all_of(narrow.begin(), narrow.end(), [&](const std::string& each) {
    return std::find(wide.begin(), wide.end(), each) != wide.end();
  });
}

// Every request that `narrow` matches, `wide` matches too.
bool covers(const HTTPMatchRequest& wide, const HTTPMatchRequest& narrow) {
  return covers_path(wide, narrow) && covers(wide.scheme, narrow.scheme) &&
         covers(wide.method, narrow.method) && covers(wide.authority, narrow.authority) &&
         covers(wide.headers, narrow.headers) && covers(wide.query_params, narrow.query_params) &&
         covers(wide.without_headers, narrow.without_headers) &&
         (wide.port == 0 || wide.port == narrow.port) &&
         covers(wide.source_labels, narrow.source_labels) &&
         (wide.source_namespace.empty() || wide.source_namespace == narrow.source_namespace) &&
         covers_gateways(wide.gateways, narrow.gateways);
}

// Where the route or match stands that takes all of it; empty: nowhere.
std::string taker(const VirtualService& rule, size_t route, size_t match,
                  const HTTPMatchRequest& asked) {
  for (size_t i = 0; i <= route; ++i) {
    const std::string path = at("spec.http", i);
    if (i < route && rule.http[i].match.empty()) return path + ", which takes every request,";
    const size_t end = i < route ? rule.http[i].match.size() : match;
    for (size_t j = 0; j < end; ++j) {
      if (covers(rule.http[i].match[j], asked)) return at(path + ".match", j);
    }
  }
  return {};
}

void check_http(const VirtualService& rule, Finder& finder) {
  for (size_t i = 0; i < rule.http.size(); ++i) {
    const std::string path = at("spec.http", i);
    const auto& matches = rule.http[i].match;
    if (matches.empty()) {
      const std::string by = taker(rule, i, 0, {});
      if (by.empty()) continue;
      finder.warn(Code::kRouteShadowed, path, "no request comes to it: " + by + " takes them all",
                  "put it before that one, or take one of them away");
      continue;
    }
    std::vector<std::string> by;
    for (size_t j = 0; j < matches.size(); ++j) by.push_back(taker(rule, i, j, matches[j]));
    const bool all = std::none_of(by.begin(), by.end(), [](const auto& e) { return e.empty(); });
    if (all) {
      finder.warn(Code::kRouteShadowed, path,
                  "no request comes to it: what it matches goes to " + by.front(),
                  "put the narrower match first");
      continue;
    }
    for (size_t j = 0; j < by.size(); ++j) {
      if (by[j].empty()) continue;
      finder.warn(Code::kRouteShadowed, at(path + ".match", j),
                  "does nothing: what it matches goes to " + by[j], "put the narrower match first");
    }
  }
}

bool covers(const networking::L4MatchAttributes& wide,
            const networking::L4MatchAttributes& narrow) {
  return wide.destination_subnets.empty() && (wide.port == 0 || wide.port == narrow.port) &&
         wide.source_subnet.empty() && covers(wide.source_labels, narrow.source_labels) &&
         (wide.source_namespace.empty() || wide.source_namespace == narrow.source_namespace) &&
         covers_gateways(wide.gateways, narrow.gateways);
}

bool covers(const networking::TLSMatchAttributes& wide,
            const networking::TLSMatchAttributes& narrow) {
  const bool names =
      std::all_of(narrow.sni_hosts.begin(), narrow.sni_hosts.end(), [&](const std::string& sni) {
        return std::any_of(wide.sni_hosts.begin(), wide.sni_hosts.end(),
                           [&](const auto& each) { return model::host_subset_of(sni, each); });
      });
  return names && wide.destination_subnets.empty() &&
         (wide.port == 0 || wide.port == narrow.port) &&
         covers(wide.source_labels, narrow.source_labels) &&
         (wide.source_namespace.empty() || wide.source_namespace == narrow.source_namespace) &&
         covers_gateways(wide.gateways, narrow.gateways);
}

// TLS and TCP routes: the first that matches takes the connection. Names in wildcards are left to Envoy, which prefers
// the longer one.
template <typename Route>
void check_connections(const std::vector<Route>& routes, const std::string& list, Finder& finder) {
  for (size_t i = 1; i < routes.size(); ++i) {
    for (size_t before = 0; before < i; ++before) {
      const auto& wide = routes[before].match;
      const auto& narrow = routes[i].match;
      const bool all =
          wide.empty() ||
          (!narrow.empty() && std::all_of(narrow.begin(), narrow.end(), [&](const auto& each) {
            return std::any_of(wide.begin(), wide.end(),
                               [&](const auto& w) { return covers(w, each) && covers(each, w); });
          }));
      if (!all) continue;
      finder.warn(Code::kRouteShadowed, at(list, i),
                  "no connection comes to it: " + at(list, before) + " takes them all",
                  "take one of them away");
      break;
    }
  }
}

}  // namespace

Diagnostics shadowed_routes(const index::Mesh& mesh) {
  Diagnostics out;
  for (const index::VirtualService& config : *mesh.virtual_services) {
    Finder finder(*config.object, out);
    check_http(*config.spec, finder);
    check_connections(config->tls, "spec.tls", finder);
    check_connections(config->tcp, "spec.tcp", finder);
  }
  return out;
}

}  // namespace mesh::traffic
