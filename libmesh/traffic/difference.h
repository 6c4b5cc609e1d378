// What differs between two states of one mesh, as far as generation reads it.
//
// Whoever made something of the state before asks here whether it still stands. What is not told apart finely says
// `everything`, so that forgetting a case costs time and never an answer: settings, tenants, PeerAuthentication,
// EnvoyFilter and secrets do. Objects are compared by their place in memory: a mesh that follows
// another shares with it what did not change (index/shared.h), and so do the rules made of them.
#pragma once

#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/traffic/config.h"

namespace mesh::traffic {

struct Difference {
  bool everything = true;
  bool gateways = false;  // Gateways: which merged gateway a proxy has says more
  bool inbound_policies =
      false;  // RequestAuthentication and its keys, AuthorizationPolicy: listeners of whom they select
  bool extensions = false;  // Telemetry, WasmPlugin, TrafficExtension: any listener
  // Those that only one of the two has; what was changed is here in both forms.
  std::vector<model::ServicePtr> services;
  std::vector<VirtualServicePtr> virtual_services;
  std::vector<DestinationRulePtr> destination_rules;
  std::unordered_set<std::string> hosts;       // of `services`
  std::unordered_set<std::string> namespaces;  // of `services`
  std::unordered_set<std::string>
      sidecars;  // namespaces of the Sidecars that only one of the two has

  // Nothing but endpoints.
  bool nothing() const {
    return !everything && !gateways && sidecars.empty() && !inbound_policies && !extensions &&
           services.empty() && virtual_services.empty() && destination_rules.empty();
  }
};
using DifferencePtr = std::shared_ptr<const Difference>;

// All but the rules, which are compared after their merges.
Difference difference(const index::Mesh& before, const index::Mesh& after);

// Calls visit(element) for each that only one of the lists has. What both have at the ends is passed over first.
template <typename T, typename Visit>
void each_apart(const std::vector<T>& before, const std::vector<T>& after, Visit&& visit) {
  size_t first = 0;
  size_t last_before = before.size();
  size_t last_after = after.size();
  while (first < last_before && first < last_after && before[first] == after[first]) ++first;
  while (last_before > first && last_after > first &&
         before[last_before - 1] == after[last_after - 1]) {
    --last_before;
    --last_after;
  }
  auto visit_missing = [&](const std::vector<T>& from, size_t end, const std::vector<T>& in,
                           size_t in_end) {
    std::unordered_set<const void*> known;
    for (size_t i = first; i < in_end; ++i) known.insert(in[i].get());
    for (size_t i = first; i < end; ++i) {
      if (known.count(from[i].get()) == 0) visit(from[i]);
    }
  };
  visit_missing(before, last_before, after, last_after);
  visit_missing(after, last_after, before, last_before);
}

}  // namespace mesh::traffic
