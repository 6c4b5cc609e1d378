#include "libmesh/traffic/check/route_takers.h"

#include "libmesh/base/strings.h"
#include "libmesh/traffic/check/covers.h"

namespace mesh::traffic {
namespace {

using networking::HTTPMatchRequest;
using networking::StringMatch;

bool takes_every_path(const HTTPMatchRequest& match) {
  return !match.uri || (match.uri->prefix && *match.uri->prefix == "/") ||
         (match.uri->regex && *match.uri->regex == ".*");
}

// Keys of paths: in lower case, for matches that ignore it are found by the same.
std::string prefix_key(std::string_view path) { return "p" + lower_ascii(path) + "\n"; }
std::string path_key(const HTTPMatchRequest& match) {
  if (takes_every_path(match)) return "\n";
  if (match.uri->prefix) return prefix_key(*match.uri->prefix);
  if (match.uri->exact) return "e" + lower_ascii(*match.uri->exact) + "\n";
  return "r" + match.uri->regex.value_or("") + "\n";
}

std::string condition(std::string_view of, const StringMatch& match) {
  return match.exact ? std::string(of) + "=" + *match.exact : std::string();
}

// The conditions of a match of which every narrower one has an equal one.
std::vector<std::string> conditions(const HTTPMatchRequest& match) {
  std::vector<std::string> out;
  const auto add = [&out](std::string text) {
    if (!text.empty()) out.push_back(std::move(text));
  };
  for (const auto& [name, value] : match.headers) add(condition("h" + name, value));
  if (match.authority) add(condition("a", *match.authority));
  if (match.method) add(condition("m", *match.method));
  for (const auto& [name, value] : match.query_params) add(condition("q" + name, value));
  return out;
}

// "/a" of an Ingress takes "/a" and "/a/b", and not "/ab".
bool ends_at_separator(const StringMatch& wide, const StringMatch& narrow) {
  std::string_view prefix = *wide.prefix;
  if (prefix.ends_with('/')) prefix.remove_suffix(1);
  const std::string& path = narrow.exact ? *narrow.exact : *narrow.prefix;
  return path.size() > prefix.size() ? path[prefix.size()] == '/' : narrow.exact.has_value();
}

}  // namespace

bool is_catch_all(const HTTPMatchRequest& match) {
  return takes_every_path(match) && match.headers.empty() && match.without_headers.empty() &&
         match.query_params.empty() && !match.method && !match.authority && !match.scheme;
}

void RouteTakers::add(const HTTPMatchRequest& match, bool separated, uint32_t number) {
  std::string key = path_key(match);
  if (key.front() == 'p') prefix_sizes_.insert(match.uri->prefix->size());
  const std::vector<std::string> asked = conditions(match);
  if (!asked.empty()) key += asked.front();
  by_key_[std::move(key)].push_back(takers_.size());
  takers_.push_back({match, separated, number});
}

void RouteTakers::look(const std::string& key, const HTTPMatchRequest& match, bool separated,
                       std::optional<size_t>& first) const {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  for (const size_t at : found->second) {
    if (first && at >= *first) return;
    const Taker& taker = takers_[at];
    if (!covers(taker.match, match)) continue;
    if (is_catch_all(taker.match) && !is_catch_all(match)) continue;
    const bool ends = taker.separated && !takes_every_path(taker.match) && taker.match.uri->prefix;
    const bool same = separated && taker.match.uri == match.uri;
    if (ends && !same && !ends_at_separator(*taker.match.uri, *match.uri)) continue;
    first = at;
    return;
  }
}

std::optional<uint32_t> RouteTakers::first_over(const HTTPMatchRequest& match,
                                                bool separated) const {
  std::vector<std::string> paths{"\n"};
  if (!takes_every_path(match)) {
    paths.push_back(path_key(match));
    if (match.uri->exact || match.uri->prefix) {
      const std::string& path = match.uri->exact ? *match.uri->exact : *match.uri->prefix;
      for (const size_t size : prefix_sizes_) {
        if (size > path.size()) break;
        paths.push_back(prefix_key(std::string_view(path).substr(0, size)));
      }
    }
  }
  std::vector<std::string> asked = conditions(match);
  asked.emplace_back();
  std::optional<size_t> first;
  for (const std::string& path : paths) {
    for (const std::string& each : asked) look(path + each, match, separated, first);
  }
  return first ? std::optional(takers_[*first].number) : std::nullopt;
}

}  // namespace mesh::traffic
