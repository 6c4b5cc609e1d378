#include "libmesh/tenancy/reach/reach.h"

#include <algorithm>
#include <set>

#include "libmesh/base/net.h"
#include "libmesh/index/proxies/named_pod.h"
#include "libmesh/tenancy/reach/holes.h"

namespace mesh::tenancy {
namespace {

using kube::Kind;

kube::ObjectKey strategy_object(const Network& network) {
  return network.strategy().object == nullptr ? kube::ObjectKey{} : network.strategy().object->key;
}

// A finished pod has given its address back.
bool is_terminated(const Endpoint& end, Decision& out) {
  if (!end.terminated) return false;
  out.answer = ReachAnswer::kNo;
  out.because = {{Side::kNetwork, ReachAnswer::kNo, end.object->key, "status.phase",
                  "the pod has run to its end and has no network"}};
  return true;
}

// OpenShift SDN's multi-tenant mode: equal NetIDs reach each other, and 0 is everybody's. Nodes and
// what comes from outside arrive with 0.
void decide_by_net_id(const Network& network, const Endpoint& from, const Endpoint& to,
                      Decision& out) {
  NetId ids[2];
  const Endpoint* ends[2] = {&from, &to};
  for (int i = 0; i < 2; ++i) {
    if (!ends[i]->is_pod_traffic()) continue;
    std::optional<NetId> id = network.net_id(ends[i]->ns);
    if (!id) {
      out.answer = ReachAnswer::kUnknown;
      out.missing.push_back("the NetID of namespace \"" + ends[i]->ns + "\"");
      continue;
    }
    ids[i] = *std::move(id);
  }
  if (!out.missing.empty()) return;
  bool global = ids[0].id == 0 || ids[1].id == 0;
  out.answer = global || ids[0].id == ids[1].id ? ReachAnswer::kYes : ReachAnswer::kNo;
  for (int i = 0; i < 2; ++i) {
    if (ids[i].object == nullptr) continue;
    std::string text = "NetID " + std::to_string(ids[i].id);
    if (ids[i].id < 0) text = "a NetID of its own";
    out.because.push_back({Side::kNetwork, out.answer, ids[i].object->key, "netid", text});
  }
}

void decide_by_policies(const Network& network, const Endpoint& from, const Endpoint& to,
                        const Port& port, Decision& out) {
  SideAnswer sides[2] = {egress(network, from, to, port), ingress(network, from, to, port)};
  out.answer = std::min(sides[0].answer, sides[1].answer);
  for (SideAnswer& side : sides) {
    if (out.answer == ReachAnswer::kNo && side.answer != ReachAnswer::kNo)
      continue;  // decides nothing
    out.because.insert(out.because.end(), side.because.begin(), side.because.end());
    out.missing.insert(out.missing.end(), side.missing.begin(), side.missing.end());
  }
  std::sort(out.missing.begin(), out.missing.end());
  out.missing.erase(std::unique(out.missing.begin(), out.missing.end()), out.missing.end());
}

// The address of a Service is rewritten on the way, and Kubernetes leaves open whether policies see
// it before or after that.
bool is_service_address(const Network& network, const Endpoint& to, Decision& out) {
  if (to.kind != Endpoint::Kind::kAddress) return false;
  for (const auto& [key, object] : network.objects(Kind::kService)) {
    const auto& spec = object->as<k8s::Service>().spec;
    if (canonical_address(spec.cluster_ip) != to.text) continue;
    out.answer = ReachAnswer::kUnknown;
    out.missing = {"the pod behind Service " + key.ns + "/" + key.name + ": ask for one of them"};
    return true;
  }
  return false;
}

// The number of a named port; nothing when the pod declares none of that name.
std::optional<int32_t> number_of(const PortQuestion& asked, const Endpoint& to) {
  if (asked.number) return asked.number;
  for (const NamedPort& port : declared_ports(to)) {
    if (port.name == asked.name && port.protocol == asked.protocol) return port.number;
  }
  return std::nullopt;
}

template <typename Rules>
void add_ports(const Rules& rules, const Endpoint& to, std::set<std::string>& protocols,
               std::set<int32_t>& numbers) {
  for (const auto& rule : rules) {
    for (const k8s::NetworkPolicyPort& port : rule.ports) {
      protocols.insert(port.protocol.value_or("TCP"));
      if (!port.port || port.port->is_string) continue;  // names are among the declared ones
      numbers.insert(port.port->number);
      if (port.end_port) numbers.insert(*port.end_port);
    }
  }
  for (const NamedPort& port : declared_ports(to)) {
    numbers.insert(port.number);
    protocols.insert(port.protocol);
  }
}

// A number that nothing speaks of. (Inside of a range it is no better than the range's first one.)
int32_t other_port(const std::set<int32_t>& numbers) {
  int32_t other = 49151;
  while (numbers.contains(other)) --other;
  return other;
}

// Every port that policies tell apart: those they name, those the target declares, and one other.
std::vector<PortAnswer> distinct_ports(const Network& network, const Endpoint& from,
                                       const Endpoint& to, int32_t& other) {
  std::set<std::string> protocols = {"TCP"};
  std::set<int32_t> numbers;
  for (const Policy* policy : selecting(network, to, Side::kIngress)) {
    add_ports(policy->spec().ingress, to, protocols, numbers);
  }
  for (const Policy* policy : selecting(network, from, Side::kEgress)) {
    add_ports(policy->spec().egress, to, protocols, numbers);
  }
  other = other_port(numbers);
  std::vector<PortAnswer> out;
  for (const std::string& protocol : protocols) {
    for (int32_t number : numbers) out.push_back({{number, protocol}, {}});
    out.push_back({{other, protocol}, {}});
  }
  return out;
}

// Without a port: the best of all that can be told apart.
Decision decide_any_port(const Network& network, const Endpoint& from, const Endpoint& to) {
  int32_t other = 0;
  std::vector<PortAnswer> ports = distinct_ports(network, from, to, other);
  std::optional<Decision> best;
  for (PortAnswer& port : ports) {
    Decision decision = decide(network, from, to, port.port);
    port.answer = decision.answer;
    if (port.port.number == other) port.port.number = 0;
    if (!best || best->answer < decision.answer) best = std::move(decision);
  }
  best->ports = std::move(ports);
  return *std::move(best);
}

Decision decide_target(const Network& network, const Endpoint& from, const Endpoint& to,
                       const std::optional<PortQuestion>& asked) {
  Decision out;
  if (!asked) {
    out = decide_any_port(network, from, to);
  } else if (std::optional<int32_t> number = number_of(*asked, to)) {
    out = decide(network, from, to, {*number, asked->protocol});
  } else {
    out.answer = ReachAnswer::kUnknown;
    out.missing = {"a port \"" + asked->name + "\" (" + asked->protocol + ") of " + to.text};
  }
  Decision ignored;
  if (!from.terminated && is_service_address(network, to, ignored)) {
    out.answer = ignored.answer;
    out.missing = std::move(ignored.missing);
    out.because.clear();
    for (PortAnswer& port : out.ports) port.answer = ReachAnswer::kUnknown;
  }
  out.from = from.text;
  out.to = to.text;
  out.strategy = network.strategy().kind;
  out.planned = network.is_planned();
  out.holes = holes(network, from, to, out);
  return out;
}

// The cluster of the pod that an end names; nothing for what is in whichever cluster is asked about.
Result<std::optional<std::string>> cluster_of_end(const Network& network, std::string_view text) {
  const auto name = index::pod_name_of(text);
  if (!name) return std::optional<std::string>();
  auto found = index::named_pod(network.snapshot(), *name);
  if (!found) return found.error();
  if (found->pod == nullptr) {
    return Error{ErrorCode::kNotFound, "there is no pod " + std::string(text)};
  }
  return std::optional<std::string>(std::move(found->cluster));
}

// NetworkPolicies of a cluster see what is in another one as an address, if at all.
Decision between_clusters(const Network& network, std::string_view from, const Target& to,
                          const std::string& source, const std::string& target) {
  const auto called = [&](const std::string& cluster) {
    return "\"" + (cluster.empty() ? network.snapshot().options().cluster_id : cluster) + "\"";
  };
  Decision out;
  out.answer = ReachAnswer::kUnknown;
  out.from = from;
  out.to = to.endpoint;
  out.strategy = NetworkStrategy::kUnknown;
  out.missing = {"what lies between clusters " + called(source) + " and " + called(target) +
                 ": ask in each of them, with the address that the other end has there"};
  if (to.port && to.port->number) {
    out.ports = {{{*to.port->number, to.port->protocol}, ReachAnswer::kUnknown}};
  }
  return out;
}

Result<Decision> reach_within(const Network& network, std::string_view from, const Target& target) {
  Result<std::vector<Endpoint>> sources = resolve(network, from);
  if (!sources) return sources.error().at("from");
  Result<std::vector<Endpoint>> targets = resolve(network, target.endpoint);
  if (!targets) return targets.error().at("to");
  std::optional<Decision> best;
  for (const Endpoint& source : *sources) {
    for (const Endpoint& end : *targets) {
      Decision decision = decide_target(network, source, end, target.port);
      if (!best || best->answer < decision.answer) best = std::move(decision);
    }
  }
  return *std::move(best);
}

}  // namespace

Decision decide(const Network& network, const Endpoint& from, const Endpoint& to,
                const Port& port) {
  Decision out;
  if (!is_terminated(from, out) && !is_terminated(to, out)) {
    switch (network.strategy().kind) {
      case NetworkStrategy::kNetworkPolicy:
        decide_by_policies(network, from, to, port, out);
        break;
      case NetworkStrategy::kSubnet:
        out.answer = ReachAnswer::kYes;
        out.because = {{Side::kNetwork, ReachAnswer::kYes, strategy_object(network),
                        network.strategy().field, "the plug-in isolates no namespaces"}};
        break;
      case NetworkStrategy::kMultitenant:
        decide_by_net_id(network, from, to, out);
        break;
      case NetworkStrategy::kUnknown:
        out.answer = ReachAnswer::kUnknown;
        out.missing = {"what the network plug-in is: " + network.strategy().reason};
        break;
    }
  }
  out.ports = {{port, out.answer}};
  return out;
}

Result<Decision> reach(const Network& network, std::string_view from, std::string_view to) {
  Result<Target> target = parse_target(to);
  if (!target) return target.error().at("to");
  const auto source = cluster_of_end(network, from);
  if (!source) return source.error().at("from");
  const auto end = cluster_of_end(network, target->endpoint);
  if (!end) return end.error().at("to");
  if (*source && *end && **source != **end) {
    return between_clusters(network, from, *target, **source, **end);
  }
  const std::string cluster = (*source ? *source : *end).value_or("");
  if (cluster == network.cluster()) return reach_within(network, from, *target);
  return reach_within(network.of_cluster(cluster), from, *target);
}

std::string_view answer_name(ReachAnswer answer) {
  switch (answer) {
    case ReachAnswer::kNo:
      return "no";
    case ReachAnswer::kUnknown:
      return "unknown";
    case ReachAnswer::kYes:
      return "yes";
  }
  return "";
}

std::string_view side_name(Side side) {
  switch (side) {
    case Side::kNetwork:
      return "network";
    case Side::kEgress:
      return "egress";
    case Side::kIngress:
      return "ingress";
  }
  return "";
}

std::string_view strategy_name(NetworkStrategy strategy) {
  switch (strategy) {
    case NetworkStrategy::kNetworkPolicy:
      return "NetworkPolicy";
    case NetworkStrategy::kSubnet:
      return "Subnet";
    case NetworkStrategy::kMultitenant:
      return "Multitenant";
    case NetworkStrategy::kUnknown:
      return "unknown";
  }
  return "";
}

}  // namespace mesh::tenancy
