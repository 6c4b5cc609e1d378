// RuleList: VirtualServices that an egress listener imports, in order; an immutable value that many listeners share.
//
// Reads like a const vector. What is asked of all its rules together, such as which of them means a host most
// specifically, is made once for the list and not once for each listener.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "libmesh/traffic/config.h"
#include "libmesh/traffic/host_map.h"

namespace mesh::traffic {

// The rules of one gateway: private to a namespace, exported to it, public, each in Istio's order.
using RuleLists = std::array<std::span<const VirtualServicePtr>, 3>;

class RuleList {
 public:
  using ByHost = HostMap<const VirtualService*>;

  RuleList() : data_(nobody()) {}
  RuleList(std::vector<VirtualServicePtr> rules)
      : data_(rules.empty() ? nobody() : std::make_shared<const Data>(std::move(rules))) {}

  auto begin() const { return data_->rules.begin(); }
  auto end() const { return data_->rules.end(); }
  size_t size() const { return data_->rules.size(); }
  bool empty() const { return data_->rules.empty(); }
  const VirtualServicePtr& operator[](size_t i) const { return data_->rules[i]; }
  operator const std::vector<VirtualServicePtr>&() const { return data_->rules; }
  const std::vector<VirtualServicePtr>& get() const { return data_->rules; }
  // True when both are the very same list, not only equal ones.
  bool same(const RuleList& other) const { return data_ == other.data_; }
  // The first rule of each host.
  const ByHost& by_host() const;

 private:
  struct Data {
    explicit Data(std::vector<VirtualServicePtr> given) : rules(std::move(given)) {}
    const std::vector<VirtualServicePtr> rules;
    mutable std::once_flag once;
    mutable ByHost by_host;  // made when first asked for
  };
  static const std::shared_ptr<const Data>& nobody();

  std::shared_ptr<const Data> data_;
};

}  // namespace mesh::traffic
