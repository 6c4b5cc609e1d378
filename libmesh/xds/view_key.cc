#include "libmesh/xds/view_key.h"

#include <cstring>
#include <type_traits>

#include "libmesh/xds/telemetry/tracing_providers.h"

namespace mesh::xds {
namespace {

// Node metadata that differs from pod to pod and steers nothing outbound.
constexpr std::string_view kPerPodMetadata[] = {
    "LABELS",          "NAME",      "INSTANCE_IPS",   "OWNER",
    "WORKLOAD_NAME",   "POD_PORTS", "APP_CONTAINERS", "ANNOTATIONS",
    "SERVICE_ACCOUNT", "NODE_NAME", "PILOT_SAN",      "EXIT_ON_ZERO_ACTIVE_CONNECTIONS",
};

// After a list of which the key does not tell the length: longer than any text.
constexpr uint32_t kEndOfList = ~uint32_t{0};

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

template <typename Setting>
void add_failover(const Setting* setting, std::set<std::string>& out) {
  if (setting == nullptr) return;
  for (const std::string& priority : setting->failover_priority) {
    out.insert(priority.substr(0, priority.find('=')));
  }
}

void add_policy(const networking::TrafficPolicy* policy, std::set<std::string>& out) {
  if (policy == nullptr) return;
  auto add = [&out](const networking::LoadBalancerSettings& settings) {
    add_failover(settings.locality_lb_setting.get(), out);
    add_failover(settings.zone_aware_lb_setting.get(), out);
  };
  if (policy->load_balancer) add(*policy->load_balancer);
  for (const auto& port : policy->port_level_settings) {
    if (port.load_balancer) add(*port.load_balancer);
  }
}

// Numbers by their bytes, texts behind their lengths: no two lists of parts give the same key.
template <typename Number>
  requires std::is_arithmetic_v<Number> || std::is_enum_v<Number> || std::is_pointer_v<Number>
void append(std::string& key, Number part) {
  char bytes[sizeof part];
  std::memcpy(bytes, &part, sizeof part);
  key.append(bytes, sizeof bytes);
}

void append(std::string& key, std::string_view part) {
  append(key, static_cast<uint32_t>(part.size()));
  key += part;
}

void append(std::string& key, const document::Value& value) {
  using document::Type;
  append(key, value.type());
  switch (value.type()) {
    case Type::kNull:
      break;
    case Type::kBool:
      append(key, *value.if_bool());
      break;
    case Type::kInt:
      append(key, *value.if_int());
      break;
    case Type::kUint:
      append(key, *value.if_uint());
      break;
    case Type::kDouble:
      append(key, *value.if_double());
      break;
    case Type::kString:
      append(key, std::string_view(*value.if_string()));
      break;
    case Type::kList:
      append(key, value.if_list()->size());
      for (const document::Value& element : *value.if_list()) append(key, element);
      break;
    case Type::kMap:
      append(key, value.if_map()->size());
      for (const document::Member& member : *value.if_map()) {
        append(key, std::string_view(member.key));
        append(key, member.value);
      }
      break;
  }
}

// Services by their place in memory: they are there as long as the view.
void append_targets(std::string& key, const std::vector<model::ServiceTarget>& targets) {
  append(key, targets.size());
  for (const model::ServiceTarget& target : targets) {
    append(key, target.service.get());
    append(key, target.port.number);
    append(key, target.port.protocol);
    append(key, target.target_port);
  }
}

void append_shared_metadata(std::string& key, const document::Value& metadata) {
  const document::Map* map = metadata.if_map();
  if (map == nullptr) return;
  for (const document::Member& member : *map) {
    if (is_per_pod(member.key)) continue;
    append(key, std::string_view(member.key));
    append(key, member.value);
  }
}

}  // namespace

// Who calls is a tag of each trace; some tracers name it in their own ways (telemetry/).
void ViewKeys::add_tracing(const index::Mesh& mesh) {
  const auto& defaults = mesh.config.default_providers;
  bool telemetry = defaults && !defaults->tracing.empty();
  for (const auto& object : mesh.telemetries) telemetry |= !object.spec->tracing.empty();
  if (telemetry || mesh.config.enable_tracing) {
    label_keys_.insert("service.istio.io/canonical-name");
    label_keys_.insert("service.istio.io/canonical-revision");
  }
  if (!telemetry) return;
  using Enrichment = meshconfig::MeshConfig_ExtensionProvider_ServiceAttributeEnrichment;
  for (const auto& provider : mesh.config.extension_providers) {
    by_cluster_ |= provider.datadog || provider.opentelemetry;
    by_otel_name_ |=
        provider.opentelemetry && provider.opentelemetry->service_attribute_enrichment ==
                                      Enrichment::OTEL_SEMANTIC_CONVENTIONS;
  }
}

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
  add_failover(mesh.config.zone_aware_lb_setting.get(), label_keys_);
  add_tracing(mesh);
  for (const model::ServicePtr& service : mesh.services) {
    by_node_ |= service->node_local || service->traffic_distribution ==
                                           model::Service::TrafficDistribution::kPreferSameNode;
    if (service->traffic_distribution != model::Service::TrafficDistribution::kAny) {
      // What trafficDistribution prefers is told by these labels (loadbalancer.cc).
      for (const char* label :
           {"topology.istio.io/network", "topology.kubernetes.io/region",
            "topology.kubernetes.io/zone", "topology.istio.io/subzone", "kubernetes.io/hostname"}) {
        label_keys_.insert(label);
      }
    }
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
  key.reserve(512);
  append(key, proxy.type);
  append(key, proxy.flavour);
  append(key, proxy.interception);
  append(key, proxy.supports_ipv4());
  append(key, proxy.supports_ipv6());
  append(key, proxy.ip_addresses.empty() || proxy.ip_addresses[0].find(':') == std::string::npos);
  append(key, proxy.istio_version.major);
  append(key, proxy.istio_version.minor);
  static const std::string kNone;
  const std::string& sidecar_ns =
      view.scope->sidecar_object ? view.scope->sidecar_object->key.ns : kNone;
  for (const std::string* part :
       {&proxy.ns, &sidecar_ns, &view.scope->name, &proxy.cluster_id, &proxy.network,
        &proxy.locality.region, &proxy.locality.zone, &proxy.locality.subzone, &proxy.dns_domain}) {
    append(key, std::string_view(*part));
  }
  append(key, proxy.labels.empty());  // failover by labels is for proxies that have any
  for (const std::string& name : label_keys_) {
    auto it = proxy.labels.find(name);
    append(key, it != proxy.labels.end());
    if (it != proxy.labels.end()) append(key, std::string_view(it->second));
  }
  if (by_node_) append(key, std::string_view(proxy.node_name));
  append(key, std::string_view(view.telemetry->from));
  if (by_cluster_) append(key, std::string_view(proxy.service_cluster));
  if (by_otel_name_) append(key, std::string_view(otel_service_name(proxy)));
  for (const std::string& address : proxy.ip_addresses) {
    if (headless_addresses_.count(address) != 0) append(key, std::string_view(address));
  }
  append(key, kEndOfList);
  // A gateway's listeners follow the services in front of it.
  if (proxy.type != model::ProxyType::kSidecar) {
    append_targets(key, view.targets);
    append(key, view.authorization.get());
    append(key, view.request_authn.get());
  }
  if (view.envoy_filters != nullptr && view.envoy_filters->outbound != nullptr) {
    append(key, std::string_view(view.envoy_filters->outbound->key));
  }
  if (view.envoy_filters != nullptr && proxy.type != model::ProxyType::kSidecar) {
    for (const std::string& service : view.envoy_filters->referenced_services) {
      append(key, std::string_view(service));
    }
  }
  append(key, kEndOfList);
  if (view.extensions != nullptr) {
    view.extensions->each(
        [&](const traffic::Extension& e) { append(key, std::string_view(e.resource_name)); });
  }
  append(key, kEndOfList);
  append_shared_metadata(key, proxy.metadata);
  return key;
}

std::string own_key(const traffic::ProxyView& view) {
  std::string key;
  if (view.proxy.type != model::ProxyType::kSidecar) return key;
  append_targets(key, view.targets);
  if (view.envoy_filters != nullptr && view.envoy_filters->inbound != nullptr) {
    append(key, std::string_view(view.envoy_filters->inbound->key));
  }
  const traffic::PeerAuthn authn = view.traffic->peer_authn(view.proxy.ns, view.proxy.labels);
  append(key, authn.mode);
  for (const auto& [port, mode] : authn.per_port) {
    append(key, port);
    append(key, mode);
  }
  append(key, view.authorization.get());
  append(key, view.request_authn.get());
  // Listeners of a Sidecar may be bound to the proxy's own addresses.
  if (view.scope->has_ingress()) {
    for (const std::string& address : view.proxy.ip_addresses)
      append(key, std::string_view(address));
  }
  return key;
}

}  // namespace mesh::xds
