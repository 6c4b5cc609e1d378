#include "libmesh/xds/view_key.h"

#include <algorithm>
#include <cstring>
#include <iterator>
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

template <typename Routes>
bool names_source_labels(const Routes& routes) {
  std::set<std::string> out;
  add_source_labels(routes, out);
  return !out.empty();
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
class Key {
 public:
  template <typename Number>
    requires std::is_arithmetic_v<Number> || std::is_enum_v<Number> || std::is_pointer_v<Number>
  void add(Number part) {
    std::memcpy(extend(sizeof part), &part, sizeof part);
  }
  void add(std::string_view part) {
    add(static_cast<uint32_t>(part.size()));
    part.copy(extend(part.size()), part.size());
  }
  void add(const std::string& part) { add(std::string_view(part)); }
  void add(const document::Value& value);
  std::string take() && {
    text_.resize(size_);
    return std::move(text_);
  }

 private:
  char* extend(size_t bytes) {
    if (text_.size() - size_ < bytes) text_.resize(2 * (size_ + bytes));
    char* const at = text_.data() + size_;
    size_ += bytes;
    return at;
  }

  static constexpr size_t kMost = 512;  // of nearly all keys
  std::string text_ = std::string(kMost, '\0');
  size_t size_ = 0;  // of the key
};

void Key::add(const document::Value& value) {
  using document::Type;
  add(value.type());
  switch (value.type()) {
    case Type::kNull:
      break;
    case Type::kBool:
      add(*value.if_bool());
      break;
    case Type::kInt:
      add(*value.if_int());
      break;
    case Type::kUint:
      add(*value.if_uint());
      break;
    case Type::kDouble:
      add(*value.if_double());
      break;
    case Type::kString:
      add(*value.if_string());
      break;
    case Type::kList:
      add(value.if_list()->size());
      for (const document::Value& element : *value.if_list()) add(element);
      break;
    case Type::kMap:
      add(value.if_map()->size());
      for (const document::Member& member : *value.if_map()) {
        add(member.key);
        add(member.value);
      }
      break;
  }
}

// Services by their place in memory: they are there as long as the view.
void append_targets(Key& key, const std::vector<model::ServiceTarget>& targets) {
  key.add(targets.size());
  for (const model::ServiceTarget& target : targets) {
    key.add(target.service.get());
    key.add(target.port.number);
    key.add(target.port.protocol);
    key.add(target.target_port);
  }
}

void append_shared_metadata(Key& key, const document::Value& metadata) {
  const document::Map* map = metadata.if_map();
  if (map == nullptr) return;
  for (const document::Member& member : *map) {
    if (is_per_pod(member.key)) continue;
    key.add(member.key);
    key.add(member.value);
  }
}

}  // namespace

// Who calls is a tag of each trace; some tracers name it in their own ways (telemetry/).
void ViewKeys::add_tracing(const index::Mesh& mesh) {
  const auto& defaults = mesh.config->default_providers;
  bool telemetry = defaults && !defaults->tracing.empty();
  for (const auto& object : mesh.telemetries) telemetry |= !object.spec->tracing.empty();
  if (telemetry || mesh.config->enable_tracing) {
    label_keys_.insert("service.istio.io/canonical-name");
    label_keys_.insert("service.istio.io/canonical-revision");
  }
  if (!telemetry) return;
  using Enrichment = meshconfig::MeshConfig_ExtensionProvider_ServiceAttributeEnrichment;
  for (const auto& provider : mesh.config->extension_providers) {
    by_cluster_ |= provider.datadog || provider.opentelemetry;
    by_otel_name_ |=
        provider.opentelemetry && provider.opentelemetry->service_attribute_enrichment ==
                                      Enrichment::OTEL_SEMANTIC_CONVENTIONS;
  }
}

void ViewKeys::add_policies(const index::Mesh& mesh) {
  if (policies_ != nullptr) return;
  policies_ = &mesh.authorization_policies.get();
  for (const auto& policy : mesh.authorization_policies) {
    if (policy.spec->selector) add_keys(policy.spec->selector->match_labels, label_keys_);
  }
}

template <typename Element>
template <typename Tells>
void ViewKeys::Telling<Element>::update(const index::Shared<std::vector<Element>>& now,
                                        Tells&& tells) {
  if (list.same(now)) return;
  if (list.empty()) {
    std::copy_if(now.begin(), now.end(), std::back_inserter(few), tells);
  } else {
    // Whoever is known has gone.
    traffic::each_apart(list.get(), now.get(), [&](const Element& element) {
      if (std::erase(few, element) == 0 && tells(element)) few.push_back(element);
    });
  }
  list = now;
}

template <typename Element>
template <typename Add>
void ViewKeys::Named<Element>::update(const index::Shared<std::vector<Element>>& now, Add&& add) {
  if (list.same(now)) return;
  keys.clear();
  for (const Element& element : now) add(element, keys);
  list = now;
}

