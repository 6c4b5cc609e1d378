// Kubernetes Services and their endpoints: ConvertService and the EndpointSlice controller of
// pilot/pkg/serviceregistry/kube.
#include <algorithm>
#include <cctype>
#include <utility>

#include "libmesh/base/net.h"
#include "libmesh/model/persistent_session.h"
#include "libmesh/model/registry.h"
#include "libmesh/schema/kubernetes.h"

namespace mesh::model {
namespace {

constexpr const char* kExportTo = "networking.istio.io/exportTo";
constexpr const char* kServiceName = "kubernetes.io/service-name";
constexpr std::string_view kUnspecified = "0.0.0.0";

std::string_view at(const Labels& labels, const char* key) {
  auto it = labels.find(key);
  return it == labels.end() ? std::string_view() : std::string_view(it->second);
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) {
    text.remove_prefix(1);
  }
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) {
    text.remove_suffix(1);
  }
  return text;
}

template <typename F>
void for_each_comma(std::string_view text, F&& f) {
  while (true) {
    size_t comma = text.find(',');
    f(text.substr(0, comma));
    if (comma == std::string_view::npos) return;
    text.remove_prefix(comma + 1);
  }
}

void add_service_accounts(const kube::Object& object, const RegistryOptions& options,
                          Service& service) {
  std::string_view canonical = at(object.annotations, "alpha.istio.io/canonical-serviceaccounts");
  if (!canonical.empty()) {
    for_each_comma(canonical,
                   [&](std::string_view id) { service.service_accounts.emplace_back(id); });
  }
  std::string_view kubernetes = at(object.annotations, "alpha.istio.io/kubernetes-serviceaccounts");
  if (!kubernetes.empty()) {
    for_each_comma(kubernetes, [&](std::string_view name) {
      service.service_accounts.push_back(spiffe_id(options.trust_domain, object.key.ns, name));
    });
  }
}

void add_external_addresses(const k8s::Service& service, Service& out) {
  if (service.spec.type == "LoadBalancer") {
    for (const auto& ingress : service.status.load_balancer.ingress) {
      const std::string& address = ingress.ip.empty() ? ingress.hostname : ingress.ip;
      if (!address.empty()) out.external_addresses.push_back(address);
    }
  }
  out.external_addresses.insert(out.external_addresses.end(), service.spec.external_ips.begin(),
                                service.spec.external_ips.end());
}

// The API server sets targetPort to the port when nothing is said.
TargetPort target_port(const k8s::ServicePort& port) {
  if (port.target_port.is_string) return {0, port.target_port.text};
  return {static_cast<uint32_t>(port.target_port.number > 0 ? port.target_port.number : port.port),
          ""};
}

Health health_of(const k8s::EndpointConditions& conditions, const Service& service) {
  if (conditions.ready.value_or(true)) return Health::kHealthy;
  if (conditions.serving.value_or(true) && conditions.terminating.value_or(true) &&
      persistent_session(service)) {
    return Health::kDraining;
  }
  if (conditions.terminating.value_or(true)) return Health::kTerminating;
  return Health::kUnhealthy;
}

// One endpoint on the address of a workload, or of nothing known when there is none.
Endpoint endpoint_at(const std::string& address, const WorkloadPtr& workload,
                     const RegistryOptions& options) {
  Endpoint out;
  if (workload != nullptr) {
    out = workload->endpoint;
  } else {
    out.cluster_id = options.cluster_id;
    out.labels = augmented_labels({}, options, "", "", "");
  }
  if (out.network.empty()) {  // of a pod's addresses the first one comes before this one
    out.network = network_of({}, address, options);
    if (!out.network.empty()) out.labels["topology.istio.io/network"] = out.network;
  }
  out.addresses = {address};
  out.send_unhealthy = true;  // PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS is on
  return out;
}

bool is_pod_reference(const std::string& kind) { return kind == "Pod"; }

// The pod an address of a slice means; `expected` when a pod is named.
template <typename Reference>
WorkloadPtr pod_of(const Reference* reference, const std::string& ns, const std::string& address,
                   const PodLookup& pods, bool& expected) {
  expected = reference != nullptr && is_pod_reference(reference->kind);
  if (expected) return pods.pod(reference->namespace_, reference->name);
  return pods.by_ip(ns, address);
}

// The pod's endpoint has all its addresses (updateEndpointCacheForSlice in endpointslice.go).
bool takes_all_addresses(const Service& service, const Workload& pod,
                         const RegistryOptions& options) {
  return options.dual_stack && pod.endpoint.addresses.size() > 1 && service.addresses.size() > 1;
}

}  // namespace

std::string service_hostname(std::string_view name, std::string_view ns, std::string_view domain) {
  std::string out;
  out.reserve(name.size() + ns.size() + domain.size() + 6);
  return out.append(name).append(".").append(ns).append(".svc.").append(domain);
}

