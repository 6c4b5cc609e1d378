// Rbac: Envoy's RBAC filters, of a connection and of a request: which policy matches, and what follows.
//
// As source/extensions/filters/common/rbac in Envoy: policies in the order of their names, the first that
// matches counts.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "libmesh/testing/walk/exchange.h"
#include "libmesh/testing/walk/view.h"

namespace mesh::testing {

// envoy.config.rbac.v3.RBAC
class RbacRules {
 public:
  enum class Action : uint8_t { kAllow, kDeny, kLog };
  RbacRules(View rules, std::vector<std::string>& unknown);

  struct Answer {
    bool allowed = true;
    std::string policy;  // that matched; empty: none
  };
  Answer decide(const Exchange& exchange) const;
  Action action() const { return action_; }

 private:
  using Condition = std::function<bool(const Exchange&)>;
  struct Policy {
    std::string name;
    std::vector<Condition> permissions;  // one of them
    std::vector<Condition> principals;   // and one of them
  };
  Condition read(View condition);
  Condition read_leaf(View condition, std::string_view kind);
  Condition read_address(View condition, std::string_view kind);
  Condition read_group(View group, std::string_view field, bool all);
  Condition give_up(std::string what);

  Action action_ = Action::kAllow;
  std::vector<Policy> policies_;
  std::vector<std::string>& unknown_;
};

// The filter, of HTTP or of a network filter chain.
class Rbac {
 public:
  // `filter`: the name by which its dynamic metadata goes: "envoy.filters.http.rbac".
  Rbac(View config, std::string filter);

  // What it decides; what its shadow rules found is put into the exchange's metadata.
  RbacRules::Answer decide(Exchange& exchange) const;
  bool denies_by_rule() const;
  const std::string& filter() const { return filter_; }
  const std::vector<std::string>& unknown() const { return unknown_; }

 private:
  std::string filter_;
  std::string shadow_prefix_;
  std::vector<std::string> unknown_;
  std::optional<RbacRules> rules_;
  std::optional<RbacRules> shadow_;
};

}  // namespace mesh::testing
