// What differs between two states of one mesh, as far as generation reads it.
//
// Whoever made something of the state before asks here whether it still stands. What is not told apart finely says
// `everything`, so that forgetting a case costs time and never an answer: settings, tenants, PeerAuthentication
// and EnvoyFilter do. Objects are compared by their place in memory: a mesh that follows
// another shares with it what did not change (index/tables/shared.h), and so do the rules made of them.
#pragma once

#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "libmesh/base/common_ends.h"
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

// What tells two elements of a mesh's lists apart: the object that each was made of, or the element itself where it is
// shared.
template <typename T>
const void* place_of(const std::shared_ptr<T>& element) {
  return element.get();
}
template <typename Spec>
const void* place_of(const index::Config<Spec>& element) {
  return element.object.get();
}

// Calls visit(element) for each that only one of the lists has. What both have at the ends is passed over first.
template <typename T, typename Visit>
void each_apart(const std::vector<T>& before, const std::vector<T>& after, Visit&& visit) {
  const Apart apart = common_ends(before, after);
  auto visit_missing = [&](const std::vector<T>& from, size_t end, const std::vector<T>& in,
                           size_t in_end) {
    std::unordered_set<const void*> known;
    for (size_t i = apart.first; i < in_end; ++i) known.insert(place_of(in[i]));
    for (size_t i = apart.first; i < end; ++i) {
      if (known.count(place_of(from[i])) == 0) visit(from[i]);
    }
  };
  visit_missing(before, apart.before, after, apart.after);
  visit_missing(after, apart.after, before, apart.before);
}

}  // namespace mesh::traffic
