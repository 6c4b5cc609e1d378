#include "libmesh/tenancy/reach/policies.h"

#include <algorithm>

#include "libmesh/base/net.h"
#include "libmesh/index/selector.h"

namespace mesh::tenancy {
namespace {

constexpr const char* kNameLabel = "kubernetes.io/metadata.name";

// An answer with what is said about it: what matched, or what is missing.
struct Match {
  ReachAnswer answer = ReachAnswer::kNo;
  std::string text;
};

bool contains(const Cidr& range, const std::string& address) {
  AddressFamily family = address_family(address);
  return family == range.family && masked({address, range.bits, family}) == masked(range);
}

bool block_contains(const k8s::IPBlock& block, const std::string& address) {
  std::optional<Cidr> range = parse_cidr(block.cidr);
  if (!range || !contains(*range, address)) return false;
  return std::none_of(block.except.begin(), block.except.end(), [&](const std::string& except) {
    std::optional<Cidr> without = parse_cidr(except);
    return without && contains(*without, address);
  });
}

Match match_block(const k8s::IPBlock& block, const Endpoint& other) {
  if (other.ips.empty()) return {ReachAnswer::kUnknown, "the address of " + other.text};
  for (const std::string& ip : other.ips) {
    if (block_contains(block, ip)) return {ReachAnswer::kYes, "address " + ip + " by ipBlock"};
  }
  return {};
}

// A selector that speaks of nothing but the namespace's name needs no Namespace object.
bool is_about_the_name(const k8s::LabelSelector& selector) {
  return std::all_of(selector.match_labels.begin(), selector.match_labels.end(),
                     [](const auto& pair) { return pair.first == kNameLabel; }) &&
         std::all_of(selector.match_expressions.begin(), selector.match_expressions.end(),
                     [](const auto& requirement) { return requirement.key == kNameLabel; });
}

Match match_namespace(const k8s::LabelSelector& selector, const Endpoint& other) {
  std::string text = "namespace \"" + other.ns + "\" by namespaceSelector";
  if (other.ns_labels) {
    return {
        index::selector_matches(selector, *other.ns_labels) ? ReachAnswer::kYes : ReachAnswer::kNo,
        text};
  }
  if (!is_about_the_name(selector)) {
    return {ReachAnswer::kUnknown,
            "the labels of namespace \"" + other.ns + "\": it is not in the input"};
  }
  Labels name = {{kNameLabel, other.ns}};
  return {index::selector_matches(selector, name) ? ReachAnswer::kYes : ReachAnswer::kNo, text};
}

Match match_peer(const k8s::NetworkPolicyPeer& peer, const std::string& policy_ns,
                 const Endpoint& other) {
  if (peer.ip_block) {
    // Never together with selectors: the API server refuses that (check_policy).
    if (peer.pod_selector || peer.namespace_selector) return {};
    return match_block(*peer.ip_block, other);
  }
  if (!other.is_pod_traffic()) return {};
  if (!peer.pod_selector && !peer.namespace_selector) return {};
  if (peer.pod_selector && !index::selector_matches(*peer.pod_selector, other.labels)) return {};
  if (peer.namespace_selector) {
    Match match = match_namespace(*peer.namespace_selector, other);
    if (match.answer == ReachAnswer::kYes && peer.pod_selector) match.text += " and podSelector";
    return match;
  }
  return {other.ns == policy_ns ? ReachAnswer::kYes : ReachAnswer::kNo, "the pod by podSelector"};
}

Match match_port(const k8s::NetworkPolicyPort& wanted, const Port& port, const Endpoint& target) {
  if (wanted.protocol.value_or("TCP") != port.protocol) return {};
  if (!wanted.port) return {wanted.end_port ? ReachAnswer::kNo : ReachAnswer::kYes, "every port"};
  if (!wanted.port->is_string) {
    int32_t last = wanted.end_port.value_or(wanted.port->number);
    bool inside = wanted.port->number <= port.number && port.number <= last;
    return {inside ? ReachAnswer::kYes : ReachAnswer::kNo, "port " + std::to_string(port.number)};
  }
  const std::string& name = wanted.port->text;
  if (wanted.end_port) return {};
  if (target.assumed) return {ReachAnswer::kUnknown, "the ports of " + target.text};
  if (target.kind != Endpoint::Kind::kPod) return {};
  for (const NamedPort& declared : declared_ports(target)) {
    if (declared.name == name && declared.protocol == port.protocol &&
        declared.number == port.number) {
      return {ReachAnswer::kYes, "port " + std::to_string(port.number) + " as \"" + name + "\""};
    }
  }
  return {};
}

// The first alternative that matches; else one that cannot be told; an absent list matches all.
template <typename List, typename Matcher>
std::pair<Match, std::string> any_of(const List& list, const std::string& field,
                                     const std::string& everything, Matcher&& matcher) {
  if (list.empty()) return {{ReachAnswer::kYes, everything}, ""};
  std::pair<Match, std::string> out;
  for (size_t i = 0; i < list.size(); ++i) {
    Match match = matcher(list[i]);
    if (match.answer <= out.first.answer) continue;
    out = {std::move(match), "." + field + "[" + std::to_string(i) + "]"};
    if (out.first.answer == ReachAnswer::kYes) break;
  }
  return out;
}

// One direction of one connection.
struct Connection {
  Side side;
  const Endpoint& other;   // whom the rules' peers speak of
  const Endpoint& target;  // whose ports the rules speak of
  const Port& port;

