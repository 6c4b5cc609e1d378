#include "libmesh/traffic/delegates.h"

#include <algorithm>
#include <map>
#include <optional>

#include "libmesh/traffic/visibility.h"

namespace mesh::traffic {
namespace {

using networking::HTTPMatchRequest;
using networking::HTTPRoute;
using networking::StringMatch;
using Delegates = std::map<model::NamespacedName, VirtualServicePtr>;

const std::string& text(const std::optional<std::string>& value) {
  static const std::string kEmpty;
  return value ? *value : kEmpty;
}

bool is_set(const StringMatch& m) {
  return !text(m.exact).empty() || !text(m.prefix).empty() || !text(m.regex).empty();
}

// A leaf may only narrow what its root matches; expressions cannot be compared.
bool conflicts(const StringMatch& root, const StringMatch& leaf) {
  if (!text(root.regex).empty() && is_set(leaf)) return true;
  if (!text(leaf.regex).empty() && is_set(root)) return true;
  const std::string& leaf_prefix = text(leaf.prefix);
  const std::string& leaf_exact = text(leaf.exact);
  if (const std::string& exact = text(root.exact); !exact.empty()) {
    return !leaf_prefix.empty() || leaf_exact != exact;
  }
  if (const std::string& prefix = text(root.prefix); !prefix.empty()) {
    const std::string& narrower = leaf_prefix.empty() ? leaf_exact : leaf_prefix;
    return narrower.empty() || narrower.compare(0, prefix.size(), prefix) != 0;
  }
  return true;
}

template <typename Optional>
bool optional_conflicts(const Optional& root, const Optional& leaf) {
  return root && leaf && conflicts(*root, *leaf);
}

template <typename Map>
bool map_conflicts(const Map& root, const Map& leaf) {
  return std::any_of(leaf.begin(), leaf.end(), [&](const auto& entry) {
    auto it = root.find(entry.first);
    return it != root.end() && conflicts(it->second, entry.second);
  });
}

bool gateways_conflict(const HTTPMatchRequest& root, const HTTPMatchRequest& leaf) {
  if (root.gateways.empty() || leaf.gateways.empty()) return false;
  if (root.gateways.size() < leaf.gateways.size()) return true;
  return !std::all_of(leaf.gateways.begin(), leaf.gateways.end(), [&](const std::string& g) {
    return std::find(root.gateways.begin(), root.gateways.end(), g) != root.gateways.end();
  });
}

bool labels_conflict(const Labels& root, const Labels& leaf) {
  return std::any_of(leaf.begin(), leaf.end(), [&](const auto& entry) {
    auto it = root.find(entry.first);
    return it != root.end() && it->second != entry.second;
  });
}

bool conflicts(const HTTPMatchRequest& root, const HTTPMatchRequest& leaf) {
  return optional_conflicts(root.uri, leaf.uri) || optional_conflicts(root.scheme, leaf.scheme) ||
         optional_conflicts(root.method, leaf.method) ||
         optional_conflicts(root.authority, leaf.authority) ||
         map_conflicts(root.headers, leaf.headers) ||
         map_conflicts(root.without_headers, leaf.without_headers) ||
         map_conflicts(root.query_params, leaf.query_params) ||
         root.ignore_uri_case != leaf.ignore_uri_case ||
         (root.port > 0 && leaf.port > 0 && root.port != leaf.port) ||
         (!root.source_namespace.empty() && leaf.source_namespace != root.source_namespace) ||
         labels_conflict(root.source_labels, leaf.source_labels) || gateways_conflict(root, leaf);
}

std::string join_names(const std::string& root, const std::string& leaf) {
  if (leaf.empty()) return root;
  return root.empty() ? leaf : root + "-" + leaf;
}

// What the leaf does not say, the root says.
template <typename T>
void inherit(T& leaf, const T& root, bool leaf_unset) {
  if (leaf_unset) leaf = root;
}

HTTPMatchRequest merge(const HTTPMatchRequest& root, const HTTPMatchRequest& leaf) {
  HTTPMatchRequest out = leaf;
  out.name = join_names(root.name, leaf.name);
  inherit(out.uri, root.uri, !out.uri);
  inherit(out.scheme, root.scheme, !out.scheme);
  inherit(out.method, root.method, !out.method);
  inherit(out.authority, root.authority, !out.authority);
  out.headers.insert(root.headers.begin(), root.headers.end());
  out.without_headers.insert(root.without_headers.begin(), root.without_headers.end());
  out.query_params.insert(root.query_params.begin(), root.query_params.end());
  out.source_labels.insert(root.source_labels.begin(), root.source_labels.end());
  inherit(out.port, root.port, out.port == 0);
  inherit(out.source_namespace, root.source_namespace, out.source_namespace.empty());
  inherit(out.gateways, root.gateways, out.gateways.empty());
  inherit(out.stat_prefix, root.stat_prefix, out.stat_prefix.empty());
  return out;
}

// Every leaf match must fit at least one of the root's; nullopt when one does not.
std::optional<std::vector<HTTPMatchRequest>> merge_matches(
    const std::vector<HTTPMatchRequest>& root, const std::vector<HTTPMatchRequest>& leaf) {
  if (root.empty()) return leaf;
  if (leaf.empty()) return root;
  std::vector<HTTPMatchRequest> out;
  for (const HTTPMatchRequest& leaf_match : leaf) {
    size_t before = out.size();
    for (const HTTPMatchRequest& root_match : root) {
      if (!conflicts(root_match, leaf_match)) out.push_back(merge(root_match, leaf_match));
    }
    if (out.size() == before) return std::nullopt;
  }
  return out;
}

std::optional<HTTPRoute> merge(const HTTPRoute& root, const HTTPRoute& leaf) {
  auto match = merge_matches(root.match, leaf.match);
  if (!match) return std::nullopt;
  HTTPRoute out = leaf;
  out.match = std::move(*match);
  out.name = join_names(root.name, leaf.name);
  inherit(out.rewrite, root.rewrite, !out.rewrite);
  inherit(out.direct_response, root.direct_response, !out.direct_response);
  inherit(out.timeout, root.timeout, !out.timeout);
  inherit(out.retries, root.retries, !out.retries);
  inherit(out.fault, root.fault, !out.fault);
  inherit(out.mirror, root.mirror, !out.mirror);
  inherit(out.mirror_percent, root.mirror_percent, !out.mirror_percent);
  inherit(out.mirror_percentage, root.mirror_percentage, !out.mirror_percentage);
  inherit(out.cors_policy, root.cors_policy, !out.cors_policy);
  inherit(out.mirrors, root.mirrors, out.mirrors.empty());
  inherit(out.headers, root.headers, !out.headers);
  return out;
}

std::vector<HTTPRoute> merge_routes(const index::Mesh& mesh, const VirtualService& root,
                                    const Delegates& delegates) {
  std::vector<HTTPRoute> out;
  for (const HTTPRoute& route : root.spec->http) {
    if (!route.delegate) {
      out.push_back(route);
      continue;
    }
    const auto& ref = *route.delegate;
    auto it = delegates.find({ref.namespace_.empty() ? root.ns() : ref.namespace_, ref.name});
    if (it == delegates.end()) continue;
    const VirtualService& delegate = *it->second;
    Visibility visibility = visibility_or_default(
        delegate.spec->export_to, mesh.config->default_virtual_service_export_to, delegate.ns());
    if (!visibility.sees(root.ns())) continue;
    HTTPRoute plain = route;
    plain.delegate.reset();
    for (const HTTPRoute& leaf : delegate.spec->http) {
      if (auto merged = merge(plain, leaf)) out.push_back(std::move(*merged));
    }
  }
  return out;
}

}  // namespace

std::vector<VirtualServicePtr> merge_delegates(const index::Mesh& mesh,
                                               std::vector<VirtualServicePtr> resolved) {
  Delegates delegates;
  for (const VirtualServicePtr& service : resolved) {
    if (service->spec->hosts.empty()) delegates[{service->ns(), service->name()}] = service;
  }
  std::vector<VirtualServicePtr> out;
  out.reserve(resolved.size());
  for (VirtualServicePtr& service : resolved) {
    const auto& http = service->spec->http;
    if (service->spec->hosts.empty()) continue;
    bool is_root =
        std::any_of(http.begin(), http.end(), [](const HTTPRoute& r) { return bool(r.delegate); });
    if (!is_root) {
      out.push_back(std::move(service));
      continue;
    }
    auto spec = std::make_shared<networking::VirtualService>(*service->spec);
    spec->http = merge_routes(mesh, *service, delegates);
    out.push_back(std::make_shared<VirtualService>(VirtualService{service->object, spec}));
  }
  return out;
}

bool delegate_fits(const std::vector<HTTPMatchRequest>& root,
                   const std::vector<HTTPMatchRequest>& leaf) {
  return merge_matches(root, leaf).has_value();
}

}  // namespace mesh::traffic
