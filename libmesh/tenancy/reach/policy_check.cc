// What the API server refuses in a NetworkPolicy (pkg/apis/networking/validation): the evaluator
// lets such a part admit nothing, and this says so.
#include <algorithm>

#include "libmesh/base/codes.h"
#include "libmesh/base/net.h"
#include "libmesh/index/selector.h"
#include "libmesh/tenancy/reach/policies.h"

namespace mesh::tenancy {
namespace {

constexpr int32_t kHighestPort = 65535;

struct Checker {
  const kube::Object& policy;
  Diagnostics& out;

  void report(std::string field, std::string message, std::string mend) {
    out.push_back({Severity::kError, Code::kPolicyInvalid, to_string(policy.key), std::move(field),
                   std::move(message), std::move(mend), policy.file, policy.document.position.line,
                   policy.document.position.column});
  }
  void selector(const k8s::LabelSelector& selector, const std::string& field);
  void block(const k8s::IPBlock& block, const std::string& field);
  void peer(const k8s::NetworkPolicyPeer& peer, const std::string& field);
  void port(const k8s::NetworkPolicyPort& port, const std::string& field);
};

std::string element(const std::string& list, size_t i) {
  return list + "[" + std::to_string(i) + "]";
}

void Checker::selector(const k8s::LabelSelector& selector, const std::string& field) {
  for (size_t i = 0; i < selector.match_expressions.size(); ++i) {
    const auto& requirement = selector.match_expressions[i];
    std::string at = element(field + ".matchExpressions", i);
    if (!index::is_selector_operator(requirement.operator_)) {
      report(at + ".operator", "\"" + requirement.operator_ + "\" is no operator",
             "use In, NotIn, Exists or DoesNotExist");
    } else if (requirement.operator_.ends_with("In") == requirement.values.empty()) {
      report(at + ".values", requirement.values.empty() ? "must not be empty" : "must be empty",
             "In and NotIn have values, Exists and DoesNotExist have none");
    }
  }
}

void Checker::block(const k8s::IPBlock& block, const std::string& field) {
  std::optional<Cidr> range = parse_cidr(block.cidr);
  if (!range) {
    report(field + ".cidr", "\"" + block.cidr + "\" is not a range of addresses",
           "write \"10.0.0.0/8\"");
  }
  for (size_t i = 0; i < block.except.size(); ++i) {
    std::optional<Cidr> without = parse_cidr(block.except[i]);
    std::string at = element(field + ".except", i);
    if (!without) {
      report(at, "\"" + block.except[i] + "\" is not a range of addresses",
             "write \"10.0.0.0/16\"");
    } else if (range &&
               (without->family != range->family || without->bits <= range->bits ||
                masked({without->address, range->bits, range->family}) != masked(*range))) {
      report(at, "\"" + block.except[i] + "\" is not inside of " + block.cidr,
             "write a smaller range within it");
    }
  }
}

void Checker::peer(const k8s::NetworkPolicyPeer& peer, const std::string& field) {
  if (peer.pod_selector) selector(*peer.pod_selector, field + ".podSelector");
  if (peer.namespace_selector) selector(*peer.namespace_selector, field + ".namespaceSelector");
  if (peer.ip_block) block(*peer.ip_block, field + ".ipBlock");
  if (peer.ip_block && (peer.pod_selector || peer.namespace_selector)) {
    report(field, "has ipBlock and a selector", "make them two elements");
  } else if (!peer.ip_block && !peer.pod_selector && !peer.namespace_selector) {
    report(field, "names no peer", "leave the whole list out to mean everybody");
  }
}

void Checker::port(const k8s::NetworkPolicyPort& port, const std::string& field) {
  const std::string protocol = port.protocol.value_or("TCP");
  if (protocol != "TCP" && protocol != "UDP" && protocol != "SCTP") {
    report(field + ".protocol", "\"" + protocol + "\" is not TCP, UDP or SCTP",
           "write one of them, in capitals");
  }
  bool number = port.port && !port.port->is_string;
  if (number && (port.port->number < 1 || port.port->number > kHighestPort)) {
    report(field + ".port", "must be between 1 and 65535", "write a number of that range");
  }
  if (!port.end_port) return;
  if (!number) {
    report(field + ".endPort", "stands beside no number", "write port as a number");
  } else if (*port.end_port < port.port->number || *port.end_port > kHighestPort) {
    report(field + ".endPort", "is not between port and 65535", "write the last port of the range");
  }
}

}  // namespace

Diagnostics check_policy(const kube::Object& policy) {
  Diagnostics out;
  Checker check{policy, out};
  const k8s::NetworkPolicySpec& spec = policy.as<k8s::NetworkPolicy>().spec;
  check.selector(spec.pod_selector, "spec.podSelector");
  for (size_t i = 0; i < spec.policy_types.size(); ++i) {
    const std::string& type = spec.policy_types[i];
    if (type == "Ingress" || type == "Egress") continue;
    check.report(element("spec.policyTypes", i), "\"" + type + "\" is not Ingress or Egress",
                 "write Ingress or Egress");
  }
  auto rules = [&](const auto& list, const std::string& name, auto peers, const char* peer_list) {
    for (size_t i = 0; i < list.size(); ++i) {
      std::string field = element("spec." + name, i);
      for (size_t j = 0; j < list[i].ports.size(); ++j) {
        check.port(list[i].ports[j], element(field + ".ports", j));
      }
      const auto& all = peers(list[i]);
      for (size_t j = 0; j < all.size(); ++j) {
        check.peer(all[j], element(field + "." + peer_list, j));
      }
    }
  };
  rules(spec.ingress, "ingress", [](const auto& rule) -> auto& { return rule.from; }, "from");
  rules(spec.egress, "egress", [](const auto& rule) -> auto& { return rule.to; }, "to");
  return out;
}

}  // namespace mesh::tenancy
