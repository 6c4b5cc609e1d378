#include "libmesh/xds/cds/cluster_policy.h"

namespace mesh::xds {
namespace {

const networking::TrafficPolicy_PortTrafficPolicy* settings_of_port(
    const networking::TrafficPolicy& policy, uint32_t port) {
  for (const auto& settings : policy.port_level_settings) {
    if (settings.port && settings.port->number == port) return &settings;
  }
  return nullptr;
}

// Gives true when the port has settings of its own; they inherit nothing.
bool read(const networking::TrafficPolicy& policy, uint32_t port, PolicyParts& out) {
  if (const auto* own = settings_of_port(policy, port); own != nullptr) {
    out.connection_pool = own->connection_pool.get();
    out.outlier_detection = own->outlier_detection.get();
    out.load_balancer = own->load_balancer.get();
    out.tls = own->tls.get();
    return true;
  }
  out.connection_pool = policy.connection_pool.get();
  out.outlier_detection = policy.outlier_detection.get();
  out.load_balancer = policy.load_balancer.get();
  out.tls = policy.tls.get();
  out.proxy_protocol = policy.proxy_protocol.get();
  out.retry_budget = policy.retry_budget.get();
  return false;
}

template <typename T>
void override_with(const T*& value, const T* other, bool whole) {
  if (other != nullptr || whole) value = other;
}

}  // namespace

PolicyParts port_policy(const networking::TrafficPolicy* policy, uint32_t port) {
  PolicyParts out;
  if (policy != nullptr) read(*policy, port, out);
  return out;
}

PolicyParts subset_policy(PolicyParts rule, const networking::TrafficPolicy* subset,
                          uint32_t port) {
  if (subset == nullptr) return rule;
  PolicyParts own;
  const bool whole = read(*subset, port, own);
  override_with(rule.connection_pool, own.connection_pool, whole);
  override_with(rule.outlier_detection, own.outlier_detection, whole);
  override_with(rule.load_balancer, own.load_balancer, whole);
  override_with(rule.tls, own.tls, whole);
  override_with(rule.proxy_protocol, own.proxy_protocol, false);
  override_with(rule.retry_budget, own.retry_budget, false);
  return rule;
}

void add_mesh_defaults(PolicyParts& parts, const meshconfig::MeshConfig& mesh) {
  if (!mesh.default_traffic_policy) return;
  const auto& defaults = *mesh.default_traffic_policy;
  if (parts.connection_pool == nullptr) parts.connection_pool = defaults.connection_pool.get();
  if (parts.outlier_detection == nullptr) {
    parts.outlier_detection = defaults.outlier_detection.get();
  }
}

const networking::Subset* find_subset(const networking::DestinationRule* rule,
                                      std::string_view name) {
  if (rule == nullptr || name.empty()) return nullptr;
  for (const auto& subset : rule->subsets) {
    if (subset.name == name) return &subset;
  }
  return nullptr;
}

PolicyParts endpoint_policy(const networking::DestinationRule* rule, std::string_view subset,
                            uint32_t port) {
  if (rule == nullptr) return {};
  const auto* found = find_subset(rule, subset);
  return subset_policy(port_policy(rule->traffic_policy.get(), port),
                       found == nullptr ? nullptr : found->traffic_policy.get(), port);
}

bool is_passthrough(const networking::LoadBalancerSettings* settings) {
  return settings != nullptr &&
         settings->simple == networking::LoadBalancerSettings_SimpleLB::PASSTHROUGH;
}

}  // namespace mesh::xds
