#include "libmesh/xds/view_key.h"

#include "libmesh/document/json.h"

namespace mesh::xds {
namespace {

// Node metadata that differs from pod to pod and steers nothing outbound.
constexpr std::string_view kPerPodMetadata[] = {
    "LABELS",          "NAME",      "INSTANCE_IPS",   "OWNER",
    "WORKLOAD_NAME",   "POD_PORTS", "APP_CONTAINERS", "ANNOTATIONS",
    "SERVICE_ACCOUNT", "NODE_NAME", "PILOT_SAN",      "EXIT_ON_ZERO_ACTIVE_CONNECTIONS",
};

bool is_per_pod(std::string_view key) {
  for (std::string_view name : kPerPodMetadata) {
    if (name == key) return true;
  }
  return false;
}

void add_keys(const Labels& labels, std::set<std::string>& out) {
  for (const auto& [key, value] : labels) out.insert(key);
}

template <typename Routes>
void add_source_labels(const Routes& routes, std::set<std::string>& out) {
  for (const auto& route : routes) {
    for (const auto& match : route.match) {
      if constexpr (requires { match.source_labels; }) add_keys(match.source_labels, out);
    }
  }
}

void add_failover(const networking::LocalityLoadBalancerSetting* setting,
                  std::set<std::string>& out) {
  if (setting == nullptr) return;
  for (const std::string& priority : setting->failover_priority) {
    out.insert(priority.substr(0, priority.find('=')));
  }
}

void add_policy(const networking::TrafficPolicy* policy, std::set<std::string>& out) {
  if (policy == nullptr) return;
  if (policy->load_balancer) add_failover(policy->load_balancer->locality_lb_setting.get(), out);
  for (const auto& port : policy->port_level_settings) {
    if (port.load_balancer) add_failover(port.load_balancer->locality_lb_setting.get(), out);
  }
}

void append(std::string& key, std::string_view part) {
  key += part;
  key += '\n';
}

std::string shared_metadata(const document::Value& metadata) {
  const document::Map* map = metadata.if_map();
  if (map == nullptr) return "";
  document::Map kept;
  for (const document::Member& member : *map) {
    if (!is_per_pod(member.key)) kept.push_back(member);
  }
  return document::write_json(document::Value(std::move(kept)));
}

}  // namespace

ViewKeys::ViewKeys(const index::Mesh& mesh) {
  for (const auto& rule : mesh.destination_rules) {
    if (rule.spec->workload_selector) {
      add_keys(rule.spec->workload_selector->match_labels, label_keys_);
    }
    add_policy(rule.spec->traffic_policy.get(), label_keys_);
    for (const auto& subset : rule.spec->subsets) {
      add_policy(subset.traffic_policy.get(), label_keys_);
    }
  }
  for (const auto& rule : mesh.virtual_services) {
    add_source_labels(rule.spec->http, label_keys_);
    add_source_labels(rule.spec->tcp, label_keys_);
    add_source_labels(rule.spec->tls, label_keys_);
  }
  for (const auto& gateway : mesh.gateways) add_keys(gateway.spec->selector, label_keys_);
  add_failover(mesh.config.locality_lb_setting.get(), label_keys_);
  for (const model::ServicePtr& service : mesh.services) {
    by_node_ |= service->node_local || service->traffic_distribution ==
                                           model::Service::TrafficDistribution::kPreferSameNode;
    if (service->resolution != model::Resolution::kPassthrough) continue;
    const model::EndpointSet* set = mesh.endpoints_of(*service);
    if (set == nullptr) continue;
    for (const model::EndpointPtr& endpoint : set->endpoints) {
      headless_addresses_.insert(endpoint->addresses.begin(), endpoint->addresses.end());
    }
  }
}

std::string ViewKeys::key(const traffic::ProxyView& view) const {
  const model::Proxy& proxy = view.proxy;
  std::string key;
  key += static_cast<char>('0' + static_cast<int>(proxy.type));
  key += static_cast<char>('0' + static_cast<int>(proxy.flavour));
  key += static_cast<char>('0' + static_cast<int>(proxy.interception));
  key += proxy.supports_ipv4() ? '4' : '-';
  key += proxy.supports_ipv6() ? '6' : '-';
  key += proxy.ip_addresses.empty() || proxy.ip_addresses[0].find(':') == std::string::npos ? 'a'
                                                                                            : 'b';
  append(key, proxy.ns);
  append(key, view.scope->sidecar_object ? view.scope->sidecar_object->key.ns : "");
  append(key, view.scope->name);
  append(key, proxy.cluster_id);
  append(key, proxy.network);
  append(key, proxy.locality.to_string());
  append(key, proxy.dns_domain);
  append(key, std::to_string(proxy.istio_version.major) + "." +
                  std::to_string(proxy.istio_version.minor));
  for (const std::string& name : label_keys_) {
    auto it = proxy.labels.find(name);
    append(key, it == proxy.labels.end() ? "" : "=" + it->second);
  }
  if (by_node_) append(key, proxy.node_name);
  for (const std::string& address : proxy.ip_addresses) {
    if (headless_addresses_.count(address) != 0) append(key, address);
  }
  // A gateway's listeners follow the services in front of it.
  if (proxy.type != model::ProxyType::kSidecar) {
    for (const model::ServiceTarget& target : view.targets) {
      append(key, target.service->hostname + ":" + std::to_string(target.port.number) + "/" +
                      std::to_string(target.target_port));
    }
  }
  append(key, shared_metadata(proxy.metadata));
  return key;
}

}  // namespace mesh::xds
