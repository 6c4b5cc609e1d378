// The filters of WasmPlugins and TrafficExtensions in listeners: Lua in place, Wasm by the name of an ECDS resource.
//
// Contents as in Istio's pilot/pkg/networking/core/extension/extensionfilter.go; where they stand is the business of
// hcm.cc and filter_chain.cc.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/traffic/extensions/extensions.h"

namespace mesh::xds {

// Serialized fields, phase by phase: `http_filters` of an HttpConnectionManager or `filters` of a FilterChain.
struct PhaseFilters {
  std::string authn;
  std::string authz;
  std::string rest;  // STATS, then those without a phase

  bool operator==(const PhaseFilters&) const = default;
  bool empty() const { return authn.empty() && authz.empty() && rest.empty(); }
  // All, for a chain that has nothing in between.
  void append_to(std::string& out) const { out.append(authn).append(authz).append(rest); }
};

// What one side's listeners carry on one port. Equal ones have one number.
struct PortFilters {
  uint32_t number = 0;
  PhaseFilters http;
  PhaseFilters network;
};

// The filters of one view's listeners of one class, made once for each choice that ports make.
class ExtensionFilters {
 public:
  // `set` may be null: then there are none.
  ExtensionFilters(traffic::ExtensionSetPtr set, traffic::TrafficSide side);

  bool empty() const { return set_ == nullptr; }
  const PortFilters& of_port(uint32_t port) const;

 private:
  PortFilters make(uint32_t port) const;

  const traffic::ExtensionSetPtr set_;
  const traffic::TrafficSide side_;
  // A context belongs to one thread.
  mutable std::vector<std::unique_ptr<PortFilters>> made_;
  mutable std::vector<std::pair<uint32_t, const PortFilters*>> by_port_;
};

}  // namespace mesh::xds