  std::string list() const { return side == Side::kIngress ? "ingress" : "egress"; }
  std::string peers() const { return side == Side::kIngress ? "from" : "to"; }
};

// What one rule says: a reason, and what is missing when it cannot be told.
struct RuleAnswer {
  ReachReason reason;
  std::string missing;
};

template <typename Peers, typename Ports>
RuleAnswer rule_answer(const Connection& connection, const Policy& policy, size_t index,
                       const Peers& peers, const Ports& ports) {
  std::string field = "spec." + connection.list() + "[" + std::to_string(index) + "]";
  RuleAnswer out{{connection.side, ReachAnswer::kNo, policy.object->key, field, ""}, ""};
  auto [port, port_field] =
      any_of(ports, "ports", "every port", [&](const k8s::NetworkPolicyPort& wanted) {
        return match_port(wanted, connection.port, connection.target);
      });
  std::string number = connection.port.protocol + " " + std::to_string(connection.port.number);
  if (port.answer == ReachAnswer::kNo) {
    out.reason.message = "no port of the rule is " + number;
    return out;
  }
  auto [peer, peer_field] =
      any_of(peers, connection.peers(),
             connection.side == Side::kIngress ? "every source" : "every target",
             [&](const k8s::NetworkPolicyPeer& wanted) {
               return match_peer(wanted, policy.object->key.ns, connection.other);
             });
  if (peer.answer == ReachAnswer::kNo) {
    out.reason.message = "no peer of the rule is " + connection.other.text;
    return out;
  }
  out.reason.effect = std::min(port.answer, peer.answer);
  out.reason.field += peer_field;
  if (out.reason.effect == ReachAnswer::kUnknown) {
    out.missing = peer.answer == ReachAnswer::kUnknown ? peer.text : port.text;
    out.reason.message = "cannot be told without " + out.missing;
  } else {
    out.reason.message = "admits " + peer.text + " at " + port.text;
  }
  return out;
}

std::vector<RuleAnswer> rule_answers(const Connection& connection, const Policy& policy) {
  std::vector<RuleAnswer> out;
  if (connection.side == Side::kIngress) {
    const auto& rules = policy.spec().ingress;
    for (size_t i = 0; i < rules.size(); ++i) {
      out.push_back(rule_answer(connection, policy, i, rules[i].from, rules[i].ports));
    }
  } else {
    const auto& rules = policy.spec().egress;
    for (size_t i = 0; i < rules.size(); ++i) {
      out.push_back(rule_answer(connection, policy, i, rules[i].to, rules[i].ports));
    }
  }
  if (!out.empty()) return out;
  out.push_back({{connection.side, ReachAnswer::kNo, policy.object->key,
                  "spec." + connection.list(), "the policy admits nothing"},
                 ""});
  return out;
}

// The union of what the policies admit.
SideAnswer united(const Connection& connection, std::vector<const Policy*> policies) {
  SideAnswer out;
  out.answer = ReachAnswer::kNo;
  out.isolated = true;
  std::vector<ReachReason> admitting;
  for (const Policy* policy : policies) {
    bool admits = false;
    for (RuleAnswer& rule : rule_answers(connection, *policy)) {
      out.answer = std::max(out.answer, rule.reason.effect);
      if (rule.reason.effect == ReachAnswer::kUnknown)
        out.missing.push_back(std::move(rule.missing));
      if (rule.reason.effect == ReachAnswer::kYes) {
        admits = true;
        admitting.push_back(rule.reason);
      }
      out.because.push_back(std::move(rule.reason));
    }
    if (admits) out.admitting.push_back(policy);
  }
  out.selecting = std::move(policies);
  if (out.answer == ReachAnswer::kYes) out.because = std::move(admitting);
  if (out.answer != ReachAnswer::kUnknown) out.missing.clear();
  return out;
}

SideAnswer open(Side side, kube::ObjectKey object, std::string message) {
  SideAnswer out;
  out.because = {{side, ReachAnswer::kYes, std::move(object), "", std::move(message)}};
  return out;
}

// What holds before any policy is looked at.
std::optional<SideAnswer> exempt(Side side, const Endpoint& subject, const Endpoint& other) {
  if (subject.kind != Endpoint::Kind::kPod) return SideAnswer();  // no policy can select it
  kube::ObjectKey pod{kube::Kind::kPod, subject.ns,
                      subject.object == nullptr ? "" : subject.object->key.name};
  if (subject.host_network) {
    return open(side, std::move(pod), "uses the node's network, where no NetworkPolicy holds");
  }
  if (subject.object != nullptr && subject.object == other.object) {
    return open(side, std::move(pod), "a pod always reaches itself");
  }
  if (other.is_node_traffic() && !other.node.empty() && other.node == subject.node) {
    return open(side, {kube::Kind::kNode, "", subject.node},
                "traffic between a pod and its node is always allowed");
  }
  return std::nullopt;
}

SideAnswer one_side(const Network& network, const Endpoint& subject, const Endpoint& other,
                    const Connection& connection) {
  if (auto answer = exempt(connection.side, subject, other)) return *std::move(answer);
  std::vector<const Policy*> policies = selecting(network, subject, connection.side);
  if (policies.empty()) {
    SideAnswer out = open(connection.side, {kube::Kind::kNamespace, "", subject.ns}, "");
    out.because.front().message = "no NetworkPolicy selects " + subject.text + " for " +
                                  connection.list() + ", so everything is allowed";
    return out;
  }
  SideAnswer out = united(connection, std::move(policies));
  // Were both on one node, it would be the node's traffic.
  bool node_unknown = other.is_node_traffic() && (other.node.empty() || subject.node.empty());
  if (out.answer == ReachAnswer::kNo && node_unknown) {
    out.answer = ReachAnswer::kUnknown;
    const Endpoint& homeless = subject.node.empty() ? subject : other;
    out.missing = {"the node of " + homeless.text};
  }
  return out;
}

}  // namespace

std::vector<const Policy*> selecting(const Network& network, const Endpoint& pod, Side side) {
  std::vector<const Policy*> out;
  if (pod.kind != Endpoint::Kind::kPod || pod.host_network) return out;
  for (const Policy& policy : network.policies(pod.ns)) {
    const k8s::NetworkPolicySpec& spec = policy.spec();
    const char* type = side == Side::kIngress ? "Ingress" : "Egress";
    bool concerns = spec.policy_types.empty()
                        ? side == Side::kIngress || !spec.egress.empty()
                        : std::find(spec.policy_types.begin(), spec.policy_types.end(), type) !=
                              spec.policy_types.end();
    if (concerns && index::selector_matches(spec.pod_selector, pod.labels)) out.push_back(&policy);
  }
  return out;
}

SideAnswer egress(const Network& network, const Endpoint& from, const Endpoint& to,
                  const Port& port) {
  return one_side(network, from, to, {Side::kEgress, to, to, port});
}

SideAnswer ingress(const Network& network, const Endpoint& from, const Endpoint& to,
                   const Port& port) {
  return one_side(network, to, from, {Side::kIngress, from, to, port});
}

}  // namespace mesh::tenancy
