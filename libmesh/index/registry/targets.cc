#include "libmesh/index/registry/targets.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "libmesh/index/proxies/proxies.h"
#include "libmesh/model/registry.h"
#include "libmesh/schema/kubernetes.h"

namespace mesh::index {
namespace {

using model::Endpoint;
using model::Port;
using model::Service;
using model::ServicePtr;
using model::ServiceTarget;

// A port of the pod by name, as metadata tells it (POD_PORTS) when there is no pod to look at.
uint32_t metadata_port(const model::Proxy& proxy, const std::string& name,
                       std::string_view protocol) {
  const document::Value* ports = proxy.metadata.find("POD_PORTS");
  const document::List* list = ports == nullptr ? nullptr : ports->if_list();
  if (list == nullptr) return 0;
  for (const document::Value& port : *list) {
    if (port.string_at("name") != name) continue;
    if (model::transport_or_tcp(port.string_at("protocol")) != protocol) continue;
    const document::Value* number = port.find("containerPort");
    if (number == nullptr || number->if_int() == nullptr) return 0;
    return static_cast<uint32_t>(*number->if_int());
  }
  return 0;
}

struct Target {
  model::TargetPort port;
  std::string_view transport = "TCP";
};

// UDP's targets stand above all numbers of ports (service_of in model/registry_kube.cc): a port of TCP may be UDP by
// its name only. A port without one is its own.
Target target_of(const Service& service, const Port& port) {
  constexpr uint32_t kUdp = 1 << 16;
  const auto& targets = service.target_ports;
  if (port.protocol == model::Protocol::kUdp) {
    const auto at = targets.find(port.number + kUdp);
    if (at != targets.end()) return {at->second, "UDP"};
  }
  const auto at = targets.find(port.number);
  return {at == targets.end() ? model::TargetPort{port.number, {}} : at->second};
}

// One target per target port and protocol: several service ports may mean one.
void add_kubernetes_targets(const ServicePtr& service, const kube::Object* pod,
                            const model::Proxy& proxy, std::vector<ServiceTarget>& out) {
  const size_t before = out.size();
  const auto known = [&](uint32_t number, model::Protocol protocol) {
    return std::any_of(out.begin() + static_cast<std::ptrdiff_t>(before), out.end(),
                       [&](const ServiceTarget& target) {
                         return target.target_port == number && target.port.protocol == protocol;
                       });
  };
  out.reserve(before + service->ports.size());
  for (const Port& port : service->ports) {
    const auto [target, transport] = target_of(*service, port);
    uint32_t number = target.number;
    if (number == 0) {
      number = pod != nullptr ? model::container_port(*pod, target.name, transport)
                              : metadata_port(proxy, target.name, transport);
    }
    if (number == 0) continue;
    if (!known(number, port.protocol)) out.push_back({service, port, number});
  }
}

bool is_at(const Endpoint& endpoint, const std::string& address) {
  return !endpoint.addresses.empty() && endpoint.addresses.front() == address;
}

// The WorkloadEntry that the proxy runs in: of several at its address the one of its name, else of its namespace
// (GetInstanceForProxy in Istio's pkg/serviceregistry/util/workloadinstances). Null when there is none.
const model::Workload* entry_of(const Mesh& mesh, const model::Proxy& proxy) {
  const auto& all = mesh.entry_instances->workloads;
  if (all.empty() || proxy.ip_addresses.empty() || proxy.cluster_id != mesh.cluster_id) {
    return nullptr;
  }
  const auto at = all.find(proxy.ip_addresses.front());
  if (at == all.end()) return nullptr;
  const auto find = [&](auto&& is_it) {
    const auto found = std::find_if(at->second.begin(), at->second.end(), is_it);
    return found == at->second.end() ? nullptr : found->get();
  };
  const std::string_view name = pod_name(proxy);
  const auto named = [&](const auto& each) { return each->ns == proxy.ns && each->name == name; };
  if (const model::Workload* own = find(named)) return own;
  const auto beside = [&](const auto& each) { return each->ns == proxy.ns; };
  if (const model::Workload* near = find(beside)) return near;
  return at->second.front().get();
}

// The services that select a WorkloadEntry, at the ports that it maps them to (serviceTargetsFromWorkloadInstance).
void add_workload(const Mesh& mesh, const model::Workload& workload,
                  std::vector<ServiceTarget>& out) {
  const ClusterServices* cluster = mesh.of_cluster(mesh.cluster_id);
  if (cluster == nullptr) return;
  const auto services = cluster->services_by_namespace.find(workload.ns);
  if (services == cluster->services_by_namespace->end()) return;
  services->second->each_selecting(workload.endpoint.labels, [&](const ServicePtr& service) {
    if (service->resolution != model::Resolution::kClientSideLb) return;
    for (const Port& port : service->ports) {
      if (port.protocol == model::Protocol::kUdp) continue;
      const model::TargetPort target = target_of(*service, port).port;
      const uint32_t number =
          model::port_of_workload(workload, target.name, target.number, port.name);
      if (number != 0) out.push_back({service, port, number});
    }
  });
}

// True when it looked at endpoints.
bool add_kubernetes(const Mesh& mesh, const model::Proxy& proxy, std::vector<ServiceTarget>& out) {
  if (const model::Workload* workload = entry_of(mesh, proxy)) {
    add_workload(mesh, *workload, out);
    return false;
  }
  const ClusterServices* cluster = mesh.of_cluster(proxy.cluster_id);
  if (cluster == nullptr) return false;
  auto services = cluster->services_by_namespace.find(proxy.ns);
  if (services == cluster->services_by_namespace->end()) return false;
  const kube::Object* pod = nullptr;
  if (const std::string_view name = pod_name(proxy); !name.empty()) {
    const kube::ObjectPtr* found =
        cluster->pods.get({kube::Kind::kPod, proxy.ns, std::string(name)});
    if (found != nullptr) pod = found->get();
  }
  const Labels& labels = pod == nullptr ? proxy.labels : pod->labels;
  bool selected = false;
  services->second->each_selecting(labels, [&](const ServicePtr& service) {
    selected = true;
    add_kubernetes_targets(service, pod, proxy, out);
  });
  if (selected || pod == nullptr || proxy.ip_addresses.empty()) return false;
  for (const ServicePtr& service : services->second->list) {
    if (service->registry != model::Registry::kKubernetes) continue;
    const model::EndpointSet* set = cluster->endpoints_of(*service);
    if (set == nullptr) continue;
    for (const model::EndpointPtr& endpoint : set->endpoints) {
      if (endpoint->service_port != 0 || !is_at(*endpoint, proxy.ip_addresses.front())) continue;
      const Port* port = service->port_by_name(endpoint->service_port_name);
      if (port != nullptr) out.push_back({service, *port, endpoint->port});
    }
  }
  return true;
}

// Where the service of a ServiceEntry stands among those of the mesh.
uint32_t place_of(const Mesh& mesh, const EntryService& service) {
  const auto& hosts = *mesh.hosts;
  uint32_t i = hosts.find(mesh.services, service.hostname);
  for (; i != HostTable::kNone; i = hosts.next(i)) {
    const Service& other = *mesh.services[i];
    if (other.registry == model::Registry::kExternal && other.ns == service.ns &&
        other.object_name == service.object_name &&
        other.default_address == service.default_address) {
      break;
    }
  }
  return i;
}

void add_entries(const Mesh& mesh, const model::Proxy& proxy, std::vector<ServiceTarget>& out) {
  const EntryInstances& entries = *mesh.entry_instances;
  struct Found {
    uint32_t service;
    const Port* port;
    uint32_t number;
    auto operator<=>(const Found&) const = default;
  };
  for (const std::string& address : proxy.ip_addresses) {
    std::vector<Found> found;
    const EntryService* last = nullptr;  // most are of the same one as the one before
    uint32_t place = HostTable::kNone;
    for (uint32_t i = entries.by_address.find(entries.list, address); i != entries.by_address.kNone;
         i = entries.by_address.next(i)) {
      const EntryInstance& instance = entries.list[i];
      if (!proxy.ns.empty() && instance.service->ns != proxy.ns) continue;
      if (instance.service.get() != last) place = place_of(mesh, *instance.service);
      last = instance.service.get();
      if (place == HostTable::kNone) continue;
      // UDP counts too, unlike a Service's: one port of an entry has a number.
      const auto& ports = mesh.services[place]->ports;
      const auto port = std::find_if(ports.begin(), ports.end(), [&](const Port& candidate) {
        return candidate.number == instance.endpoint->service_port;
      });
      if (port != ports.end()) found.push_back({place, &*port, instance.endpoint->port});
    }
    std::sort(found.begin(), found.end());
    out.reserve(out.size() + found.size());
    for (const Found& one : found)
      out.push_back({mesh.services[one.service], *one.port, one.number});
  }
}

}  // namespace

std::vector<ServiceTarget> service_targets(const Mesh& mesh, const model::Proxy& proxy,
                                           bool* by_endpoints) {
  std::vector<ServiceTarget> out;
  const bool looked = add_kubernetes(mesh, proxy, out);
  if (by_endpoints != nullptr) *by_endpoints = looked;
  add_entries(mesh, proxy, out);
  const auto before = [](const ServiceTarget& a, const ServiceTarget& b) {
    if (a.service->creation_time != b.service->creation_time) {
      return a.service->creation_time < b.service->creation_time;
    }
    return a.service->hostname < b.service->hostname;
  };
  if (!std::is_sorted(out.begin(), out.end(), before)) {
    std::stable_sort(out.begin(), out.end(), before);
  }
  return out;
}

bool same_entry_targets(const Mesh& a, const Mesh& b) {
  if (!a.entry_instances.same(b.entry_instances)) return false;
  if (a.services.same(b.services)) return true;
  if (!a.entry_instances->workloads.empty()) return false;  // Services select them anywhere
  if (a.entry_instances->list.empty()) return true;
  std::vector<const Service*> of_a, of_b;
  for (const auto& [mesh, out] : {std::pair(&a, &of_a), std::pair(&b, &of_b)}) {
    for (const ServicePtr& service : mesh->services) {
      if (service->registry == model::Registry::kExternal) out->push_back(service.get());
    }
  }
  return of_a == of_b;
}

}  // namespace mesh::index
