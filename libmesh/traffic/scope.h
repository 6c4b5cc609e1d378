// Scope: what one group of proxies sees of the mesh. Istio's SidecarScope (pilot/pkg/model/sidecar.go).
//
// Chosen per proxy: a Sidecar of its namespace whose workloadSelector matches (oldest first), the
// namespace's Sidecar without selector, the root namespace's, else "*/*". A gateway sees everything
// exported to its namespace.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "libmesh/base/text_hash.h"
#include "libmesh/model/proxy.h"
#include "libmesh/traffic/config.h"
#include "libmesh/traffic/rule_list.h"

namespace mesh::traffic {

// Most scopes see the same services, and share the list.
using ServiceList = index::Shared<std::vector<model::ServicePtr>>;
inline bool same_list(const ServiceList& a, const ServiceList& b) {
  return a.same(b) || a.get() == b.get();
}

struct EgressListener {
  // Null for the default listener (no Sidecar, or one without egress).
  const networking::IstioEgressListener* listener = nullptr;
  bool match_port = false;  // services are trimmed to the listener's port
  ServiceList services;
  RuleList virtual_services;

  bool has_port() const {
    return listener != nullptr && listener->port && listener->port->number != 0;
  }
};

enum class OutboundMode : uint8_t { kRegistryOnly, kAllowAny, kAllowAnyDynamicDns };

struct Scope {
  std::string name;                              // of the Sidecar, or "default-sidecar"
  std::string ns;                                // of the proxies
  const networking::Sidecar* sidecar = nullptr;  // null: default
  kube::ObjectPtr sidecar_object;
  bool gateway = false;
  std::vector<EgressListener> egress_listeners;
  ServiceList services;                   // union over the egress listeners, in Istio's order
  index::Shared<index::HostTable> hosts;  // of `services`; one each
  std::unordered_map<std::string, std::vector<DestinationRulePtr>> destination_rules;  // by host
  // Hosts that the listeners' VirtualServices lead to, services or not; the texts stand in these.
  std::unordered_set<std::string_view, TextHash> destinations;
  OutboundMode outbound_mode = OutboundMode::kAllowAny;
  const networking::Destination* egress_proxy = nullptr;  // outboundTrafficPolicy.egressProxy

  bool has_ingress() const { return sidecar != nullptr && !sidecar->ingress.empty(); }
  // The service of a host as this scope sees it, or null.
  model::ServicePtr service(std::string_view host) const {
    uint32_t at = hosts->find(services, host);
    return at == index::HostTable::kNone ? nullptr : services[at];
  }
  // The rule for a host and these proxy labels (outbound: a rule with a matching workloadSelector
  // in the scope's own namespace goes before the one without), or null.
  DestinationRulePtr destination_rule(const Labels& proxy_labels, const std::string& host,
                                      bool outbound = true) const;
  // The listener that answers for RDS route `port` (0: bind is a Unix socket path), or null.
  const EgressListener* egress_for_route(uint32_t port, std::string_view bind) const;
  // Sidecar.ingress[port].connectionPool, else Sidecar.inboundConnectionPool, else null.
  const networking::ConnectionPoolSettings* inbound_connection_pool(uint32_t port) const;
};
using ScopePtr = std::shared_ptr<const Scope>;

}  // namespace mesh::traffic
