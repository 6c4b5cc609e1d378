#include "libmesh/traffic/check/shadowed.h"

#include <algorithm>

#include "libmesh/traffic/check/covers.h"
#include "libmesh/traffic/check/finder.h"

namespace mesh::traffic {
namespace {

using networking::HTTPMatchRequest;
using networking::VirtualService;

// Where the route or match stands that takes all of it; empty: nowhere.
std::string taker(const VirtualService& rule, size_t route, size_t match,
                  const HTTPMatchRequest& asked) {
  for (size_t i = 0; i <= route; ++i) {
    const std::string path = at("spec.http", i);
    // What a delegate takes of it, only its own routes say.
    if (i < route && rule.http[i].delegate) continue;
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
