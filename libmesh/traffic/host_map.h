// HostMap: values by host name with look-up of the most specific match.
//
// Rule: the exact name first, then the longest wildcard whose rest is a suffix of the name
// (pilot/pkg/model/config.go MostSpecificHostMatch). The look-up walks the suffixes of the name,
// so it does not depend on how many wildcards there are.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "libmesh/model/host.h"

namespace mesh::traffic {

template <typename V>
class HostMap {
 public:
  // The value of exactly this host, made when absent.
  V& at(const std::string& host) {
    return model::is_wildcard(host) ? wildcard_[host] : exact_[host];
  }
  // Keeps the first value of a host.
  void insert(const std::string& host, V value) {
    (model::is_wildcard(host) ? wildcard_ : exact_).try_emplace(host, std::move(value));
  }
  bool empty() const { return exact_.empty() && wildcard_.empty(); }

  const V* match(const std::string& host) const {
    std::string_view rest = host;
    if (model::is_wildcard(host)) {
      if (auto it = wildcard_.find(host); it != wildcard_.end()) return &it->second;
      rest.remove_prefix(1);
    } else if (auto it = exact_.find(host); it != exact_.end()) {
      return &it->second;
    }
    return match_suffix(rest);
  }

 private:
  const V* match_suffix(std::string_view name) const {
    if (wildcard_.empty()) return nullptr;
    std::string key;
    key.reserve(name.size() + 1);
    for (size_t start = 0; start <= name.size(); ++start) {
      key.assign("*").append(name.substr(start));
      if (auto it = wildcard_.find(key); it != wildcard_.end()) return &it->second;
    }
    return nullptr;
  }

  std::unordered_map<std::string, V> exact_;
  std::unordered_map<std::string, V> wildcard_;
};

}  // namespace mesh::traffic
