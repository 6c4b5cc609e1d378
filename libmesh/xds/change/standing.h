// Standing: what a view was sent before and still is, although its mesh is another one.
//
//   Standing standing({scope, gateway}, view_now, change);   // of the view before, which had the same key (view_key.h)
//   if (standing.clusters()) …                               // all of them are as they were
//
// Answers come from what changed (traffic/difference.h) and from comparing pointers; nothing is generated. "No" is
// always right, so a part that reads more of a mesh than is told apart here must be answered "no" for it. Property: with
// whatever stands taken over, a view has the bytes that a fresh one makes (tests/property).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "libmesh/traffic/traffic.h"

namespace mesh::xds {

// What changed in a mesh since the one before it.
struct MeshChange {
  uint64_t from = 0;            // the serial of the state before; 0: everything may have changed
  bool only_endpoints = false;  // clusters, listeners and routes are as they were
  bool same_entries = false;    // and so is which ServiceEntries an address serves
  std::unordered_set<std::string> hosts;       // services whose endpoints changed
  std::unordered_set<std::string> not_in_eds;  // of them: those that clusters and listeners carry
};

// `after` was made from `before`.
MeshChange mesh_change(const traffic::Traffic& before, const traffic::Traffic& after,
                       uint64_t from);

class Standing {
 public:
  // What it takes of the view before.
  struct Before {
    traffic::ScopePtr scope;
    traffic::MergedGatewayPtr gateway;
  };
  // `now`, its traffic and `change` must outlive this.
  Standing(Before before, const traffic::ProxyView& now, const MeshChange& change);

  bool clusters() const;
  bool listeners() const;
  bool all_routes() const;
  bool route(const std::string& name) const;
  // What the proxies of the view serve.
  bool own() const;
  // All of these. Assignments stand where they do.
  bool all() const { return clusters() && listeners() && all_routes() && own(); }
  // The clusters of a service of the scope.
  bool clusters_of(const model::ServicePtr& service) const;
  // Of the cluster of that name.
  bool assignment(std::string_view cluster) const;

 private:
  bool endpoints_of(std::string_view host) const;
  void find_touched();
  bool same_rule(const std::string& host) const;
  void compare_scopes();
  void find_routes();
  void find_ports();
  void find_gateways();
  bool same_l4_rules() const;
  bool chooses_services() const;
  bool has_outbound_policies() const;
  bool leads_to_changed(const networking::VirtualService& rule) const;

  const Before before_;
  const traffic::ProxyView& now_;
  const MeshChange& change_;
  const traffic::Difference& difference_;
  bool same_services_ = false;  // of the scope, and of each of its listeners
  bool same_rules_ = false;     // DestinationRules
  bool same_imports_ =
      false;  // other services are seen only where they, or rules that lead to them, differ
  bool same_egress_ = false;                // listeners of the Sidecar, whatever they import
  std::unordered_set<std::string> led_to_;  // by rules that differ
  // The hosts whose endpoints alone may differ, as long as they are few.
  std::optional<std::vector<std::string_view>> touched_;
  bool all_routes_ = false;
  bool no_route_ = false;
  std::unordered_set<uint32_t> ports_;  // whose routes differ
  // "ns/name" whose routes differ
  std::unordered_set<std::string, TextHash, std::equal_to<>> gateways_;
};

}  // namespace mesh::xds
