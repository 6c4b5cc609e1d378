// RuleGroup: the VirtualServices of one visibility and gateway, found by the hosts that a listener imports.
//
// Property: select() gives what a walk over all rules gives that asks of each of its hosts whether it is imported
// (scan(), which is that walk; tests/traffic compares the two). What "*/…" imports is the same for every namespace, so
// it is found once for each list of hosts; a namespace's own imports are looked for among the rules of that namespace
// only (pilot/pkg/model/virtualservice.go SelectVirtualServices walks all rules for each namespace).
//
// A group that differs from another one in a few rules keeps that one and what differs: its indexes stay.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libmesh/base/text_index.h"
#include "libmesh/traffic/config.h"
#include "libmesh/traffic/egress_hosts.h"
#include "libmesh/traffic/rule_list.h"

namespace mesh::traffic {

// Whether one of the rule's hosts is imported: for its own namespace or for any, and not left out by "~".
bool imports(const VirtualService& rule, const EgressHosts& hosts);

// Istio's order: creation time, then name, then namespace.
bool stands_before(const VirtualServicePtr& a, const VirtualServicePtr& b);

class RuleGroup {
 public:
  RuleGroup() = default;
  // `before`, which is a group of its own or differs from one, without `gone` and with `come`, in order; no two of its
  // rules are equal in Istio's order but those that stand in it repeatedly.
  RuleGroup(const std::shared_ptr<const RuleGroup>& before,
            const std::vector<VirtualServicePtr>& gone, const std::vector<VirtualServicePtr>& come);

  void add(VirtualServicePtr rule) { rules_.push_back(std::move(rule)); }
  const std::vector<VirtualServicePtr>& rules() const;

  // In the group's order; one that stands twice in a row is given once.
  RuleList select(const EgressHosts& hosts) const;
  std::vector<VirtualServicePtr> scan(const EgressHosts& hosts) const;

 private:
  // What the imports for any namespace take in.
  struct Chosen {
    std::vector<std::string> hosts;
    std::vector<bool> taken;  // by place
    RuleList list;
  };
  using Places = std::vector<uint32_t>;
  // Of a rule's hosts, as ImportedHosts has them: most rules need no look at their hosts then.
  struct HostSizes {
    uint64_t exact = 0;
    bool has_wildcard = false;
  };

  // What is made of the rules when they are first asked for.
  struct Indexes {
    TextIndex namespaces;  // their places in of_namespace
    // Of names that differ in capitals alone together.
    std::vector<Places> of_namespace;
    std::vector<HostSizes> sizes;                    // by place
    std::unordered_multimap<size_t, Chosen> chosen;  // by hash of the hosts
  };

  std::vector<VirtualServicePtr> with_what_differs(const std::vector<VirtualServicePtr>& rules,
                                                   const EgressHosts* hosts) const;
  Indexes& indexes() const;
  static HostSizes sizes_of(const VirtualService& rule);
  const Chosen& chosen_by(const ImportedHosts& any, Indexes& indexes) const;
  void take_exact(const ImportedHosts& any, std::vector<bool>& taken) const;
  void take_by_wildcards(const ImportedHosts& any, std::vector<bool>& taken) const;
  RuleList list_of(const std::vector<bool>& taken) const;

  std::shared_ptr<const RuleGroup> base_;  // null: the rules are its own
  std::vector<VirtualServicePtr> gone_;    // of the base
  std::vector<VirtualServicePtr> come_;    // in order
  mutable std::once_flag once_;            // for the rules of what has a base
  mutable std::vector<VirtualServicePtr> rules_;

  mutable std::mutex mutex_;  // guards what is below
  mutable std::unique_ptr<Indexes> indexes_;
};

}  // namespace mesh::traffic
