// HostMap: values by host name with look-up of the most specific match.
//
// Rule: the exact name first, then the longest wildcard whose rest is a suffix of the name
// (pilot/pkg/model/config.go MostSpecificHostMatch). The look-up walks the suffixes of the name,
// so it does not depend on how many wildcards there are. The texts of the hosts stay where they are.
#pragma once

#include <string_view>
#include <unordered_map>
#include <utility>

#include "libmesh/base/text_hash.h"
#include "libmesh/model/host.h"

namespace mesh::traffic {

template <typename V>
class HostMap {
 public:
  // The value of exactly this host, made when absent.
  V& at(std::string_view host) {
    return model::is_wildcard(host) ? wildcard_[host.substr(1)] : exact_[host];
  }
  // Keeps the first value of a host.
  void insert(std::string_view host, V value) {
    if (model::is_wildcard(host)) {
      wildcard_.try_emplace(host.substr(1), std::move(value));
    } else {
      exact_.try_emplace(host, std::move(value));
    }
  }
  bool empty() const { return exact_.empty() && wildcard_.empty(); }

  const V* match(std::string_view host) const {
    if (!model::is_wildcard(host)) {
      if (const auto it = exact_.find(host); it != exact_.end()) return &it->second;
      return match_suffix(host);
    }
    // The wildcard itself is the longest of those that stand for it.
    return match_suffix(host.substr(1));
  }

 private:
  const V* match_suffix(std::string_view name) const {
    if (wildcard_.empty()) return nullptr;
    for (size_t start = 0; start <= name.size(); ++start) {
      if (const auto it = wildcard_.find(name.substr(start)); it != wildcard_.end()) {
        return &it->second;
      }
    }
    return nullptr;
  }

  using Map = std::unordered_map<std::string_view, V, TextHash>;
  Map exact_;
  Map wildcard_;  // by what follows the "*"
};

}  // namespace mesh::traffic
