// Which policies apply to a proxy: those of the root namespace and of its own namespace that select
// it by labels or name its gateway.
//
// A policy names its targets (targetRefs), or selects workloads by labels, or applies to all of its
// namespace. Only an instance of a Kubernetes Gateway can be a target; it carries the label
// gateway.networking.k8s.io/gateway-name. As WorkloadPolicyMatcher in Istio's
// pilot/pkg/model/policyattachment.go.
//
//   PolicyIndex<index::Telemetry> index(mesh.telemetries);                     // once per mesh
//   PolicyMatcher matcher(mesh.root_namespace, proxy);
//   auto chosen = index.select(matcher, NamespaceOrder::kRootFirst);          // per proxy
//   for (uint32_t place : chosen) use(index[place]);
//
// What is merged from the policies depends on the chosen places only: proxies with equal ones share
// it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libmesh/base/labels.h"
#include "libmesh/index/mesh.h"
#include "libmesh/model/proxy.h"
#include "libmesh/model/service.h"
#include "libmesh/schema/istio.h"

namespace mesh::traffic {

using TargetReference = istiotype::PolicyTargetReference;

// What a policy says about whom it applies to, whatever its kind.
struct Attachment {
  std::span<const TargetReference> targets;
  const Labels* selector = nullptr;  // null: everything
};

// Of a spec with targetRefs, perhaps the older targetRef, and a selector (EnvoyFilter calls it
// workloadSelector). The list counts before the single reference.
template <typename Spec>
Attachment attachment_of(const Spec& spec) {
  Attachment out;
  out.targets = spec.targetRefs;
  if constexpr (requires { spec.targetRef; }) {
    if (out.targets.empty() && spec.targetRef) out.targets = {spec.targetRef.get(), 1};
  }
  if constexpr (requires { spec.workload_selector; }) {
    if (spec.workload_selector) out.selector = &spec.workload_selector->labels;
  } else {
    if (spec.selector) out.selector = &spec.selector->match_labels;
  }
  return out;
}

// Tells of each policy whether it applies to one proxy. Borrows its arguments.
class PolicyMatcher {
 public:
  // `services`: what a waypoint asks for; policies may be attached to them.
  PolicyMatcher(const std::string& root_namespace, const model::Proxy& proxy,
                std::span<const model::ServicePtr> services = {});

  bool selects(std::string_view policy_ns, const Attachment& attachment) const;

  const std::string& root_namespace() const { return root_; }
  const std::string& own_namespace() const { return proxy_.ns; }

 private:
  bool is_target(std::string_view policy_ns, const TargetReference& target) const;
  bool is_service(std::string_view policy_ns, std::string_view name,
                  model::Registry registry) const;

  const std::string& root_;
  const model::Proxy& proxy_;
  const std::span<const model::ServicePtr> services_;
  const std::string* gateway_ = nullptr;  // its name; null: not an instance of a Kubernetes Gateway
  const bool waypoint_;
};

// Istio reads some kinds from the root namespace first, others last.
enum class NamespaceOrder : uint8_t { kRootFirst, kOwnFirst };

// The policies of one kind by namespace. A namespace that has none costs one look-up.
template <typename Policy>
class PolicyIndex {
 public:
  PolicyIndex() = default;
  // `policies` is a list of a Mesh, in Istio's order.
  template <typename List>
  explicit PolicyIndex(const List& policies) : list_(policies.begin(), policies.end()) {
    for (uint32_t i = 0; i < list_.size(); ++i) by_namespace_[list_[i].ns()].push_back(i);
  }

  bool empty() const { return list_.empty(); }
  const Policy& operator[](uint32_t place) const { return list_[place]; }
  const std::vector<uint32_t>& of_namespace(const std::string& ns) const {
    static const std::vector<uint32_t> kNone;
    const auto at = by_namespace_.find(ns);
    return at == by_namespace_.end() ? kNone : at->second;
  }

  // Places of those that apply, namespace by namespace.
  std::vector<uint32_t> select(const PolicyMatcher& matcher, NamespaceOrder order) const {
    std::vector<uint32_t> out;
    if (list_.empty()) return out;
    const std::string& root = matcher.root_namespace();
    const std::string& own = matcher.own_namespace();
    const bool root_first = order == NamespaceOrder::kRootFirst;
    select_in(root_first ? root : own, matcher, out);
    if (own != root) select_in(root_first ? own : root, matcher, out);
    return out;
  }

 private:
  void select_in(const std::string& ns, const PolicyMatcher& matcher,
                 std::vector<uint32_t>& out) const {
    for (uint32_t place : of_namespace(ns)) {
      if (matcher.selects(ns, attachment_of(*list_[place].spec))) out.push_back(place);
    }
  }

  std::vector<Policy> list_;
  std::unordered_map<std::string, std::vector<uint32_t>> by_namespace_;
};

}  // namespace mesh::traffic