ServicePtr service_of(const kube::Object& object, const Labels& namespace_annotations,
                      const RegistryOptions& options) {
  const auto& service = object.as<k8s::Service>();
  const k8s::ServiceSpec& spec = service.spec;
  auto out = std::make_shared<Service>();
  out->hostname = service_hostname(object.key.name, object.key.ns, options.cluster_domain);
  out->name = object.key.name;
  out->object_name = object.key.name;
  out->ns = object.key.ns;
  // Where nobody says when objects were made, Kubernetes' services are the oldest.
  const bool unknown = object.creation_time == kube::kDefaultCreationTime;
  out->creation_time = unknown ? 0 : object.creation_time;
  out->labels = object.labels;
  out->annotations = object.annotations;
  out->selector = spec.selector;
  out->publish_not_ready = spec.publish_not_ready_addresses;
  out->node_local = spec.internal_traffic_policy.value_or("") == "Local";
  out->traffic_distribution = traffic_distribution_of(spec.traffic_distribution.value_or(""),
                                                      object.annotations, namespace_annotations);
  if (spec.type == "ExternalName" && !spec.external_name.empty()) {
    out->external_name_service = true;
    out->external_name = spec.external_name;
    out->resolution = Resolution::kAlias;
    out->mesh_external = true;
  }
  out->addresses = {std::string(kUnspecified)};
  if (spec.cluster_ip == "None") {
    out->headless = true;
    out->resolution = Resolution::kPassthrough;
  } else if (!spec.cluster_ip.empty()) {
    out->addresses = spec.cluster_ips.size() > 1 ? spec.cluster_ips : std::vector{spec.cluster_ip};
  }
  out->default_address = out->addresses.front();
  out->cluster_id = options.cluster_id;
  for (const auto& port : spec.ports) {
    auto number = static_cast<uint32_t>(port.port);
    out->ports.push_back(
        {port.name, number,
         kubernetes_protocol(number, port.name, port.protocol, port.app_protocol.value_or(""))});
    // UDP may have a number that TCP has too: its targets stand above all numbers of ports
    // (target_of in index/registry/targets.cc).
    constexpr uint32_t kUdp = 1 << 16;
    const bool udp = port.protocol == "UDP";
    out->target_ports.emplace(udp ? number + kUdp : number, target_port(port));
  }
  add_service_accounts(object, options, *out);
  std::string_view export_to = at(object.annotations, kExportTo);
  if (!export_to.empty()) {
    std::vector<std::string> targets;
    for_each_comma(export_to, [&](std::string_view ns) { targets.emplace_back(trim(ns)); });
    out->export_to = parse_export_to(targets);
  }
  add_external_addresses(service, *out);
  return out;
}

std::string_view slice_service(const kube::Object& slice) {
  // Slices of multi-cluster services belong to another host.
  if (slice.labels.contains("multicluster.kubernetes.io/service-name")) return {};
  return at(slice.labels, kServiceName);
}

std::vector<EndpointPtr> endpoints_of_slice(const kube::Object& object, const Service& service,
                                            const PodLookup& pods, const RegistryOptions& options) {
  const auto& slice = object.as<k8s::EndpointSlice>();
  std::vector<EndpointPtr> out;
  if (slice.address_type == "FQDN") return out;  // Istio does not support these
  for (const auto& from : slice.endpoints) {
    Health health = health_of(from.conditions, service);
    for (const std::string& address : from.addresses) {
      bool expected = false;
      WorkloadPtr pod = pod_of(from.target_ref.get(), object.key.ns, address, pods, expected);
      if (pod == nullptr && expected) continue;
      const bool all = expected && takes_all_addresses(service, *pod, options);
      if (all && slice.address_type == "IPv6") continue;  // it is in the slice for IPv4
      Endpoint endpoint = endpoint_at(address, pod, options);
      if (all) endpoint.addresses = pod->endpoint.addresses;
      endpoint.health = health;
      endpoint.synthesized = endpoint.synthesized || object.synthesized;
      for (const auto& port : slice.ports) {
        endpoint.service_port_name = port.name.value_or("");
        endpoint.port = static_cast<uint32_t>(port.port.value_or(0));
        out.push_back(share(endpoint));
      }
    }
  }
  return out;
}

