#include "libmesh/xds/security/tcp_check.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "libmesh/model/protocol.h"
#include "libmesh/traffic/check/finder.h"
#include "libmesh/traffic/check/service_place.h"
#include "libmesh/traffic/check/sidecars.h"
#include "libmesh/xds/security/conditions.h"

namespace mesh::xds {
namespace {

using traffic::at;
using traffic::Finder;
using traffic::Surroundings;
using Action = security::AuthorizationPolicy_Action;
using Ports = std::map<uint32_t, model::Protocol>;

// The ports of pods with sidecars and how these read them: as a Sidecar says, else the first Service that means the port.
class PodPorts {
 public:
  PodPorts(const index::Snapshot& snapshot, const Surroundings& around)
      : sidecars_(snapshot, around.mesh()) {
    around.mesh().each_cluster([&](const std::string&, const index::ClusterServices& cluster) {
      for (const model::ServicePtr& service : traffic::services_by_host(cluster)) {
        add(*service, cluster, around);
      }
    });
  }

  bool has_sidecar(const kube::Object& pod) { return sidecars_.has(pod); }
  bool is_gateway(const kube::Object& pod) { return sidecars_.is_gateway(pod); }

  Ports of(const kube::Object& pod) const {
    if (const index::Sidecar* sidecar = sidecars_.ingress_of(pod)) return of_ingress(*sidecar);
    const auto found = of_services_.find(&pod);
    return found == of_services_.end() ? Ports() : found->second;
  }

 private:
  void add(const model::Service& service, const index::ClusterServices& cluster,
           const Surroundings& around) {
    for (const kube::ObjectPtr& pod : around.selected_in(cluster, service.ns, service.selector)) {
      for (const model::Port& port : service.ports) {
        if (port.protocol == model::Protocol::kUdp) continue;
        const uint32_t number = traffic::target_number(service, port, *pod);
        if (number != 0) of_services_[pod.get()].try_emplace(number, port.protocol);
      }
    }
  }

  static Ports of_ingress(const index::Sidecar& sidecar) {
    Ports out;
    for (const auto& listener : sidecar->ingress) {
      if (!listener.port) continue;
      out.try_emplace(listener.port->number, model::parse_protocol(listener.port->protocol));
    }
    return out;
  }

  traffic::Sidecars sidecars_;
  std::unordered_map<const kube::Object*, Ports> of_services_;
};

const char* field_of(Attribute attribute, bool negated) {
  switch (attribute) {
    case Attribute::kHost:
      return negated ? "notHosts" : "hosts";
    case Attribute::kMethod:
      return negated ? "notMethods" : "methods";
    case Attribute::kPath:
      return negated ? "notPaths" : "paths";
    case Attribute::kRequestPrincipal:
      return negated ? "notRequestPrincipals" : "requestPrincipals";
    default:
      return "";
  }
}

// Where the rule asks for something of a request; empty: nowhere.
std::string http_field(const security::Rule& rule, const std::string& path) {
  std::string found;
  const auto look = [&](const std::string& in, const Condition& condition) {
    if (!found.empty() || !is_http_only(condition.attribute)) return;
    const std::string name = field_of(condition.attribute, condition.values.empty());
    found = name.empty() ? in : in + "." + name;
  };
  for (size_t i = 0; i < rule.to.size(); ++i) {
    if (!rule.to[i].operation) continue;
    const std::string in = at(path + ".to", i) + ".operation";
    for_each_condition(*rule.to[i].operation, [&](const Condition& c) { look(in, c); });
  }
  for (size_t i = 0; i < rule.from.size(); ++i) {
    if (!rule.from[i].source) continue;
    const std::string in = at(path + ".from", i) + ".source";
    for_each_condition(*rule.from[i].source, [&](const Condition& c) { look(in, c); });
  }
  for (size_t i = 0; i < rule.when.size(); ++i) {
    const auto condition = when_condition(rule.when[i]);
    if (!found.empty() || !condition || !is_http_only(condition->attribute)) continue;
    found = at(path + ".when", i) + ".key";
  }
  return found;
}

// The ports that the rule names; empty when some operation names none, or none that is a number.
std::set<uint32_t> named_ports(const security::Rule& rule) {
  std::set<uint32_t> out;
  for (const auto& to : rule.to) {
    if (!to.operation || to.operation->ports.empty()) return {};
    for (const std::string& text : to.operation->ports) {
      uint32_t port = 0;
      const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
      if (read.ec != std::errc()) return {};
      out.insert(port);
    }
  }
  return out;
}

class PolicyCheck {
 public:
  PolicyCheck(const index::AuthorizationPolicy& policy, const Surroundings& around, PodPorts& ports,
              Diagnostics& out)
      : mesh_(around.mesh()), policy_(policy), ports_(ports), finder_(*policy.object, out) {
    const bool root = policy.ns() == around.mesh().root_namespace;
    pods_ = around.selected(root ? "" : policy.ns(),
                            policy->selector ? policy->selector->match_labels : Labels{});
  }

