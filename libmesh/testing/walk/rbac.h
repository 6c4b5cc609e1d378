// Rbac: Envoy's RBAC filters, of a connection and of a request: which policy matches, and what follows.
//
// As source/extensions/filters/common/rbac in Envoy: policies in the order of their names, the first that
// matches counts. A rule that is not walked (CEL, an extension) may hold or not, and so may its negation; that it is
// so is told only where it leaves open what is decided.
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
  explicit RbacRules(View rules);

  struct Answer {
    bool allowed = true;               // as if what is not known did not match
    std::string policy;                // that matched; empty: none
    std::vector<std::string> unknown;  // what could make it the other answer; empty: it is certain
  };
  Answer decide(const Exchange& exchange) const;
  Action action() const { return action_; }
  std::vector<std::string> policies() const;  // their names, in order

 private:
  enum class Truth : uint8_t { kNo, kUnknown, kYes };
  using Condition = std::function<Truth(const Exchange&)>;
  struct Policy {
    std::string name;
    std::vector<Condition> permissions;  // one of them
    std::vector<Condition> principals;   // and one of them
    bool has_condition = false;          // in CEL
    std::vector<std::string> unknown;    // what of it is not walked
  };
  template <typename F>
  static Condition known(F holds) {
    return [holds = std::move(holds)](const Exchange& exchange) {
      return holds(exchange) ? Truth::kYes : Truth::kNo;
    };
  }
  static Truth any_of(const std::vector<Condition>& conditions, const Exchange& exchange);
  static Truth all_of(const std::vector<Condition>& conditions, const Exchange& exchange);
  static Truth matches(const Policy& policy, const Exchange& exchange);
  Condition read(View condition);
  Condition read_leaf(View condition, std::string_view kind);
  Condition read_address(View condition, std::string_view kind);
  Condition read_group(View group, std::string_view field, bool all);
  Condition give_up(std::string what);

  Action action_ = Action::kAllow;
  std::vector<Policy> policies_;
  std::vector<std::string> unknown_;  // of the policy that is being read
};

// The filter, of HTTP or of a network filter chain.
class Rbac {
 public:
  // `filter`: the name by which its dynamic metadata goes: "envoy.filters.http.rbac".
  Rbac(View config, std::string filter);

  // What it decides; what its shadow rules found is put into the exchange's metadata.
  RbacRules::Answer decide(Exchange& exchange) const;
  // What leaves open which of the shadow rules matches.
  std::vector<std::string> unknown_shadow(const Exchange& exchange) const;
  bool denies_by_rule() const;
  // The names of its rules' policies.
  std::vector<std::string> policies() const;
  const std::string& filter() const { return filter_; }

 private:
  std::string filter_;
  std::string shadow_prefix_;
  bool has_matcher_ = false;  // a matcher tree, which is not walked
  std::optional<RbacRules> rules_;
  std::optional<RbacRules> shadow_;
};

}  // namespace mesh::testing
