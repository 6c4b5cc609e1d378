#include "libmesh/traffic/scope.h"

namespace mesh::traffic {

DestinationRulePtr Scope::destination_rule(const Labels& proxy_labels, const std::string& host,
                                           bool outbound) const {
  auto it = destination_rules.find(host);
  if (it == destination_rules.end()) return nullptr;
  DestinationRulePtr for_all;
  for (const DestinationRulePtr& rule : it->second) {
    const auto& selector = rule->spec->workload_selector;
    if (!selector) {
      for_all = rule;
    } else if (outbound && rule->ns() == ns && labels_match(selector->match_labels, proxy_labels)) {
      return rule;
    }
  }
  return for_all;
}

const EgressListener* Scope::egress_for_route(uint32_t port, std::string_view bind) const {
  for (const EgressListener& egress : egress_listeners) {
    if (egress.listener == nullptr || !egress.listener->port) return &egress;
    if (egress.listener->port->number != port) continue;
    if (port == 0 && egress.listener->bind != bind) continue;
    return &egress;
  }
  return nullptr;
}

const networking::ConnectionPoolSettings* Scope::inbound_connection_pool(uint32_t port) const {
  if (sidecar == nullptr) return nullptr;
  for (const auto& ingress : sidecar->ingress) {
    if (ingress.port && ingress.port->number == port && ingress.connection_pool) {
      return ingress.connection_pool.get();
    }
  }
  return sidecar->inbound_connection_pool.get();
}

}  // namespace mesh::traffic
