#include "libmesh/traffic/egress_hosts.h"

#include <algorithm>

#include "libmesh/model/host.h"

namespace mesh::traffic {
namespace {

constexpr char kExclude = '~';

}  // namespace

bool ImportedHosts::excludes(const std::string& host) const {
  return std::any_of(excluded.begin(), excluded.end(), [&](const std::string& pattern) {
    return model::host_subset_of(host, pattern);
  });
}

bool ImportedHosts::matches_service(const std::string& host) const {
  const bool wildcard = model::is_wildcard(host);
  if (!wildcard && names(host)) return true;
  return std::any_of(all.begin(), all.end(), [&](const std::string& imported) {
    return (wildcard || model::is_wildcard(imported)) && model::host_subset_of(host, imported);
  });
}

bool ImportedHosts::matches_virtual_service(const std::string& host) const {
  const bool wildcard = model::is_wildcard(host);
  if (!wildcard && names(host)) return true;
  return std::any_of(all.begin(), all.end(), [&](const std::string& imported) {
    return (wildcard || model::is_wildcard(imported)) && model::host_matches(host, imported);
  });
}

EgressHosts::EgressHosts(const std::vector<std::string>& hosts, const std::string& own_ns) {
  for (const std::string& entry : hosts) {
    size_t slash = entry.find('/');
    if (slash == std::string::npos || entry.find('/', slash + 1) != std::string::npos) continue;
    std::string ns = entry.substr(0, slash);
    std::string host = entry.substr(slash + 1);
    bool excluded = !ns.empty() && ns.front() == kExclude;
    if (excluded) {
      ns.erase(0, 1);
      if (ns.empty()) ns = "*";
    }
    if (ns == ".") ns = own_ns;
    ImportedHosts& group = by_ns_[ns];
    if (excluded) {
      excludes_some_ = true;
      group.excluded.push_back(std::move(host));
      continue;
    }
    if (model::is_wildcard(host) || ns == "*") all_exact_ = false;
    if (!model::is_wildcard(host)) {
      group.exact.insert(host);
      group.sizes |= uint64_t{1} << (host.size() % 64);
    } else {
      group.has_wildcard = true;
    }
    group.all.push_back(std::move(host));
  }
  auto any = by_ns_.find("*");
  if (any == by_ns_.end()) return;
  for (const std::string& host : any->second.all) {
    any->second.hash = any->second.hash * 31 + std::hash<std::string>()(host);
  }
  any_ = &any->second;
}

const ImportedHosts* EgressHosts::of(const std::string& ns) const {
  auto it = by_ns_.find(ns);
  return it == by_ns_.end() ? nullptr : &it->second;
}

bool EgressHosts::excludes(const std::string& ns, const std::string& host) const {
  if (!excludes_some_) return false;
  const ImportedHosts* own = of(ns);
  const ImportedHosts* any = of_any();
  return (own != nullptr && own->excludes(host)) || (any != nullptr && any->excludes(host));
}

}  // namespace mesh::traffic