namespace {

struct EndpointsSource {
  const std::string& ns;
  const Service& service;
  const PodLookup& pods;
  const RegistryOptions& options;
};

void add_subset(const EndpointsSource& source, const k8s::EndpointSubset& subset,
                const std::vector<k8s::EndpointAddress>& from, Health health,
                std::vector<EndpointPtr>& out) {
  for (const auto& address : from) {
    bool expected = false;
    WorkloadPtr pod =
        pod_of(address.target_ref.get(), source.ns, address.ip, source.pods, expected);
    if (pod == nullptr && expected) continue;
    const bool all = expected && takes_all_addresses(source.service, *pod, source.options);
    if (all && address_family(address.ip) == AddressFamily::kIpv6) continue;
    Endpoint endpoint = endpoint_at(address.ip, pod, source.options);
    if (all) endpoint.addresses = pod->endpoint.addresses;
    endpoint.health = health;
    for (const auto& port : subset.ports) {
      endpoint.service_port_name = port.name;
      endpoint.port = static_cast<uint32_t>(port.port);
      out.push_back(share(endpoint));
    }
  }
}

}  // namespace

std::vector<EndpointPtr> endpoints_of_endpoints(const kube::Object& object, const Service& service,
                                                const PodLookup& pods,
                                                const RegistryOptions& options) {
  const EndpointsSource source{object.key.ns, service, pods, options};
  std::vector<EndpointPtr> out;
  for (const auto& subset : object.as<k8s::Endpoints>().subsets) {
    add_subset(source, subset, subset.addresses, Health::kHealthy, out);
    add_subset(source, subset, subset.not_ready_addresses, Health::kUnhealthy, out);
  }
  return out;
}

namespace {

const k8s::ServicePort* service_port(const k8s::Service& service, const Port& port) {
  for (const auto& candidate : service.spec.ports) {
    if (candidate.name == port.name || static_cast<uint32_t>(candidate.port) == port.number) {
      return &candidate;
    }
  }
  return nullptr;
}

}  // namespace

uint32_t port_of_workload(const Workload& workload, std::string_view target_name,
                          uint32_t target_number, std::string_view port_name) {
  const auto mapped = [&](std::string_view name) {
    const auto at = workload.ports.find(std::string(name));
    return at == workload.ports.end() ? 0 : at->second;
  };
  if (!target_name.empty()) return mapped(target_name);
  const uint32_t elsewhere = port_name.empty() ? 0 : mapped(port_name);
  return elsewhere != 0 ? elsewhere : target_number;
}

std::vector<EndpointPtr> endpoints_of_workloads(const kube::Object& object, const Service& service,
                                                const std::vector<WorkloadPtr>& selected) {
  std::vector<EndpointPtr> out;
  if (service.resolution != Resolution::kClientSideLb || service.mesh_external) return out;
  const auto& kubernetes = object.as<k8s::Service>();
  for (const Port& each : service.ports) {
    // Istio asks by number: a further port of one (TCP and UDP) stands for the first of it.
    const Port& port = *std::find_if(service.ports.begin(), service.ports.end(),
                                     [&](const Port& one) { return one.number == each.number; });
    const k8s::ServicePort* from = service_port(kubernetes, port);
    if (from == nullptr) continue;
    for (const WorkloadPtr& workload : selected) {
      if (workload->dns_only) continue;
      const auto& target = from->target_port;
      const auto asked = target.number > 0 ? static_cast<uint32_t>(target.number) : port.number;
      const std::string_view target_name = target.is_string ? target.text : std::string_view();
      const uint32_t number = port_of_workload(*workload, target_name, asked, from->name);
      if (number == 0) continue;
      Endpoint endpoint = workload->endpoint;
      endpoint.port = number;
      endpoint.service_port_name = port.name;
      out.push_back(share(std::move(endpoint)));
    }
  }
  return out;
}

namespace {

template <typename Containers>
uint32_t port_of(const Containers& containers, bool only_restarting, std::string_view name,
                 std::string_view protocol) {
  for (const auto& container : containers) {
    if (only_restarting && container.restart_policy.value_or("") != "Always") continue;
    for (const auto& port : container.ports) {
      if (port.name == name && transport_or_tcp(port.protocol) == protocol) {
        return static_cast<uint32_t>(port.container_port);
      }
    }
  }
  return 0;
}

}  // namespace

uint32_t container_port(const kube::Object& pod, std::string_view name, std::string_view protocol) {
  const k8s::PodSpec& spec = pod.as<k8s::Pod>().spec;
  const uint32_t number = port_of(spec.containers, false, name, protocol);
  return number > 0 ? number : port_of(spec.init_containers, true, name, protocol);
}

uint32_t target_port_of(const kube::Object& object, const Port& port, const kube::Object& pod) {
  const k8s::ServicePort* from = service_port(object.as<k8s::Service>(), port);
  if (from == nullptr) return 0;
  if (!from->target_port.is_string) {
    // The API server sets targetPort to the port when nothing is said.
    return from->target_port.number > 0 ? static_cast<uint32_t>(from->target_port.number)
                                        : port.number;
  }
  return container_port(pod, from->target_port.text, transport_or_tcp(from->protocol));
}

}  // namespace mesh::model