  void check() {
    for (size_t i = 0; i < policy_->rules.size(); ++i) {
      const std::string path = at("spec.rules", i);
      const std::string field = http_field(policy_->rules[i], path);
      if (field.empty()) continue;
      const std::set<uint32_t> named = named_ports(policy_->rules[i]);
      if (named.empty()) {
        check_all_ports(field);
      } else {
        check_named(named, field);
      }
    }
  }

 private:
  // One of the ports is TCP's.
  void check_named(const std::set<uint32_t>& named, const std::string& field) {
    for (const uint32_t port : named) {
      for (const kube::ObjectPtr& pod : pods_) {
        if (!ports_.has_sidecar(*pod)) continue;
        const Ports known = ports_.of(*pod);
        const auto found = known.find(port);
        if (found == known.end() || !model::is_tcp(found->second)) continue;
        return tell(field, "port " + std::to_string(port) + " of " + traffic::pod_text(mesh_, *pod),
                    found->second);
      }
    }
  }

  // Of a rule for all ports: workloads that have TCP ports only, and no gateways among them.
  void check_all_ports(const std::string& field) {
    const kube::Object* first = nullptr;
    model::Protocol protocol = model::Protocol::kTcp;
    for (const kube::ObjectPtr& pod : pods_) {
      if (ports_.is_gateway(*pod)) return;
      if (!ports_.has_sidecar(*pod)) continue;
      for (const auto& [port, each] : ports_.of(*pod)) {
        if (!model::is_tcp(each)) return;
        if (first == nullptr) protocol = each;
        if (first == nullptr) first = pod.get();
      }
    }
    if (first != nullptr)
      tell(field, "every port of " + traffic::pod_text(mesh_, *first), protocol);
  }

  void tell(const std::string& field, const std::string& where, model::Protocol protocol) {
    const bool allow = policy_->action == Action::ALLOW;
    finder_.warn(
        Code::kAuthorizationInvalid, field,
        where + " is " + std::string(model::protocol_name(protocol)) +
            ", where no request is seen: " +
            (allow ? "there the rule is left out, and allows nothing"
                   : "there the condition is left out, and the rule is for every connection that "
                     "the rest of it matches"),
        "give the port a protocol of HTTP (appProtocol, or its name), or write a rule of its own "
        "without it for that port");
  }

  const index::Mesh& mesh_;
  const index::AuthorizationPolicy& policy_;
  PodPorts& ports_;
  Finder finder_;
  std::vector<kube::ObjectPtr> pods_;
};

bool asks_of_requests(const index::AuthorizationPolicy& policy) {
  if (policy->targetRef || !policy->targetRefs.empty()) return false;  // proxies of HTTP
  return std::any_of(policy->rules.begin(), policy->rules.end(),
                     [](const auto& rule) { return !http_field(rule, "").empty(); });
}

}  // namespace

Diagnostics check_tcp_rules(const index::Snapshot& snapshot, const Surroundings& around) {
  Diagnostics out;
  std::optional<PodPorts> ports;
  for (const index::AuthorizationPolicy& policy : *around.mesh().authorization_policies) {
    if (!asks_of_requests(policy)) continue;
    if (!ports) ports.emplace(snapshot, around);
    PolicyCheck(policy, around, *ports, out).check();
  }
  return out;
}

}  // namespace mesh::xds