ViewKeys::ViewKeys(const index::Mesh& mesh, const ViewKeys* before) {
  if (before != nullptr) {
    rules_ = before->rules_;
    services_ = before->services_;
    destination_rules_ = before->destination_rules_;
    gateways_ = before->gateways_;
  }
  destination_rules_.update(mesh.destination_rules, [](const auto& rule, auto& out) {
    if (rule.spec->workload_selector) {
      add_keys(rule.spec->workload_selector->match_labels, out);
    }
    add_policy(rule.spec->traffic_policy.get(), out);
    for (const auto& subset : rule.spec->subsets) add_policy(subset.traffic_policy.get(), out);
  });
  rules_.update(mesh.virtual_services, [](const auto& rule) {
    return names_source_labels(rule.spec->http) || names_source_labels(rule.spec->tcp) ||
           names_source_labels(rule.spec->tls);
  });
  gateways_.update(mesh.gateways,
                   [](const auto& gateway, auto& out) { add_keys(gateway.spec->selector, out); });
  label_keys_ = destination_rules_.keys;
  label_keys_.insert(gateways_.keys.begin(), gateways_.keys.end());
  for (const auto& rule : rules_.few) {
    add_source_labels(rule.spec->http, label_keys_);
    add_source_labels(rule.spec->tcp, label_keys_);
    add_source_labels(rule.spec->tls, label_keys_);
  }
  add_failover(mesh.config->locality_lb_setting.get(), label_keys_);
  add_failover(mesh.config->zone_aware_lb_setting.get(), label_keys_);
  add_tracing(mesh);
  add_services(mesh);
}

void ViewKeys::add_services(const index::Mesh& mesh) {
  using model::Resolution;
  using TrafficDistribution = model::Service::TrafficDistribution;
  services_.update(mesh.services, [](const model::ServicePtr& service) {
    return service->node_local || service->traffic_distribution != TrafficDistribution::kAny ||
           service->resolution == Resolution::kDynamicDns ||
           service->resolution == Resolution::kPassthrough;
  });
  for (const model::ServicePtr& service : services_.few) {
    by_node_ |= service->node_local ||
                service->traffic_distribution == TrafficDistribution::kPreferSameNode;
    if (service->traffic_distribution != TrafficDistribution::kAny) {
      // What trafficDistribution prefers is told by these labels (loadbalancer.cc).
      for (const char* label :
           {"topology.istio.io/network", "topology.kubernetes.io/region",
            "topology.kubernetes.io/zone", "topology.istio.io/subzone", "kubernetes.io/hostname"}) {
        label_keys_.insert(label);
      }
    }
    if (service->resolution == Resolution::kDynamicDns) add_policies(mesh);
    if (service->resolution != Resolution::kPassthrough) continue;
    const model::EndpointSet* set = mesh.endpoints_of(*service);
    if (set == nullptr) continue;
    for (const model::EndpointPtr& endpoint : set->endpoints) {
      headless_addresses_.insert(endpoint->addresses.begin(), endpoint->addresses.end());
    }
  }
}

std::string ViewKeys::key(const traffic::ProxyView& view) const {
  const model::Proxy& proxy = view.proxy;
  Key key;
  key.add(proxy.type);
  key.add(proxy.flavour);
  key.add(proxy.interception);
  key.add(proxy.supports_ipv4());
  key.add(proxy.supports_ipv6());
  key.add(proxy.ip_addresses.empty() || proxy.ip_addresses[0].find(':') == std::string::npos);
  key.add(proxy.istio_version.major);
  key.add(proxy.istio_version.minor);
  static const std::string kNone;
  const std::string& sidecar_ns =
      view.scope->sidecar_object ? view.scope->sidecar_object->key.ns : kNone;
  for (const std::string* part :
       {&proxy.ns, &sidecar_ns, &view.scope->name, &proxy.cluster_id, &proxy.network,
        &proxy.locality.region, &proxy.locality.zone, &proxy.locality.subzone, &proxy.dns_domain}) {
    key.add(*part);
  }
  key.add(proxy.labels.empty());  // failover by labels is for proxies that have any
  for (const std::string& name : label_keys_) {
    auto it = proxy.labels.find(name);
    key.add(it != proxy.labels.end());
    if (it != proxy.labels.end()) key.add(it->second);
  }
  if (by_node_) key.add(proxy.node_name);
  key.add(view.telemetry->from);
  if (by_cluster_) key.add(proxy.service_cluster);
  if (by_otel_name_) key.add(otel_service_name(proxy));
  for (const std::string& address : proxy.ip_addresses) {
    if (headless_addresses_.count(address) != 0) key.add(address);
  }
  key.add(kEndOfList);
  // A gateway's listeners follow the services in front of it.
  if (proxy.type != model::ProxyType::kSidecar) {
    append_targets(key, view.targets);
    key.add(view.authorization.get());
    key.add(view.request_authn.get());
  }
  if (view.envoy_filters != nullptr && view.envoy_filters->outbound != nullptr) {
    key.add(view.envoy_filters->outbound->key);
  }
  if (view.envoy_filters != nullptr && proxy.type != model::ProxyType::kSidecar) {
    for (const std::string& service : view.envoy_filters->referenced_services) {
      key.add(service);
    }
  }
  key.add(kEndOfList);
  if (view.extensions != nullptr) {
    view.extensions->each([&](const traffic::Extension& e) { key.add(e.resource_name); });
  }
  key.add(kEndOfList);
  append_shared_metadata(key, proxy.metadata);
  return std::move(key).take();
}

std::string own_key(const traffic::ProxyView& view) {
  if (view.proxy.type != model::ProxyType::kSidecar) return {};
  Key key;
  append_targets(key, view.targets);
  if (view.envoy_filters != nullptr && view.envoy_filters->inbound != nullptr) {
    key.add(view.envoy_filters->inbound->key);
  }
  const traffic::PeerAuthn authn = view.traffic->peer_authn(view.proxy.ns, view.proxy.labels);
  key.add(authn.mode);
  for (const auto& [port, mode] : authn.per_port) {
    key.add(port);
    key.add(mode);
  }
  key.add(view.authorization.get());
  key.add(view.request_authn.get());
  // Listeners of a Sidecar may be bound to the proxy's own addresses.
  if (view.scope->has_ingress()) {
    for (const std::string& address : view.proxy.ip_addresses) key.add(address);
  }
  return std::move(key).take();
}

}  // namespace mesh::xds
