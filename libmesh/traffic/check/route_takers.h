// RouteTakers: the matches of a virtual host in order, and for another match the first of them that takes all of it.
//
// Found by path and by one exact condition, so that a virtual host with thousands of routes costs no comparison of each
// with each.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libmesh/schema/istio.h"

namespace mesh::traffic {

// Whether the route matches every request: Istio puts such routes behind all others of the host (isCatchAllRoute).
bool is_catch_all(const networking::HTTPMatchRequest& match);

class RouteTakers {
 public:
  // `separated`: prefixes end at path separators, as those of Ingresses do. `number` is handed back.
  void add(const networking::HTTPMatchRequest& match, bool separated, uint32_t number);
  // Of what was added, the first that covers `match`. One that matches every request covers only its like.
  std::optional<uint32_t> first_over(const networking::HTTPMatchRequest& match,
                                     bool separated) const;

 private:
  struct Taker {
    networking::HTTPMatchRequest match;
    bool separated = false;
    uint32_t number = 0;
  };
  void look(const std::string& key, const networking::HTTPMatchRequest& match, bool separated,
            std::optional<size_t>& first) const;

  std::vector<Taker> takers_;
  std::unordered_map<std::string, std::vector<size_t>> by_key_;
  std::set<size_t> prefix_sizes_;
};

}  // namespace mesh::traffic
