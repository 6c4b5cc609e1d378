#include "libmesh/model/workload.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "libmesh/base/net.h"
#include "libmesh/base/parse_bool.h"
#include "libmesh/schema/istio.h"
#include "libmesh/schema/kubernetes.h"

namespace mesh::model {
namespace {

constexpr const char* kTlsMode = "security.istio.io/tlsMode";
constexpr const char* kWorkloadName = "service.istio.io/workload-name";
constexpr const char* kTopologyNetwork = "topology.istio.io/network";
constexpr const char* kTopologySubzone = "topology.istio.io/subzone";
constexpr const char* kTopologyCluster = "topology.istio.io/cluster";
constexpr const char* kTopologyRegion = "topology.kubernetes.io/region";
constexpr const char* kTopologyZone = "topology.kubernetes.io/zone";
constexpr const char* kUnixPrefix = "unix://";

std::string_view label(const Labels& labels, const char* key) {
  auto it = labels.find(key);
  return it == labels.end() ? std::string_view() : std::string_view(it->second);
}

// topology.istio.io/locality, else the legacy istio-locality; label values have no '/', so '.'
// stands for it (GetLocalityLabel, SanitizeLocalityLabel in pkg/model/proxy.go).
std::string locality_label(const Labels& labels) {
  auto found = labels.find("topology.istio.io/locality");
  if (found == labels.end()) found = labels.find("istio-locality");
  if (found == labels.end()) return {};
  std::string text = found->second;
  if (text.find('/') == std::string::npos) std::replace(text.begin(), text.end(), '.', '/');
  return text;
}

std::string_view label_or(const Labels& labels, const char* key, const char* legacy) {
  std::string_view value = label(labels, key);
  return value.empty() ? label(labels, legacy) : value;
}

// "nightly-27812340" -> "nightly": a CronJob's Job ends in a time of 8 to 10 digits.
std::string_view cron_job_of(std::string_view job) {
  size_t dash = job.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return {};
  std::string_view digits = job.substr(dash + 1);
  bool number = digits.size() >= 8 && digits.size() <= 10 &&
                std::all_of(digits.begin(), digits.end(),
                            [](unsigned char c) { return std::isdigit(c) != 0; });
  return number ? job.substr(0, dash) : std::string_view();
}

// A ReplicaSet's name without its hash, when the label tells the hash.
std::string_view without_hash(std::string_view name, std::string_view hash) {
  if (hash.empty() || !name.ends_with(hash)) return {};
  name.remove_suffix(hash.size());
  if (name.ends_with('-')) name.remove_suffix(1);
  return name;
}

std::string controller_workload(std::string_view kind, const std::string& name,
                                const Labels& labels) {
  std::string_view found;
  if (kind == "ReplicaSet") {
    found = without_hash(name, label(labels, "pod-template-hash"));
    if (found.empty()) found = without_hash(name, label(labels, "rollouts-pod-template-hash"));
  } else if (kind == "ReplicationController") {
    found = label(labels, "deploymentconfig");
  } else if (kind == "Job") {
    found = cron_job_of(name);
  }
  return found.empty() ? name : std::string(found);
}

template <typename Containers>
void add_named_ports(const Containers& containers, bool only_restarting,
                     std::map<std::string, uint32_t>& ports) {
  for (const auto& container : containers) {
    if (only_restarting && container.restart_policy.value_or("") != "Always") continue;
    for (const auto& port : container.ports) {
      if (port.name.empty() || (!port.protocol.empty() && port.protocol != "TCP")) continue;
      ports.emplace(port.name, static_cast<uint32_t>(port.container_port));  // the first one wins
    }
  }
}

const std::string& first_address(const k8s::Pod& pod) {
  const bool listed = pod.status.pod_ip.empty() && !pod.status.pod_ips.empty();
  return listed ? pod.status.pod_ips.front().ip : pod.status.pod_ip;
}

// WorkloadEntries under a health check count only while a condition says Healthy.
bool entry_is_healthy(const kube::Object& object) {
  auto annotation = object.annotations.find("proxy.istio.io/health-checks-enabled");
  if (annotation == object.annotations.end()) return true;
  if (!parse_bool(annotation->second).value_or(false)) return true;
  const document::Value* status = object.document.find("status");
  const document::Value* conditions = status == nullptr ? nullptr : status->find("conditions");
  const document::List* list = conditions == nullptr ? nullptr : conditions->if_list();
  if (list == nullptr) return false;
  return std::any_of(list->begin(), list->end(), [](const document::Value& condition) {
    return condition.string_at("type") == "Healthy" && condition.string_at("status") == "True";
  });
}

}  // namespace

std::string spiffe_id(std::string_view trust_domain, std::string_view ns,
                      std::string_view service_account) {
  std::string domain(trust_domain);
  std::replace(domain.begin(), domain.end(), '@', '.');
  std::string out = "spiffe://" + domain + "/ns/";
  return out.append(ns).append("/sa/").append(service_account);
}

std::string network_of(const Labels& labels, std::string_view address,
                       const RegistryOptions& options) {
  std::string_view own = label(labels, kTopologyNetwork);
  if (!own.empty()) return std::string(own);
  if (!options.network.empty() || options.networks == nullptr) return options.network;
  return std::string(options.networks->network_of(address, options.cluster_id));
}

Labels augmented_labels(Labels labels, const RegistryOptions& options, std::string_view locality,
                        std::string_view node, std::string_view network) {
  auto set = [&](const char* key, std::string_view value) {
    if (!value.empty()) labels[key] = std::string(value);
  };
  Locality parts = parse_locality(locality);
  set(kTopologyRegion, parts.region);
  set(kTopologyZone, parts.zone);
  set(kTopologySubzone, parts.subzone);
  set(kTopologyCluster, options.cluster_id);
  set("kubernetes.io/hostname", node);
  if (label(labels, kTopologyNetwork).empty()) set(kTopologyNetwork, network);
  return labels;
}

std::string locality_of_pod(const kube::Object& pod, const kube::Object* node) {
  std::string own = locality_label(pod.labels);
  if (!own.empty() || node == nullptr) return own;
  std::string_view region =
      label_or(node->labels, kTopologyRegion, "failure-domain.beta.kubernetes.io/region");
  std::string_view zone =
      label_or(node->labels, kTopologyZone, "failure-domain.beta.kubernetes.io/zone");
  std::string_view subzone = label(node->labels, kTopologySubzone);
  if (region.empty() && zone.empty() && subzone.empty()) return {};
  std::string out(region);
  return out.append("/").append(zone).append("/").append(subzone);
}

std::string workload_name_of_pod(const kube::Object& object) {
  std::string_view said = label(object.labels, kWorkloadName);
  if (!said.empty()) return std::string(said);
  const auto& pod = object.as<k8s::Pod>();
  // Only generated names are made by a controller whose name says something.
  if (!pod.metadata.generate_name.empty()) {
    for (const auto& owner : pod.metadata.owner_references) {
      if (!owner.controller.value_or(false)) continue;
      std::string name = controller_workload(owner.kind, owner.name, object.labels);
      if (!name.empty()) return name;
      break;
    }
  }
  return object.key.name;
}

bool is_serving_phase(const kube::Object& object) {
  const auto& pod = object.as<k8s::Pod>();
  if (pod.status.phase == "Failed" || pod.status.phase == "Succeeded") return false;
  if (pod.status.pod_ip.empty() && pod.status.pod_ips.empty()) return false;
  return !pod.metadata.deletion_timestamp.has_value();
}

bool is_ready(const kube::Object& object) {
  for (const auto& condition : object.as<k8s::Pod>().status.conditions) {
    if (condition.type == "Ready") return condition.status == "True";
  }
  return false;
}

std::vector<std::string> addresses_of_pod(const kube::Object& object) {
  const auto& pod = object.as<k8s::Pod>();
  std::vector<std::string> addresses;
  if (!pod.status.pod_ip.empty()) addresses.push_back(pod.status.pod_ip);
  for (const auto& entry : pod.status.pod_ips) {
    if (std::find(addresses.begin(), addresses.end(), entry.ip) == addresses.end()) {
      addresses.push_back(entry.ip);
    }
  }
  return addresses;
}

WorkloadPtr workload_of_pod(const kube::Object& object, const kube::Object* node,
                            const RegistryOptions& options) {
  const auto& pod = object.as<k8s::Pod>();
  auto workload = std::make_shared<Workload>();
  workload->ns = object.key.ns;
  workload->name = object.key.name;
  workload->ready = is_serving_phase(object) && is_ready(object);
  add_named_ports(pod.spec.containers, false, workload->ports);
  // Native sidecars are init containers that keep running.
  add_named_ports(pod.spec.init_containers, true, workload->ports);

  Endpoint& endpoint = workload->endpoint;
  std::string locality = locality_of_pod(object, node);
  if (options.dual_stack) {
    endpoint.addresses = addresses_of_pod(object);
  } else if (const std::string& first = first_address(pod); !first.empty()) {
    endpoint.addresses.push_back(first);
  }
  endpoint.network = network_of(object.labels, pod.status.pod_ip, options);
  endpoint.labels =
      augmented_labels(object.labels, options, locality, pod.spec.node_name, endpoint.network);
  // What the API server's admission sets when nothing is said.
  const std::string& account = pod.spec.service_account_name;
  endpoint.service_account =
      spiffe_id(options.trust_domain, object.key.ns, account.empty() ? "default" : account);
  endpoint.cluster_id = options.cluster_id;
  endpoint.locality = parse_locality(locality);
  endpoint.tls_mode_istio = label(object.labels, kTlsMode) == "istio";
  endpoint.ns = object.key.ns;
  endpoint.workload_name = workload_name_of_pod(object);
  if (!pod.spec.subdomain.empty()) {
    endpoint.sub_domain = pod.spec.subdomain;
    endpoint.host_name = pod.spec.hostname.empty() ? object.key.name : pod.spec.hostname;
  }
  endpoint.node_name = pod.spec.node_name;
  endpoint.synthesized = object.synthesized;
  return workload;
}

Workload workload_of_entry_spec(const networking::WorkloadEntry& entry, Labels labels,
                                const std::string& ns, const std::string& name,
                                const RegistryOptions& options) {
  Workload workload;
  workload.kind = Workload::Kind::kWorkloadEntry;
  workload.ns = ns;
  workload.name = name;
  workload.dns_only = entry.address.starts_with(kUnixPrefix) ||
                      (!entry.address.empty() && !is_ip_address(entry.address));
  for (const auto& [port, number] : entry.ports) workload.ports[port] = number;

  Endpoint& endpoint = workload.endpoint;
  std::string locality = entry.locality.empty() ? locality_label(labels) : entry.locality;
  std::string network =
      entry.network.empty() ? network_of(labels, entry.address, options) : entry.network;
  auto tls = labels.find(kTlsMode);
  endpoint.addresses = {entry.address};
  endpoint.tls_mode_istio =
      tls == labels.end() ? !entry.service_account.empty() : tls->second == "istio";
  endpoint.workload_name = name;
  endpoint.labels = augmented_labels(std::move(labels), options, locality, "", network);
  if (!entry.service_account.empty()) {
    endpoint.service_account = spiffe_id(options.trust_domain, ns, entry.service_account);
  }
  endpoint.network = entry.network;
  endpoint.cluster_id = options.cluster_id;
  endpoint.locality = parse_locality(locality);
  endpoint.weight = entry.weight;
  endpoint.health = Health::kUnknown;
  endpoint.ns = ns;
  return workload;
}

WorkloadPtr workload_of_entry(const kube::Object& object, const RegistryOptions& options) {
  if (!entry_is_healthy(object)) return nullptr;
  const auto& entry = object.as<networking::WorkloadEntry>();
  Labels labels = object.labels;  // those of the metadata go before those of the spec
  labels.insert(entry.labels.begin(), entry.labels.end());
  Workload workload =
      workload_of_entry_spec(entry, std::move(labels), object.key.ns, object.key.name, options);
  // Only the metadata names the workload (WorkloadNameFromWorkloadEntry).
  auto said = object.labels.find(kWorkloadName);
  if (said != object.labels.end()) workload.endpoint.workload_name = said->second;
  auto group = object.annotations.find("istio.io/autoRegistrationGroup");
  if (group != object.annotations.end()) workload.endpoint.workload_name = group->second;
  return std::make_shared<Workload>(std::move(workload));
}

}  // namespace mesh::model
