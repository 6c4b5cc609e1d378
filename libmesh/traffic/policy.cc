#include <algorithm>

#include "libmesh/traffic/traffic.h"

namespace mesh::traffic {
namespace {

using networking::TrafficPolicy;
using PolicyPtr = std::shared_ptr<const TrafficPolicy>;

// A policy that something else owns; rules outlive every use of it.
PolicyPtr borrow(const TrafficPolicy* policy) { return PolicyPtr(PolicyPtr(), policy); }

// A port's settings stand alone: what they leave out has its default, not the rule's value.
PolicyPtr at_port(const TrafficPolicy* policy, uint32_t port, bool& port_level) {
  port_level = false;
  if (policy == nullptr) return nullptr;
  for (const auto& settings : policy->port_level_settings) {
    if (!settings.port || settings.port->number != port) continue;
    port_level = true;
    auto out = std::make_shared<TrafficPolicy>();
    out->connection_pool = settings.connection_pool;
    out->load_balancer = settings.load_balancer;
    out->outlier_detection = settings.outlier_detection;
    out->tls = settings.tls;
    return out;
  }
  return borrow(policy);
}

PolicyPtr merge(const TrafficPolicy& rule, const TrafficPolicy& subset, bool port_level) {
  auto out = std::make_shared<TrafficPolicy>(rule);
  out->port_level_settings.clear();
  if (subset.connection_pool || port_level) out->connection_pool = subset.connection_pool;
  if (subset.outlier_detection || port_level) out->outlier_detection = subset.outlier_detection;
  if (subset.load_balancer || port_level) out->load_balancer = subset.load_balancer;
  if (subset.tls || port_level) out->tls = subset.tls;
  if (subset.tunnel) out->tunnel = subset.tunnel;
  if (subset.proxy_protocol) out->proxy_protocol = subset.proxy_protocol;
  if (subset.retry_budget) out->retry_budget = subset.retry_budget;
  return out;
}

const networking::Subset* find_subset(const networking::DestinationRule& rule,
                                      const std::string& name) {
  for (const networking::Subset& subset : rule.subsets) {
    if (subset.name == name) return &subset;
  }
  return nullptr;
}

}  // namespace

PolicyPtr effective_policy(const networking::DestinationRule* rule, const std::string& subset,
                           uint32_t port) {
  if (rule == nullptr) return nullptr;
  bool port_level = false;
  PolicyPtr base = at_port(rule->traffic_policy.get(), port, port_level);
  if (subset.empty()) return base;
  const networking::Subset* found = find_subset(*rule, subset);
  if (found == nullptr || !found->traffic_policy) return base;
  PolicyPtr own = at_port(found->traffic_policy.get(), port, port_level);
  return base == nullptr ? own : merge(*base, *own, port_level);
}

std::optional<TlsMode> tls_mode(const networking::DestinationRule* rule, const std::string& subset,
                                uint32_t port) {
  auto of = [port](const TrafficPolicy* policy) -> std::optional<TlsMode> {
    if (policy == nullptr) return std::nullopt;
    for (const auto& settings : policy->port_level_settings) {
      if (settings.port && settings.port->number == port && settings.tls) return settings.tls->mode;
    }
    if (policy->tls) return policy->tls->mode;
    return std::nullopt;
  };
  if (rule == nullptr) return std::nullopt;
  if (subset.empty()) return of(rule->traffic_policy.get());
  const networking::Subset* found = find_subset(*rule, subset);
  if (found == nullptr) return std::nullopt;
  auto own = of(found->traffic_policy.get());
  return own ? own : of(rule->traffic_policy.get());
}

}  // namespace mesh::traffic
