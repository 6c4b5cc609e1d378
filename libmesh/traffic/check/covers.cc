#include "libmesh/traffic/check/covers.h"

#include <algorithm>

#include "libmesh/base/strings.h"
#include "libmesh/model/host.h"

namespace mesh::traffic {
namespace {

using networking::HTTPMatchRequest;
using networking::StringMatch;

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

// Of headers that a request must not have: whoever excludes more takes less.
bool covers_without(const std::map<std::string, StringMatch>& wide,
                    const std::map<std::string, StringMatch>& narrow) {
  return std::all_of(wide.begin(), wide.end(), [&](const auto& entry) {
    const auto found = narrow.find(entry.first);
    return found != narrow.end() &&
           (covers(found->second, entry.second) || found->second == StringMatch{});
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

}  // namespace

bool covers(const HTTPMatchRequest& wide, const HTTPMatchRequest& narrow) {
  return covers_path(wide, narrow) && covers(wide.scheme, narrow.scheme) &&
         covers(wide.method, narrow.method) && covers(wide.authority, narrow.authority) &&
         covers(wide.headers, narrow.headers) && covers(wide.query_params, narrow.query_params) &&
         covers_without(wide.without_headers, narrow.without_headers) &&
         (wide.port == 0 || wide.port == narrow.port) &&
         covers(wide.source_labels, narrow.source_labels) &&
         (wide.source_namespace.empty() || wide.source_namespace == narrow.source_namespace) &&
         covers_gateways(wide.gateways, narrow.gateways);
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

}  // namespace mesh::traffic
